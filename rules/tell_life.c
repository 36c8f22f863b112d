#include <stdio.h>
#include <string.h>

#include "life.h"
#include "tell_own.h"

bool
tell_seen(const struct tell_alarm *a)
{
	enum alarm_state s = alarm_state(&a->is);

	return s != ALARM_SHLVD && s != ALARM_DSUPR && s != ALARM_OOSRV;
}

bool
tell_over(const struct tell_alarm *a)
{
	if (!alarm_closed(&a->is) || a->is.chattering || a->back_at != 0)
		return false;
	for (const struct note *n = a->notes; n != NULL; n = n->next)
		if (n->wanted)
			return false;
	return true;
}

static bool
stands(const struct tell *t, const char *rule, const char *device)
{
	const struct tell_alarm *a = tell_find(t, rule, device);

	return a != NULL && a->is.active;
}

bool
tell_flooded(const struct tell *t, const struct tell_alarm *a)
{
	const char *slash = strrchr(a->device, '/');
	char site[TELL_NAME];

	if (strcmp(a->rule, FLOOD_RULE) == 0)
		return false;
	if (stands(t, FLOOD_RULE, FLOOD_ALL))
		return true;
	snprintf(site, sizeof(site), "%.*s", slash != NULL ? (int)(slash - a->device) : 0,
	    a->device);
	return slash != NULL && stands(t, FLOOD_RULE, site);
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
came(struct tell_alarm *a, const struct tell_event *e)
{
	a->seq = e->seq;
	a->risen = e->time;
	a->back_at = 0;
	a->rises++;
}

/* Of one that chatters only what is higher than all that was told; of class life
 * also what comes after somebody has acknowledged it. */
static void
rise(struct tell *t, struct tell_alarm *a, const struct tell_event *e)
{
	came(a, e);
	if (a->code[0] == '\0')
		tell_code(t, a);
	if (a->is.chattering && a->class != CLASS_LIFE && tell_level(a) <= most_told(a))
		return;
	tell_back(t, a);
	tell_climb(t, a);
}

/* It asks nobody for anything. */
static void
happen(struct tell *t, struct tell_alarm *a, const struct tell_event *e)
{
	came(a, e);
	if (!a->is.chattering)
		tell_once(t, a);
}

/* Higher than before without having come again: who is told first is told. */
static void
heighten(struct tell *t, struct tell_alarm *a, const struct tell_event *e)
{
	a->seq = e->seq;
	tell_again(t, a, NOTICE_ALARM);
	tell_once(t, a);
}

/* Nobody said what was done: from the first step on, also when somebody has
 * acknowledged it, and when its cause is gone. */
static void
overdue(struct tell *t, struct tell_alarm *a, const struct tell_event *e)
{
	a->seq = e->seq;
	if (a->risen == 0)
		a->risen = e->time;
	tell_again(t, a, NOTICE_OVERDUE);
	tell_climb_overdue(t, a);
}

static void
acknowledged(struct tell *t, struct tell_alarm *a, const char *who)
{
	tell_halt(t, a);
	tell_code_drop(t, a);
	for (struct note *n = a->notes; n != NULL; n = n->next) {
		const struct contact_conf *c = t->plan->contacts[n->contact].conf;

		n->acked = true;
		if (n->policy != NULL && n->policy->conf->taken && n->level != NO_LEVEL &&
		    !n->wanted && strstr(who, c->name) == NULL)
			tell_want(t, n, NOTICE_ACKED);
	}
}

static void
left(struct tell *t, struct tell_alarm *a)
{
	for (struct note *n = a->notes; a->is.event && n != NULL; n = n->next)
		n->over = true;
	if (a->is.event)
		return;
	a->back_at = t->now + t->set->settle;
	if (a->back_at == 0)
		a->back_at = 1;
	for (struct track *k = a->tracks; k != NULL; k = k->next)
		if (k->policy->conf->until == UNTIL_CLEARED && !k->overdue)
			k->running = false;
}

/* Said only to those who were told that it stands. */
static void
say_over(struct tell *t, struct tell_alarm *a)
{
	for (struct note *n = a->notes; n != NULL; n = n->next) {
		n->over = true;
		if (n->policy != NULL && n->policy->conf->recovery && !n->back &&
		    (n->level != NO_LEVEL || n->wanted))
			tell_want(t, n, NOTICE_RECOVERED);
	}
}

void
tell_settled(struct tell *t, struct tell_alarm *a)
{
	if (!a->is.active && !a->is.chattering && tell_seen(a))
		say_over(t, a);
}

/* It comes and goes no more: how it is now. */
static void
calm(struct tell *t, struct tell_alarm *a)
{
	if (a->is.event || !tell_seen(a) || a->back_at != 0)
		return;
	if (!a->is.active) {
		say_over(t, a);
		return;
	}
	for (struct note *n = a->notes; n != NULL; n = n->next)
		n->over = true;
	if (a->is.unacked)
		tell_again(t, a, NOTICE_ALARM);
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

/* Does it come with this step? */
static bool
comes(const struct tell_alarm *a, const struct alarm *was)
{
	return tell_seen(a) && a->is.active && (!was->active || was->masks != 0 ||
	    a->is.count != was->count);
}

/* Or is it higher than it was? */
static bool
rises(const struct tell_alarm *a, const struct alarm *was, int level)
{
	if (!tell_seen(a) || !a->is.active || !a->is.unacked)
		return false;
	return comes(a, was) || !was->unacked || tell_level(a) > level;
}

/* What its facts say anew, the first that fits. */
static void
speak(struct tell *t, struct tell_alarm *a, const struct alarm *was, int level,
    const struct tell_event *e)
{
	if (a->is.event && comes(a, was))
		happen(t, a, e);
	else if (a->is.event)
		return;
	else if (a->is.overdue && !was->overdue && tell_seen(a))
		overdue(t, a, e);
	else if (rises(a, was, level))
		rise(t, a, e);
	else if (e->event == ALARM_EV_RISE && tell_seen(a) && tell_level(a) > level)
		heighten(t, a, e);
}

static void
change(struct tell *t, struct tell_alarm *a, const struct tell_event *e)
{
	struct alarm was = a->is;
	int level = a->rises > 0 ? tell_level(a) : NO_LEVEL;

	take(a, e);
	speak(t, a, &was, level, e);
	if (a->is.chattering && !was.chattering && tell_seen(a))
		tell_again(t, a, NOTICE_CHATTERING);
	if (was.unacked && !a->is.unacked)
		acknowledged(t, a, a->who);
	if (was.active && !a->is.active)
		left(t, a);
	if (was.chattering && !a->is.chattering)
		calm(t, a);
	if (was.overdue && !a->is.overdue)
		tell_handled(t, a);
	if (!tell_seen(a) || alarm_state(&a->is) == ALARM_NORM)
		tell_halt(t, a);
	if (tell_over(a) && a->notes == NULL)
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
	    x->active == y->active && x->unacked == y->unacked && x->masks == y->masks &&
	    x->overdue == y->overdue && x->chattering == y->chattering;
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
	if (a == NULL && alarm_closed(e->alarm) && !e->alarm->chattering)
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
