#include <stdio.h>
#include <string.h>

#include "tell_own.h"

static bool
is_seen(const struct tell_alarm *a)
{
	enum alarm_state s = alarm_state(&a->is);

	return s != ALARM_SHLVD && s != ALARM_DSUPR && s != ALARM_OOSRV;
}

/* Nothing of it stands, and nothing is waited for. */
static bool
is_over(const struct tell_alarm *a)
{
	if (alarm_state(&a->is) != ALARM_NORM || a->back_at != 0 || a->calm_at != 0)
		return false;
	for (const struct note *n = a->notes; n != NULL; n = n->next)
		if (n->wanted)
			return false;
	return true;
}

void
tell_arm(struct tell *t, struct tell_alarm *a)
{
	int64_t at = INT64_MAX;

	for (const struct track *k = a->tracks; k != NULL; k = k->next)
		if (k->running && k->at < at)
			at = k->at;
	if (a->back_at != 0 && a->back_at < at)
		at = a->back_at;
	if (a->calm_at != 0 && a->calm_at < at)
		at = a->calm_at;
	/* one that waits for a digest is looked at again */
	if (at == INT64_MAX && alarm_state(&a->is) == ALARM_NORM)
		at = t->now + 10 * MINUTE;
	if (at == INT64_MAX)
		due_disarm(&t->dues, &a->due);
	else
		due_arm(&t->dues, &a->due, at);
}

static bool
is_stale(const struct tell *t, const struct note *n)
{
	return n->level == NO_LEVEL || n->back || n->level < tell_level(n->alarm) ||
	    t->now - n->told_at >= t->set->chatter_within;
}

static void
tell_contact(struct tell *t, struct tell_alarm *a, size_t contact, const struct track *k,
    const struct tell_step *step, enum notice_purpose purpose)
{
	struct note *n = tell_note(t, a, contact);

	if (n == NULL) {
		t->queues[contact].lumped++;
		t->queues[contact].lumped_seq = t->seq;
		t->lumped++;
		return;
	}
	if (n->step == NULL) {
		n->step = step;
		n->policy = k->policy;
	}
	if (purpose != NOTICE_ALARM || is_stale(t, n))
		tell_want(t, n, purpose);
}

static struct local
local_now(const struct tell *t)
{
	return local_of(t->wall, t->env.offset(t->wall));
}

static void
run_step(struct tell *t, struct tell_alarm *a, struct track *k, bool first)
{
	const struct tell_step *step = &k->policy->steps[k->step++];
	struct local l = local_now(t);
	struct plan_told told = { .n = 0 };

	plan_resolve(t->plan, &step->to, &l, &told);
	for (size_t i = 0; i < told.n; i++)
		tell_contact(t, a, told.at[i], k, step,
		    first ? NOTICE_ALARM : NOTICE_ESCALATED);
}

static void
run_repeat(struct tell *t, struct tell_alarm *a, struct track *k)
{
	k->repeats++;
	if (a->chattering && a->class != CLASS_LIFE)
		return;
	for (struct note *n = a->notes; n != NULL; n = n->next)
		if (n->policy == k->policy)
			tell_want(t, n, NOTICE_REPEAT);
}

/* The next moment of one: a step, or a repeat after the last. */
static void
plan_next(struct tell *t, struct track *k)
{
	const struct notify_conf *c = k->policy->conf;

	if (k->step < k->policy->nsteps)
		k->at = k->from + k->policy->steps[k->step].after;
	else if (c->repeat > 0 && (c->repeats == 0 || k->repeats < (unsigned)c->repeats))
		k->at = t->now + c->repeat;
	else
		k->at = INT64_MAX;
	k->running = k->at != INT64_MAX;
}

static void
run_track(struct tell *t, struct tell_alarm *a, struct track *k)
{
	if (k->step < k->policy->nsteps)
		run_step(t, a, k, k->policy->steps[k->step].after == 0);
	else
		run_repeat(t, a, k);
	while (k->step > 0 && k->step < k->policy->nsteps &&
	    k->policy->steps[k->step].after <= t->now - k->from)
		run_step(t, a, k, k->policy->steps[k->step].after == 0);
	plan_next(t, k);
}

static void
begin_track(struct tell *t, struct tell_alarm *a, struct track *k)
{
	k->running = true;
	k->step = 0;
	k->repeats = 0;
	k->from = t->now;
	k->at = k->from + k->policy->steps[0].after;
	if (k->at <= t->now)
		run_track(t, a, k);
}

