#include <stdio.h>
#include <string.h>

#include "tell_own.h"

void
tell_arm(struct tell *t, struct tell_alarm *a)
{
	int64_t at = INT64_MAX;

	for (const struct track *k = a->tracks; k != NULL; k = k->next)
		if (k->running && k->at < at)
			at = k->at;
	if (a->back_at != 0 && a->back_at < at)
		at = a->back_at;
	/* one that waits for a digest is looked at again */
	if (at == INT64_MAX && alarm_state(&a->is) == ALARM_NORM)
		at = t->now + 10 * MINUTE;
	if (at == INT64_MAX)
		due_disarm(&t->dues, &a->due);
	else
		due_arm(&t->dues, &a->due, at);
}

/* Has it heard of it as it is? */
static bool
is_news_to(const struct note *n)
{
	return n->level == NO_LEVEL || n->back || n->over || n->acked ||
	    n->level < tell_level(n->alarm);
}

/* Did another policy reach it in the same climb, to say the same?  Several steps of
 * one policy that name it mean it. */
static bool
was_told(const struct note *n, const struct track *k, enum notice_purpose purpose)
{
	const struct track *o = n->step != NULL && k != NULL ? n->alarm->tracks : NULL;

	for (; o != NULL; o = o->next)
		if (o != k && o->from == k->from && o->overdue == k->overdue &&
		    n->step >= o->policy->steps && n->step < o->policy->steps + o->step)
			return purpose == NOTICE_OVERDUE ||
			    (purpose == NOTICE_ESCALATED && n->step->after > 0);
	return false;
}

/* By a step of a track; of none (NULL) for what is told once. */
static void
tell_contact(struct tell *t, struct tell_alarm *a, size_t contact, const struct policy *p,
    const struct track *k, const struct tell_step *step, enum notice_purpose purpose)
{
	struct note *n = tell_note(t, a, contact);

	if (n == NULL) {
		t->queues[contact].lumped++;
		t->queues[contact].lumped_seq = t->seq;
		t->lumped++;
		return;
	}
	if (n->policy == NULL)
		n->policy = p;
	if ((n->step != NULL && purpose == NOTICE_ALARM && !is_news_to(n)) ||
	    was_told(n, k, purpose))
		return;
	n->step = step;
	tell_want(t, n, purpose);
}

static struct local
local_now(const struct tell *t)
{
	return local_of(t->wall, t->env.offset(t->wall));
}

static void
reach(struct tell *t, struct tell_alarm *a, const struct policy *p, const struct track *k,
    size_t i, enum notice_purpose purpose)
{
	const struct tell_step *step = &p->steps[i];
	struct local l = local_now(t);
	struct plan_told told = { .n = 0 };

	plan_resolve(t->plan, &step->to, &l, &told);
	for (size_t c = 0; c < told.n; c++)
		tell_contact(t, a, told.at[c], p, k, step, purpose);
}

static void
run_step(struct tell *t, struct tell_alarm *a, struct track *k, bool first)
{
	size_t i = k->step++;

	reach(t, a, k->policy, k, i, k->overdue ? NOTICE_OVERDUE : first ? NOTICE_ALARM :
	    NOTICE_ESCALATED);
}

static void
run_repeat(struct tell *t, struct tell_alarm *a, struct track *k)
{
	k->repeats++;
	if (a->is.chattering && a->class != CLASS_LIFE)
		return;
	for (struct note *n = a->notes; n != NULL; n = n->next)
		if (n->policy == k->policy)
			tell_want(t, n, k->overdue ? NOTICE_OVERDUE : NOTICE_REPEAT);
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
begin_track(struct tell *t, struct tell_alarm *a, struct track *k, bool overdue)
{
	k->running = true;
	k->overdue = overdue;
	k->step = 0;
	k->repeats = 0;
	k->from = t->now;
	k->at = k->from + k->policy->steps[0].after;
	if (k->at <= t->now)
		run_track(t, a, k);
}

static const struct policy *
next_policy(const struct tell *t, const struct tell_alarm *a, size_t *i)
{
	return plan_match(t->plan, a->rule, a->device, a->class, a->priority, i);
}

static void
climb(struct tell *t, struct tell_alarm *a, bool overdue)
{
	const struct policy *p;
	struct track *k;
	size_t i = 0;

	while ((p = next_policy(t, a, &i)) != NULL) {
		for (k = a->tracks; k != NULL && k->policy != p; k = k->next)
			continue;
		if (k == NULL)
			k = tell_track(t, a, p);
		if (k != NULL && (!k->running || overdue))
			begin_track(t, a, k, overdue);
	}
}

void
tell_climb(struct tell *t, struct tell_alarm *a)
{
	climb(t, a, false);
}

void
tell_climb_overdue(struct tell *t, struct tell_alarm *a)
{
	climb(t, a, true);
}

/* Nobody wants each door that opens: the rule says who, or a policy names it. */
static bool
asks_for_events(const struct tell *t, const struct policy *p)
{
	return p < t->plan->policies + t->plan->nrules || p->conf->rules.n > 0;
}

void
tell_once(struct tell *t, struct tell_alarm *a)
{
	const struct policy *p;
	size_t i = 0;

	while ((p = next_policy(t, a, &i)) != NULL) {
		if (a->is.event && !asks_for_events(t, p))
			continue;
		for (size_t k = 0; k < p->nsteps && p->steps[k].after == 0; k++)
			reach(t, a, p, NULL, k, NOTICE_ALARM);
	}
}

/* Is this contact to hear of it at once?  Whom a later step reached only where
 * the steps go on: where they begin anew, that step will. */
static bool
hears_at_once(const struct note *n)
{
	const struct track *k;

	if (n->step == NULL || n->step->after == 0)
		return true;
	for (k = n->alarm->tracks; k != NULL; k = k->next)
		if (k->running && !k->overdue && (k->policy == n->policy ||
		    (n->step >= k->policy->steps && n->step < k->policy->steps + k->step)))
			return true;
	return false;
}

void
tell_back(struct tell *t, struct tell_alarm *a)
{
	for (struct note *n = a->notes; n != NULL; n = n->next)
		if (is_news_to(n) && hears_at_once(n))
			tell_want(t, n, NOTICE_ALARM);
}

void
tell_again(struct tell *t, struct tell_alarm *a, enum notice_purpose purpose)
{
	for (struct note *n = a->notes; n != NULL; n = n->next)
		if (purpose != NOTICE_ALARM || is_news_to(n))
			tell_want(t, n, purpose);
}

void
tell_halt(struct tell *t, struct tell_alarm *a)
{
	bool overdue = a->is.overdue && tell_seen(a);

	for (struct track *k = a->tracks; k != NULL; k = k->next)
		k->running = k->running && k->overdue && overdue;
	for (struct note *n = a->notes; n != NULL; n = n->next)
		if (n->wanted && (n->want == NOTICE_REPEAT || n->want == NOTICE_ESCALATED ||
		    (n->want == NOTICE_OVERDUE && !overdue)))
			tell_unwant(t, n);
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

void
tell_handled(struct tell *t, struct tell_alarm *a)
{
	for (struct track *k = a->tracks; k != NULL; k = k->next)
		k->overdue = false;
	if (!a->is.unacked)
		tell_halt(t, a);
}

static void
fire(struct tell *t, struct tell_alarm *a)
{
	if (a->back_at != 0 && a->back_at <= t->now) {
		a->back_at = 0;
		tell_settled(t, a);
	}
	for (struct track *k = a->tracks; k != NULL; k = k->next)
		if (k->running && k->at <= t->now)
			run_track(t, a, k);
	if (tell_over(a))
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
