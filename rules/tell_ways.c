#include <stdio.h>
#include <string.h>

#include "tell_own.h"

#define AGAIN		MINUTE		/* all ways have failed */
#define AGAIN_LIFE	(MINUTE / 4)
#define NOT_BEGUN	1000000LL	/* us: there was no memory for it */
#define TRY_AGAIN	(10 * MINUTE)	/* one that failed, before the others */
#define STUCK		(10 * MINUTE)	/* a way that does not even say how it went */
#define CAPPED		(10 * MINUTE)
#define RECEIPT		(5 * MINUTE)	/* so long it may turn out not to have come */

static bool
is_life(const struct slot *s)
{
	return s->is.class == CLASS_LIFE && s->is.purpose != NOTICE_DIGEST;
}

/* Digests and messages but of class life are paid by the budget. */
static bool
is_counted(const struct slot *s)
{
	return !is_life(s) && s->is.purpose != NOTICE_TEST;
}

static struct reach *
reach_of(const struct tell *t, size_t contact, size_t way)
{
	return &t->reaches[contact * t->plan->conf->nways + way];
}

/* What the provider takes in a day, less what is kept for class life. */
static bool
has_room(const struct tell *t, size_t contact, size_t way)
{
	const struct tell_way *w = &t->plan->conf->ways[way];
	const struct reach *r = reach_of(t, contact, way);

	if (r->capped_until > t->now)
		return false;
	return w->cap == 0 || (ring_since(&r->all, t->now - DAY) < (size_t)w->cap &&
	    ring_since(&r->other, t->now - DAY) < (size_t)(w->cap - w->reserve));
}

enum care { CARE_HEALTHY, CARE_ROOM, CARE_NOTHING };

static bool
is_fit(const struct tell *t, const struct slot *s, size_t way, enum care care)
{
	const struct way_state *w = &t->ways[way];

	if ((s->tried | s->barred) >> way & 1 ||
	    !plan_serves(&t->plan->conf->ways[way], s->is.class, s->is.purpose))
		return false;
	if (is_counted(s) && !has_room(t, s->is.contact, way))
		return false;
	return care != CARE_HEALTHY || ((!w->failing || (w->try_at <= t->now &&
	    !is_life(s))) && w->not_before <= t->now &&
	    reach_of(t, s->is.contact, way)->capped_until <= t->now);
}

/* The next one in order, those that are not well last; SIZE_MAX: none is left. */
static size_t
choose(const struct tell *t, const struct slot *s)
{
	for (enum care care = CARE_HEALTHY; care <= CARE_ROOM; care++)
		for (size_t i = 0; i < s->ways.n; i++)
			if (is_fit(t, s, s->ways.at[i], care))
				return s->ways.at[i];
	return SIZE_MAX;
}

static void
wake(struct tell *t, struct slot *s, int64_t at)
{
	s->at = at;
	if (at < t->slots_at)
		t->slots_at = at;
}

static void
record(struct tell *t, const struct slot *s, enum tell_phase phase, const char *why)
{
	struct tell_record r = s->is;

	r.phase = phase;
	r.why = why;
	if (t->live)
		t->env.sink.record(t->env.sink.owner, &r);
}

static void
free_slot(struct tell *t, struct slot *s)
{
	struct queue *q = &t->queues[s->is.contact];

	if (s->state == SLOT_FREE)
		return;
	if (is_counted(s) && s->state != SLOT_ACCEPTED) {
		q->out--;
		tell_send_soon(t, q);
	}
	s->state = SLOT_FREE;
	t->busy--;
}

static struct note *
note_of(struct tell *t, const struct slot *s)
{
	if (s->alarm == NULL || !s->alarm->used || s->alarm->life != s->alarm_life)
		return NULL;
	for (struct note *n = s->alarm->notes; n != NULL; n = n->next)
		if (n->contact == s->is.contact)
			return n;
	(void)t;
	return NULL;
}

/* It did not go: what it said comes in a later one. */
static void
take_back(struct tell *t, struct slot *s)
{
	struct queue *q = &t->queues[s->is.contact];
	struct note *n = note_of(t, s);

	if (s->is.purpose == NOTICE_DIGEST) {
		q->lumped += s->is.count;
		q->lumped_seq = s->is.of;
		return;
	}
	if (n == NULL || n->wanted || s->is.purpose == NOTICE_REPEAT)
		return;
	n->rises -= n->rises > 0;
	n->level = NO_LEVEL;
	tell_want(t, n, s->is.purpose);
	n->late = n->wanted;
}