static void
begin_tracks(struct tell *t, struct tell_alarm *a)
{
	const struct policy *p;
	struct track *k;
	size_t i = 0;

	while ((p = plan_match(t->plan, a->rule, a->device, a->class, a->priority, &i)) != NULL) {
		for (k = a->tracks; k != NULL && k->policy != p; k = k->next)
			continue;
		if (k == NULL)
			k = tell_track(t, a, p);
		if (k != NULL && !k->running)
			begin_track(t, a, k);
	}
}

/* Those who were reached already, of what is new to them. */
static void
tell_again(struct tell *t, struct tell_alarm *a, enum notice_purpose purpose)
{
	for (struct note *n = a->notes; n != NULL; n = n->next)
		if (purpose == NOTICE_CHATTERING || is_stale(t, n))
			tell_want(t, n, purpose);
}

static unsigned
count_rises(const struct tell *t, const struct tell_alarm *a)
{
	unsigned n = 0;

	while (n < a->nrises && a->rise_at[n] > t->now - t->set->chatter_within)
		n++;
	return n;
}

static void
keep_rise(struct tell *t, struct tell_alarm *a)
{
	memmove(a->rise_at + 1, a->rise_at, sizeof(a->rise_at) - sizeof(a->rise_at[0]));
	a->rise_at[0] = t->now;
	if (a->nrises < RISES_KEPT)
		a->nrises++;
	a->rises++;
	a->calm_at = t->now + t->set->chatter_within;
}

static int
most_told(const struct tell_alarm *a)
{
	int level = NO_LEVEL;

	for (const struct note *n = a->notes; n != NULL; n = n->next)
		if (n->level > level)
			level = n->level;
	return level;
}

static void
rise(struct tell *t, struct tell_alarm *a, const struct tell_event *e)
{
	a->seq = e->seq;
	a->risen = e->time;
	a->back_at = 0;
	keep_rise(t, a);
	if (a->code[0] == '\0')
		tell_code(t, a);
	if (a->chattering && tell_level(a) <= most_told(a))
		return;
	if (!a->chattering && a->rises > 1 &&
	    count_rises(t, a) >= (unsigned)t->set->chatter_rises) {
		a->chattering = true;
		tell_again(t, a, NOTICE_CHATTERING);
		begin_tracks(t, a);
		return;
	}
	tell_again(t, a, NOTICE_ALARM);
	begin_tracks(t, a);
}

static void
end_tracks(struct tell *t, struct tell_alarm *a)
{
	for (struct track *k = a->tracks; k != NULL; k = k->next)
		k->running = false;
	for (struct note *n = a->notes; n != NULL; n = n->next)
		if (n->wanted && (n->want == NOTICE_REPEAT || n->want == NOTICE_ESCALATED))
			tell_unwant(t, n);
}

static void
acknowledged(struct tell *t, struct tell_alarm *a, const char *who)
{
	end_tracks(t, a);
	tell_code_drop(t, a);
	for (struct note *n = a->notes; n != NULL; n = n->next) {
		const struct contact_conf *c = t->plan->contacts[n->contact].conf;

		if (n->policy != NULL && n->policy->conf->taken && n->level != NO_LEVEL &&
		    !n->wanted && strstr(who, c->name) == NULL)
			tell_want(t, n, NOTICE_ACKED);
	}
}

static void
left(struct tell *t, struct tell_alarm *a)
{
	a->back_at = t->now + t->set->settle;
	if (a->back_at == 0)
		a->back_at = 1;
	for (struct track *k = a->tracks; k != NULL; k = k->next)
		if (k->policy->conf->until == UNTIL_CLEARED)
			k->running = false;
}

/* Said only to those who were told that it stands. */
static void
over(struct tell *t, struct tell_alarm *a)
{
	for (struct note *n = a->notes; n != NULL; n = n->next)
		if (n->policy != NULL && n->policy->conf->recovery && !n->back &&
		    (n->level != NO_LEVEL || n->wanted))
			tell_want(t, n, NOTICE_RECOVERED);
}

static void
copy(char *to, size_t n, const char *from)
{
	char safe[512];

	snprintf(to, n, "%s", tell_safe(from != NULL ? from : "", safe,
	    n < sizeof(safe) ? n : sizeof(safe)));
}

static void
take(struct tell_alarm *a, const struct tell_event *e)
{
	a->is = *e->alarm;
	a->class = e->class;
	a->priority = e->priority;
	a->time = e->time;
	copy(a->en, sizeof(a->en), e->text_en);
	copy(a->zh, sizeof(a->zh), e->text_zh);
	copy(a->who, sizeof(a->who), e->who);
	copy(a->point, sizeof(a->point), e->point);
	copy(a->unit, sizeof(a->unit), e->unit);
	copy(a->value, sizeof(a->value), e->value);
}

