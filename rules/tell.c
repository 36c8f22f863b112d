#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tell_own.h"

#define WRONG_MOST	5	/* codes that are none, in an hour */
#define LIFE_KEPT	200	/* messages of class life that are counted */
#define CAP_KEPT	400	/* of a larger cap no account is kept */

const char *const tell_phases[] = {
	[TELL_INTENT] = "intent", [TELL_ACCEPTED] = "accepted",
	[TELL_DELIVERED] = "delivered", [TELL_REFUSED] = "refused",
	[TELL_UNKNOWN] = "unknown", [TELL_EXPIRED] = "expired", [TELL_FAILED] = "failed",
	[TELL_ASKED] = "asked", [TELL_WITHDRAWN] = "withdrawn", NULL
};

static int
ring_init(struct ring *r, size_t cap, struct arena *arena)
{
	r->cap = cap;
	r->at = arena_alloc(arena, (cap + 1) * sizeof(*r->at));
	return r->at != NULL ? 0 : -1;
}

static int
dues_init(struct dues *d, size_t cap, struct arena *arena)
{
	d->cap = cap;
	d->heap = arena_alloc(arena, (cap + 1) * sizeof(struct due *));
	return d->heap != NULL ? 0 : -1;
}

static int
init_contact(struct tell *t, size_t i, struct arena *arena)
{
	const struct tell_conf *conf = t->plan->conf;
	struct queue *q = &t->queues[i];

	q->contact = i;
	if (ring_init(&q->sent, (size_t)t->plan->contacts[i].conf->per_day, arena) != 0 ||
	    ring_init(&q->life, LIFE_KEPT, arena) != 0)
		return -1;
	for (size_t k = 0; k < conf->nways; k++) {
		struct reach *r = &t->reaches[i * conf->nways + k];
		size_t cap = conf->ways[k].cap < CAP_KEPT ? (size_t)conf->ways[k].cap : CAP_KEPT;

		r->capped_until = INT64_MIN;
		if (ring_init(&r->all, cap, arena) != 0 ||
		    ring_init(&r->other, cap, arena) != 0)
			return -1;
	}
	return 0;
}

static int
init(struct tell *t, struct arena *arena)
{
	size_t ncontacts = t->plan->ncontacts, nways = t->plan->conf->nways;
	int rc = dues_init(&t->dues, t->env.alarms, arena);

	rc |= dues_init(&t->sends, ncontacts, arena);
	t->nbuckets = t->env.alarms * 2 + 1;
	t->buckets = arena_alloc(arena, t->nbuckets * sizeof(struct tell_alarm *));
	t->places = arena_alloc(arena, (t->env.alarms + 1) * sizeof(struct tell_alarm *));
	t->codes = arena_alloc(arena, CODES * sizeof(struct tell_alarm *));
	t->slots = arena_alloc(arena, MESSAGES_MOST * sizeof(struct slot *));
	t->queues = arena_alloc(arena, (ncontacts + 1) * sizeof(*t->queues));
	t->reaches = arena_alloc(arena, (ncontacts * nways + 1) * sizeof(*t->reaches));
	t->ways = arena_alloc(arena, (nways + 1) * sizeof(*t->ways));
	if (rc != 0 || t->buckets == NULL || t->places == NULL || t->codes == NULL ||
	    t->slots == NULL || t->queues == NULL || t->reaches == NULL || t->ways == NULL)
		return -1;
	for (size_t k = 0; k < nways; k++)
		t->ways[k].not_before = INT64_MIN;
	for (size_t i = 0; rc == 0 && i < ncontacts; i++)
		rc = init_contact(t, i, arena);
	return rc;
}

