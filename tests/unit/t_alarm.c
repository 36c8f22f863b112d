#include <string.h>

#include "../../rules/alarm.h"
#include "../../rules/class.h"
#include "../check.h"

/* A story is a string of events; the test reads as the states it passes.
 * E enter, L leave, A acknowledge, R reset; s d o put on a mask (shelve,
 * suppress by design, out of service), p m as well (by a person, maintenance),
 * S D O P M take it off; a leading * means that the rule latches, a leading !
 * that it is an event. */
static const struct {
	const char *events, *states;
} stories[] = {
	{ "E",		"UNACK" },
	{ "EL",		"UNACK RTNUN" },
	{ "ELA",	"UNACK RTNUN NORM" },
	{ "EAL",	"UNACK ACKED NORM" },
	{ "ELE",	"UNACK RTNUN UNACK" },
	{ "*EL",	"UNACK LATUN" },
	{ "*ELA",	"UNACK LATUN LATAK" },
	{ "*ELAR",	"UNACK LATUN LATAK NORM" },
	{ "*ER",	"UNACK UNACK" },		/* no reset while it lasts */
	{ "EAdD",	"UNACK ACKED DSUPR ACKED" },	/* a dropped link un-acknowledges nothing */
	{ "dED",	"DSUPR DSUPR UNACK" },		/* began unseen: told now */
	{ "dELD",	"DSUPR DSUPR DSUPR NORM" },	/* came and went unseen */
	{ "*dELD",	"DSUPR DSUPR DSUPR LATUN" },	/* a latch forgets nothing */
	{ "EsdD",	"UNACK SHLVD DSUPR SHLVD" },	/* a blip ends no shelve */
	{ "EAoO",	"UNACK ACKED OOSRV ACKED" },
	{ "EpPmM",	"UNACK OOSRV UNACK OOSRV UNACK" },
	{ "msEMS",	"OOSRV OOSRV OOSRV SHLVD UNACK" },
	{ "!EL",	"ACKED NORM" },			/* an event */
	{ "!mEM",	"OOSRV OOSRV ACKED" },
};

static void
apply(struct alarm *a, char c)
{
	static const char events[] = "ELAR", on[] = "sdopm", off[] = "SDOPM";
	const char *p;

	if ((p = strchr(events, c)) != NULL)
		alarm_step(a, (enum alarm_event)(p - events), 0, 0);
	else if ((p = strchr(on, c)) != NULL)
		alarm_step(a, ALARM_EV_MASK, (enum alarm_mask)(1 << (p - on)), 0);
	else if ((p = strchr(off, c)) != NULL)
		alarm_step(a, ALARM_EV_UNMASK, (enum alarm_mask)(1 << (p - off)), 0);
}

static void
tell(const char *events, const char *states)
{
	struct alarm a = { .latching = *events == '*', .event = *events == '!' };
	char got[128] = "";

	for (const char *e = events + (a.latching || a.event); *e != '\0'; e++) {
		apply(&a, *e);
		if (got[0] != '\0')
			strcat(got, " ");
		strcat(got, alarm_state_name(alarm_state(&a)));
	}
	if (strcmp(got, states) != 0)
		fprintf(stderr, "%s: got %s\n", events, got);
	CHECK(strcmp(got, states) == 0);
}

static void
every_story_passes_its_states(void)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		tell(stories[i].events, stories[i].states);
}

/* Facts by number: all that a life can amount to, and more. */
static struct alarm
facts(unsigned n)
{
	return (struct alarm){ .active = n & 1, .unacked = n >> 1 & 1, .latching = n >> 2 & 1,
	    .held = n >> 3 & 1, .untold = n >> 4 & 1, .event = n >> 5 & 1, .first = n >> 6 & 1,
	    .chattering = n >> 7 & 1, .overdue = n >> 8 & 1, .handling = n >> 9 & 1 ? 60 : 0,
	    .handle_by = n >> 10 & 1 ? 70 : 0, .masks = n >> 11 & ALARM_MASKS,
	    .until = n >> 11 & ALARM_SHELVED ? 80 : 0,
	    .removed = n >> 11 & ALARM_REMOVED ? 90 : 0, .since = 1, .count = 1 };
}

static bool
same_facts(const struct alarm *a, const struct alarm *b)
{
	return a->active == b->active && a->unacked == b->unacked && a->held == b->held &&
	    a->untold == b->untold && a->masks == b->masks && a->latching == b->latching &&
	    a->first == b->first && a->chattering == b->chattering &&
	    a->overdue == b->overdue && a->handle_by == b->handle_by &&
	    a->until == b->until && a->removed == b->removed;
}