/* Of the coming that the message is about; an acknowledgement takes its code. */
static bool
asks_still(const struct slot *s, const struct tell_alarm *a)
{
	return tell_seen(a) && a->is.unacked && strcmp(s->is.code, a->code) == 0;
}

/* Why it is not to be told any more; NULL: it is as it says.  That it has come goes
 * all the same: whoever it is for knows nothing of it yet. */
static const char *
moot(struct tell *t, const struct slot *s)
{
	const struct tell_alarm *a = note_of(t, s) != NULL ? s->alarm : NULL;

	switch (s->is.purpose) {
	case NOTICE_REPEAT:
	case NOTICE_ESCALATED:
		return a != NULL && asks_still(s, a) ? NULL : "acknowledged meanwhile";
	case NOTICE_OVERDUE:
		return a != NULL && tell_seen(a) && a->is.overdue ? NULL : "handled meanwhile";
	case NOTICE_RECOVERED:
		return a != NULL && tell_seen(a) && a->is.active ? "it has come again" : NULL;
	case NOTICE_ACKED:
		return a != NULL && a->is.unacked ? "it has come again" : NULL;
	default:
		return NULL;
	}
}

/* Nobody was told that it is over. */
static void
unsay(struct tell *t, const struct slot *s)
{
	struct note *n = s->is.purpose == NOTICE_RECOVERED ? note_of(t, s) : NULL;

	if (n != NULL)
		n->back = false;
}

static void
withdraw(struct tell *t, struct slot *s, const char *why)
{
	record(t, s, TELL_WITHDRAWN, why);
	unsay(t, s);
	free_slot(t, s);
}

static void
expire(struct tell *t, struct slot *s)
{
	const char *why = moot(t, s);

	if (why != NULL) {
		withdraw(t, s, why);
		return;
	}
	t->queues[s->is.contact].expired++;
	record(t, s, TELL_EXPIRED, "no way took it in time");
	take_back(t, s);
	free_slot(t, s);
}

/* The gateway itself could not: nothing is known against the way. */
static void
not_begun(struct tell *t, struct slot *s, bool ask_first)
{
	s->out--;
	s->tried &= ~(1u << s->is.way);
	s->is.attempt -= !ask_first;
	s->state = s->out > 0 ? SLOT_OUT : SLOT_WAITING;
	wake(t, s, t->now + NOT_BEGUN);
}

/* It asks for an answer only where one is wanted still. */
static const char *
text_by(struct tell *t, const struct tell_way *way, const struct slot *s)
{
	bool deaf = !way->hears || (note_of(t, s) != NULL && !s->alarm->is.unacked);

	if (way->form == TELL_LONG && s->whole[0] != '\0')
		return s->whole;
	return deaf && s->deaf[0] != '\0' ? s->deaf : s->text;
}

static void
attempt(struct tell *t, struct slot *s, size_t way, bool ask_first)
{
	struct tell_message m = { .ask_first = ask_first, .point = s->point, .unit = s->unit,
	    .value = s->value, .state = s->state_name, .time = s->time,
	    .alarms = s->is.count };

	s->tried |= 1u << way;
	s->is.way = way;
	s->is.attempt += !ask_first;
	if (!ask_first && s->is.attempt == 1 && is_counted(s) && !s->paid) {
		ring_put(&t->queues[s->is.contact].sent, t->now);
		s->paid = true;
	}
	s->out++;
	s->state = SLOT_OUT;
	wake(t, s, t->now + (is_life(s) ? t->set->patience : STUCK));
	m.is = s->is;
	m.is.text = text_by(t, &t->plan->conf->ways[way], s);
	if (!t->env.sink.send(t->env.sink.owner, &m))
		not_begun(t, s, ask_first);
}

static bool
must_wait(const struct tell *t, const struct slot *s)
{
	struct local l = local_of(t->wall, t->env.offset(t->wall));

	return is_counted(s) && plan_quiet(&t->plan->contacts[s->is.contact], &l);
}

/* By the next way; when none is left, from the first one again in a while, and of
 * class life those who come next are told at once. */