struct tell *
tell_new(const struct tell_env *env, struct arena *arena)
{
	struct tell *t = arena_alloc(arena, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->env = *env;
	t->plan = env->plan;
	t->set = &env->plan->conf->telling;
	t->arena = arena;
	t->now = INT64_MIN / 2;
	t->slots_at = INT64_MAX;
	return init(t, arena) == 0 ? t : NULL;
}

/* What was told once need not be told again. */
static void
take_intent(struct tell *t, const struct tell_record *r, struct tell_alarm *a)
{
	struct queue *q = &t->queues[r->contact];
	struct note *n;

	if (r->purpose == NOTICE_TEST)
		return;
	if (r->purpose == NOTICE_DIGEST)
		tell_digested(t, q, r->of);
	else if (a != NULL && (n = tell_note(t, a, r->contact)) != NULL)
		tell_told(t, n, r->purpose);
	if (a != NULL && r->code[0] != '\0' && strcmp(a->code, r->code) != 0)
		tell_code_is(t, a, r->code);
	if (r->attempt == 1)
		ring_put(r->class == CLASS_LIFE && r->purpose != NOTICE_DIGEST ? &q->life :
		    &q->sent, t->now);
}

static void
count_ids(struct tell *t, const char *id)
{
	unsigned long long seq;
	unsigned n;
	char *end;

	if (strlen(id) < 18 || id[16] != '-')
		return;
	seq = strtoull(id + 17, &end, 16);
	n = *end == '-' ? (unsigned)strtoul(end + 1, NULL, 16) : 0;
	if (seq == t->seq && n > t->n)
		t->n = n;
}

void
tell_record(struct tell *t, const struct tell_record *r, int64_t now, int64_t wall)
{
	struct tell_alarm *a = tell_find(t, r->rule, r->device);

	if (r->contact >= t->plan->ncontacts)
		return;
	tell_run(t, now, wall);
	if (r->phase == TELL_ASKED) {
		if (t->live)
			tell_test(t, r->contact);
		return;
	}
	if (t->live)
		return;
	count_ids(t, r->id);
	if (r->phase == TELL_INTENT && tell_slot_of(t, r->id) == NULL)
		take_intent(t, r, a);
	tell_slot_replay(t, r, a);
}

/* What waited since long goes as one message, not as many. */
static void
mark_late(struct tell *t, struct queue *q)
{
	for (struct note *n = q->first; n != NULL; n = n->behind) {
		int64_t expires = n->policy != NULL ? n->policy->conf->expires : 0;

		n->late = t->now - n->since > expires && !n->alarm->is.active;
	}
}

static void
drop_old_life(struct tell *t)
{
	struct note *next;

	for (struct note *n = t->life_first; n != NULL; n = next) {
		next = n->behind;
		if (n->alarm->is.active || t->now - n->since < DAY)
			continue;
		t->queues[n->contact].expired++;
		tell_told(t, n, n->want);
	}
}

void
tell_live(struct tell *t, int64_t now, int64_t wall)
{
	tell_run(t, now, wall);
	t->live = true;
	t->now = now;
	tell_slots_live(t);
	drop_old_life(t);
	for (size_t i = 0; i < t->plan->ncontacts; i++) {
		mark_late(t, &t->queues[i]);
		tell_send_soon(t, &t->queues[i]);
	}
	tell_run(t, now, wall);
}

int64_t
tell_deadline(const struct tell *t)
{
	const struct due *alarm = due_first(&t->dues), *send = due_first(&t->sends);
	int64_t at = t->slots_at;

	if (alarm != NULL && alarm->at < at)
		at = alarm->at;
	if (send != NULL && send->at < at)
		at = send->at;
	/* without a place for it, one becomes free by a result */
	if (t->life_first != NULL && t->live && !t->full && t->now < at)
		at = t->now;
	return at;
}

size_t
tell_contact_of(const struct tell *t, const char *id)
{
	const struct slot *s = tell_slot_of(t, id);

	return s != NULL ? s->is.contact : SIZE_MAX;
}

static size_t
who_is(const struct tell *t, const char *from)
{
	size_t n = strlen(from);

	for (size_t i = 0; i < t->plan->ncontacts; i++) {
		const char *phone = t->plan->contacts[i].conf->phone;
		size_t len = strlen(phone);

		/* a modem may leave out the code of the country */
		if (n >= 7 && len >= n && strcmp(phone + len - n, from) == 0)
			return i;
	}
	return SIZE_MAX;
}

/* The first word of a text that looks like a code, in capitals. */
static bool
find_code(const char *text, char code[TELL_CODE])
{
	for (const char *s = text; *s != '\0'; s++) {
		char c = *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s;

		if (c < 'A' || c > 'Z' || strspn(s + 1, "0123456789") != 3)
			continue;
		snprintf(code, TELL_CODE, "%c%.3s", c, s + 1);
		return true;
	}
	return false;
}

static struct tell_alarm *
alarm_of(const struct tell *t, const char *code)
{
	for (size_t i = 0; i < CODES; i++)
		if (t->codes[i] != NULL && strcmp(t->codes[i]->code, code) == 0)
			return t->codes[i];
	return NULL;
}

static bool
may_take(const struct tell *t, const struct tell_alarm *a, size_t contact, const char **why)
{
	for (const struct note *n = a->notes; n != NULL; n = n->next) {
		if (n->contact != contact || n->level == NO_LEVEL)
			continue;
		*why = "its code has expired";
		return t->now - n->told_at <= t->set->reply_expires;
	}
	*why = "that contact was not told of it";
	return false;
}

bool
tell_reply(struct tell *t, const char *from, const char *text, int64_t now, char *rule,
    char *device, size_t *contact, const char **why)
{
	char code[TELL_CODE];
	struct tell_alarm *a;
	struct queue *q;

	t->now = now > t->now ? now : t->now;
	*contact = who_is(t, from);
	*why = "the number is nobody's who may acknowledge";
	if (*contact == SIZE_MAX || !t->plan->contacts[*contact].conf->reply)
		return false;
	q = &t->queues[*contact];
	if (now - q->wrong_at > 60 * MINUTE)
		q->wrong = 0;
	*why = "too many codes that are none";
	if (q->wrong >= WRONG_MOST)
		return false;
	*why = "no alarm has this code";
	a = find_code(text, code) ? alarm_of(t, code) : NULL;
	if (a == NULL || !a->is.unacked || !may_take(t, a, *contact, why)) {
		q->wrong++;
		q->wrong_at = now;
		return false;
	}
	memcpy(rule, a->rule, TELL_NAME);
	memcpy(device, a->device, TELL_NAME);
	tell_code_drop(t, a);
	return true;
}

void
tell_contact_status(struct tell *t, size_t contact, int64_t now, int64_t wall,
    struct tell_contact_status *s)
{
	const struct queue *q = &t->queues[contact];
	struct local l = local_of(wall, t->env.offset(wall));

	*s = (struct tell_contact_status){ .waiting = q->n + q->lumped,
	    .day = (unsigned)ring_since(&q->sent, now - DAY),
	    .life_day = (unsigned)ring_since(&q->life, now - DAY),
	    .accepted = q->accepted, .failed = q->failed, .expired = q->expired,
	    .quiet = plan_quiet(&t->plan->contacts[contact], &l) };
	for (const struct note *n = t->life_first; n != NULL; n = n->behind)
		s->waiting += n->contact == contact;
}

void
tell_status(const struct tell *t, struct tell_status *s)
{
	*s = (struct tell_status){ .alarms = t->nalarms, .messages = t->busy,
	    .lumped = t->lumped, .lost = t->lost };
}