/* What is asked of people: nothing by an event, nor behind a mask. */
static void
check_asked(const struct alarm *was, const struct alarm *a, enum alarm_event ev)
{
	/* what no life amounts to may be over as soon as it is told */
	bool told = a->count > was->count || (was->untold && !a->untold && ev != ALARM_EV_LEAVE);

	if (a->unacked && !was->unacked)
		CHECK(told && !a->event);
	if (a->handle_by != was->handle_by)
		CHECK(ev == ALARM_EV_HANDLE ? a->handle_by == 0 :
		    told && a->handle_by == 2 + a->handling);
	if (told)
		CHECK(a->masks == 0 && (a->handling == 0 || a->handle_by != 0));
	if (ev == ALARM_EV_HANDLE)
		CHECK(!a->overdue);
	else if (ev == ALARM_EV_OVERDUE)
		CHECK(a->overdue == (was->handle_by != 0));
	else
		CHECK(a->overdue == was->overdue);
	if (ev == ALARM_EV_CHATTER || ev == ALARM_EV_CALM)
		CHECK(a->chattering == (ev == ALARM_EV_CHATTER));
	else
		CHECK(a->chattering == was->chattering);
	CHECK((a->until == 0 || (a->masks & ALARM_SHELVED)) &&
	    (a->removed != 0) == ((a->masks & ALARM_REMOVED) != 0));
	CHECK(alarm_closed(a) == (alarm_state(a) == ALARM_NORM && a->handle_by == 0));
}

/* What must hold after any event in any state, whatever the story was. */
static void
check_step(const struct alarm *was, enum alarm_event ev, enum alarm_mask m)
{
	struct alarm a = *was;
	bool changed = alarm_step(&a, ev, m, 2);

	CHECK(changed == !same_facts(&a, was));
	CHECK(a.latching == was->latching);
	if (ev == ALARM_EV_ENTER)
		CHECK(a.active);
	else if (ev == ALARM_EV_LEAVE)
		CHECK(!a.active);
	else
		CHECK(a.active == was->active);
	if (ev == ALARM_EV_ACK)
		CHECK(!a.unacked);
	if (ev == ALARM_EV_RESET && was->active)
		CHECK(a.held == was->held);
	/* nobody is told of anything while a mask lies on it */
	if (a.masks != 0)
		CHECK(a.count <= was->count);
	/* only an event of masks changes masks, and each only its own */
	if (ev == ALARM_EV_MASK)
		CHECK(a.masks == (was->masks | m));
	else if (ev == ALARM_EV_UNMASK)
		CHECK(a.masks == (was->masks & ~m));
	else
		CHECK(a.masks == was->masks);
	CHECK((a.since == 2) == (alarm_state(&a) != alarm_state(was)));
	if (changed && alarm_state(&a) == ALARM_NORM)
		CHECK(a.count == 0 && !a.first);
	check_asked(was, &a, ev);
}

static void
every_event_in_every_state_keeps_the_rules(void)
{
	for (unsigned n = 0; n < 1u << 16; n++) {
		struct alarm was = facts(n);

		for (int ev = 0; ev < ALARM_EVENTS; ev++)
			for (int m = ALARM_SHELVED; m <= ALARM_MAINTENANCE; m *= 2)
				check_step(&was, (enum alarm_event)ev, (enum alarm_mask)m);
	}
}

static void
a_shelving_may_be_moved(void)
{
	struct alarm a = { .active = true };

	CHECK(alarm_shelve(&a, 500, 1) && a.until == 500 && alarm_state(&a) == ALARM_SHLVD);
	CHECK(!alarm_shelve(&a, 500, 2) && a.since == 1);
	CHECK(alarm_shelve(&a, 400, 3) && a.until == 400 && a.since == 1);
	CHECK(alarm_step(&a, ALARM_EV_UNMASK, ALARM_SHELVED, 4) && a.until == 0);
}

static void
only_what_is_not_handled_is_more_urgent(void)
{
	struct alarm a = { .handle_by = 1 };

	for (int p = PRIORITY_LOW; p <= PRIORITY_URGENT; p++) {
		a.overdue = false;
		CHECK(alarm_priority(&a, p) == p);
		a.overdue = true;
		CHECK(alarm_priority(&a, p) == (p == PRIORITY_URGENT ? p : p + 1));
	}
}

static void
every_state_has_a_name_of_its_own(void)
{
	for (int a = ALARM_NORM; a <= ALARM_OOSRV; a++)
		for (int b = a + 1; b <= ALARM_OOSRV; b++)
			CHECK(strcmp(alarm_state_name((enum alarm_state)a),
			    alarm_state_name((enum alarm_state)b)) != 0);
}

int
main(void)
{
	RUN(every_story_passes_its_states);
	RUN(every_event_in_every_state_keeps_the_rules);
	RUN(a_shelving_may_be_moved);
	RUN(only_what_is_not_handled_is_more_urgent);
	RUN(every_state_has_a_name_of_its_own);
	return 0;
}