static void
go_on(struct tell *t, struct slot *s)
{
	size_t way = choose(t, s);
	struct tell_alarm *a = note_of(t, s) != NULL ? s->alarm : NULL;
	const char *why = moot(t, s);

	/* one that a way has in its hands may yet go */
	if (why != NULL && s->out > 0) {
		wake(t, s, t->now + STUCK);
		return;
	}
	if (why != NULL) {
		withdraw(t, s, why);
		return;
	}
	if (must_wait(t, s)) {
		s->state = SLOT_WAITING;
		wake(t, s, t->now + AGAIN);
		return;
	}
	if (way != SIZE_MAX) {
		attempt(t, s, way, false);
		return;
	}
	if (s->out > 0) {
		wake(t, s, t->now + STUCK);
		return;
	}
	s->tried = 0;
	if (s->is.purpose == NOTICE_TEST) {
		free_slot(t, s);
		return;
	}
	s->state = SLOT_WAITING;
	wake(t, s, t->now + (is_life(s) ? AGAIN_LIFE : AGAIN));
	record(t, s, TELL_FAILED, "no way is left");
	t->queues[s->is.contact].failed++;
	if (is_life(s) && a != NULL)
		tell_hasten(t, a);
}

void
tell_dispatch(struct tell *t, struct slot *s)
{
	t->busy++;
	go_on(t, s);
}

static void
trouble(struct tell *t, const struct tell_result *r, const struct slot *s, bool on)
{
	struct way_state *w = &t->ways[r->way];
	bool of_contact = r->for_good || r->capped;

	if (on && of_contact) {
		if (t->live)
			t->env.sink.trouble(t->env.sink.owner, r->way, s->is.contact, true,
			    r->why);
		return;
	}
	if (on)
		w->try_at = t->now + TRY_AGAIN;
	if (w->failing == on)
		return;
	w->failing = on;
	if (t->live)
		t->env.sink.trouble(t->env.sink.owner, r->way, SIZE_MAX, on, r->why);
}

static void
taken(struct tell *t, struct slot *s, const struct tell_result *r)
{
	struct queue *q = &t->queues[s->is.contact];
	struct reach *reach = reach_of(t, s->is.contact, r->way);
	bool first = s->state != SLOT_ACCEPTED;

	trouble(t, r, s, false);
	if (first) {
		q->accepted++;
		ring_put(&reach->all, t->now);
		if (!is_life(s))
			ring_put(&reach->other, t->now);
	}
	if (r->phase == TELL_ACCEPTED && is_life(s) && t->plan->conf->ways[r->way].receipts) {
		s->state = SLOT_ACCEPTED;
		wake(t, s, t->now + RECEIPT);
		return;
	}
	free_slot(t, s);
}

static void
refused(struct tell *t, struct slot *s, const struct tell_result *r)
{
	if (r->for_good)
		s->barred |= 1u << r->way;
	if (r->capped)
		reach_of(t, s->is.contact, r->way)->capped_until = t->now + CAPPED;
	if (r->pause > 0)
		t->ways[r->way].not_before = t->now + r->pause;
	trouble(t, r, s, true);
	/* what another way has taken in the meantime is not sent again */
	if (s->state == SLOT_OUT && s->out > 0)
		return;
	s->state = SLOT_OUT;
	if (t->now >= s->expires)
		expire(t, s);
	else
		go_on(t, s);
}

static void
unknown(struct tell *t, struct slot *s, const struct tell_result *r)
{
	if (r->final)
		trouble(t, r, s, true);
	if (s->state == SLOT_ACCEPTED)
		return;
	if (is_life(s)) {
		if (s->out == 0 || !r->final)
			go_on(t, s);
		return;
	}
	/* twice is worse than perhaps not at all */
	if (r->final)
		free_slot(t, s);
}

void
tell_way_was(struct tell *t, size_t way, bool failing)
{
	if (t->live || way >= t->plan->conf->nways)
		return;
	t->ways[way].failing = failing;
	t->ways[way].try_at = t->now;
}

void
tell_result(struct tell *t, const struct tell_result *r, int64_t now, int64_t wall)
{
	struct slot *s = tell_slot_of(t, r->id);

	t->now = now;
	t->wall = wall;
	if (s == NULL || r->way >= t->plan->conf->nways)
		return;
	if (s->out > 0 && (r->phase != TELL_UNKNOWN || r->final))
		s->out--;
	switch (r->phase) {
	case TELL_ACCEPTED:
	case TELL_DELIVERED:
		taken(t, s, r);
		break;
	case TELL_REFUSED:
		refused(t, s, r);
		break;
	case TELL_UNKNOWN:
		unknown(t, s, r);
		break;
	default:
		break;
	}
}

/* Its moment has come. */
static void
look(struct tell *t, struct slot *s)
{
	if (s->state == SLOT_ACCEPTED) {
		free_slot(t, s);
	} else if (t->now >= s->expires && s->out == 0) {
		expire(t, s);
	} else if (s->state == SLOT_WAITING || is_life(s)) {
		go_on(t, s);
	} else {
		record(t, s, TELL_UNKNOWN, "the way does not answer");
		free_slot(t, s);
	}
}