/* Does it rise with this step, or higher than it was? */
static bool
rises(const struct tell_alarm *a, const struct alarm *was, int level)
{
	if (!is_seen(a) || !a->is.active || !a->is.unacked)
		return false;
	return !was->active || !was->unacked || was->masks != 0 || a->is.count != was->count ||
	    tell_level(a) > level;
}

static void
change(struct tell *t, struct tell_alarm *a, const struct tell_event *e)
{
	struct alarm was = a->is;
	int level = a->rises > 0 ? tell_level(a) : NO_LEVEL;

	take(a, e);
	if (rises(a, &was, level))
		rise(t, a, e);
	if (was.unacked && !a->is.unacked)
		acknowledged(t, a, a->who);
	if (was.active && !a->is.active)
		left(t, a);
	if (!is_seen(a) || alarm_state(&a->is) == ALARM_NORM)
		end_tracks(t, a);
	if (is_over(a) && a->notes == NULL)
		tell_forget(t, a);
	else
		tell_arm(t, a);
}

/* A segment begins with all alarms as they stand, those among them whose last
 * step comes only behind it. */
static bool
was_ahead(const struct tell_alarm *a, const struct tell_event *e)
{
	const struct alarm *x = &a->is, *y = e->alarm;

	return a->restated && !e->restated && x->since == y->since && x->count == y->count &&
	    x->active == y->active && x->unacked == y->unacked && x->masks == y->masks;
}

void
tell_alarm(struct tell *t, const struct tell_event *e, int64_t now, int64_t wall)
{
	struct tell_alarm *a;

	tell_run(t, now, wall);
	if (e->seq > t->seq) {
		t->seq = e->seq;
		t->n = 0;
	}
	a = tell_find(t, e->rule, e->device);
	if (a != NULL && e->restated)
		return;
	if (a != NULL && was_ahead(a, e)) {
		tell_forget(t, a);
		a = NULL;
	}
	if (a == NULL && alarm_state(e->alarm) == ALARM_NORM)
		return;
	if (a == NULL && (a = tell_make(t, e->rule, e->device)) == NULL) {
		t->lost++;
		return;
	}
	a->restated = e->restated;
	change(t, a, e);
	/* it stood before all that is still known: who was to know knows */
	for (struct note *n = a->notes; e->restated && n != NULL; n = n->next)
		tell_told(t, n, n->want);
}

/* All ways to somebody failed: those who come next are told at once. */
void
tell_hasten(struct tell *t, struct tell_alarm *a)
{
	for (struct track *k = a->tracks; k != NULL; k = k->next)
		if (k->running && k->step < k->policy->nsteps) {
			run_step(t, a, k, false);
			plan_next(t, k);
			if (k->at < t->now)
				k->at = t->now;
		}
	tell_arm(t, a);
}

static void
calm(struct tell *t, struct tell_alarm *a)
{
	bool was = a->chattering;

	a->calm_at = 0;
	a->chattering = false;
	if (was && a->is.active)
		tell_again(t, a, NOTICE_ALARM);
	else if (was && a->back_at == 0)
		over(t, a);
}

static void
fire(struct tell *t, struct tell_alarm *a)
{
	if (a->calm_at != 0 && a->calm_at <= t->now)
		calm(t, a);
	if (a->back_at != 0 && a->back_at <= t->now) {
		a->back_at = 0;
		if (!a->is.active && !a->chattering && is_seen(a))
			over(t, a);
	}
	for (struct track *k = a->tracks; k != NULL; k = k->next)
		if (k->running && k->at <= t->now)
			run_track(t, a, k);
	if (is_over(a))
		tell_forget(t, a);
	else
		tell_arm(t, a);
}

void
tell_run(struct tell *t, int64_t now, int64_t wall)
{
	struct due *due;

	/* timers at their own moments: what is replayed comes out as it did */
	while ((due = due_first(&t->dues)) != NULL && due->at <= now) {
		int64_t at = due->at > t->now ? due->at : t->now;

		if (!t->live) {
			t->wall = wall - (now - at) / 1000;
			t->now = at;
		} else {
			t->wall = wall;
			t->now = now;
		}
		fire(t, (struct tell_alarm *)due);
	}
	t->now = now > t->now || t->live ? now : t->now;
	t->wall = wall;
	if (!t->live)
		return;
	tell_slots(t);
	tell_sends(t);
}