void
tell_slots(struct tell *t)
{
	int64_t next = INT64_MAX;

	if (t->now < t->slots_at)
		return;
	t->slots_at = INT64_MAX;
	for (size_t i = 0; i < t->nslots; i++) {
		struct slot *s = t->slots[i];

		if (s->state != SLOT_FREE && s->at <= t->now)
			look(t, s);
		if (s->state != SLOT_FREE && s->at < next)
			next = s->at;
	}
	if (next < t->slots_at)
		t->slots_at = next;
}

static void
put_back(struct tell *t, const struct tell_record *r, struct tell_alarm *a)
{
	struct slot *s = tell_slot(t);

	if (s == NULL)
		return;
	tell_begin(t, s, r->contact, r->purpose, (r->expires - t->wall) * 1000);
	snprintf(s->rule, sizeof(s->rule), "%s", r->rule);
	snprintf(s->device, sizeof(s->device), "%s", r->device);
	snprintf(s->text, sizeof(s->text), "%s", r->text);
	s->is = *r;
	s->is.rule = s->rule;
	s->is.device = s->device;
	s->is.text = s->text;
	s->is.provider = s->is.why = "";
	s->alarm = a;
	if (a != NULL) {
		s->alarm_life = a->life;
		memcpy(s->point, a->point, sizeof(s->point));
		memcpy(s->unit, a->unit, sizeof(s->unit));
		memcpy(s->value, a->value, sizeof(s->value));
		s->time = a->time;
	}
	s->at = INT64_MAX;
	t->busy++;
	t->queues[r->contact].out += is_counted(s);
}

void
tell_slot_replay(struct tell *t, const struct tell_record *r, struct tell_alarm *a)
{
	struct slot *s = tell_slot_of(t, r->id);

	if (r->phase == TELL_INTENT && s == NULL) {
		put_back(t, r, a);
		s = tell_slot_of(t, r->id);
	}
	if (s == NULL)
		return;
	switch (r->phase) {
	case TELL_INTENT:
		s->out = 1;
		s->is.way = r->way;
		s->is.attempt = r->attempt;
		if (r->way < 32)
			s->tried |= 1u << r->way;
		break;
	case TELL_REFUSED:
		s->out = 0;
		break;
	case TELL_FAILED:
		s->out = 0;
		s->tried = 0;
		break;
	case TELL_ACCEPTED:
	case TELL_DELIVERED:
		if (r->way < t->plan->conf->nways) {
			ring_put(&reach_of(t, r->contact, r->way)->all, t->now);
			if (!is_life(s))
				ring_put(&reach_of(t, r->contact, r->way)->other, t->now);
		}
		free_slot(t, s);
		break;
	case TELL_EXPIRED:
		take_back(t, s);
		free_slot(t, s);
		break;
	case TELL_UNKNOWN:
		s->out = 0;
		if (!is_life(s))
			free_slot(t, s);
		break;
	case TELL_WITHDRAWN:
		unsay(t, s);
		free_slot(t, s);
		break;
	case TELL_ASKED:
		break;
	}
}

void
tell_test(struct tell *t, size_t contact)
{
	const struct way_list *ways = &t->plan->contacts[contact].ways;
	struct slot *s;

	for (size_t i = 0; i < ways->n && (s = tell_slot(t)) != NULL; i++) {
		tell_begin(t, s, contact, NOTICE_TEST, 2 * MINUTE);
		s->only = ways->at[i];
		s->ways = (struct way_list){ &s->only, 1 };
		tell_text_test(t, s);
		tell_dispatch(t, s);
	}
}

/* After a restart: what left and was not answered may have gone. */
void
tell_slots_live(struct tell *t)
{
	for (size_t i = 0; i < t->nslots; i++) {
		struct slot *s = t->slots[i];
		size_t way = s->is.way;

		/* no way has it: it waits for another try */
		if (s->state == SLOT_OUT && s->out == 0)
			s->state = SLOT_WAITING;
		if (s->state == SLOT_ACCEPTED || s->state == SLOT_WAITING)
			s->at = t->now;
		if (s->state != SLOT_OUT || s->out == 0) {
			if (s->state != SLOT_FREE)
				wake(t, s, s->at);
			continue;
		}
		s->out = 0;
		s->replayed = false;
		if (t->now >= s->expires)
			expire(t, s);
		else if (way < t->plan->conf->nways && moot(t, s) == NULL)
			attempt(t, s, way, true);
		else
			go_on(t, s);
	}
}
