#include <string.h>

#include "../../rules/alarm.h"
#include "../check.h"

/* A story is a string of events; the test reads as the states it passes.
 * E enter, L leave, A acknowledge, R reset; s d o put on a mask (shelve,
 * suppress by design, out of service), S D O take it off; a leading * means
 * that the rule latches. */
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
};

static void
apply(struct alarm *a, char c)
{
	static const char events[] = "ELAR", on[] = "sdo", off[] = "SDO";
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
	struct alarm a = { .latching = *events == '*' };
	char got[128] = "";

	for (const char *e = events + a.latching; *e != '\0'; e++) {
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
	    .held = n >> 3 & 1, .untold = n >> 4 & 1, .masks = n >> 5 & 7, .since = 1,
	    .count = 1 };
}

static bool
same_facts(const struct alarm *a, const struct alarm *b)
{
	return a->active == b->active && a->unacked == b->unacked && a->held == b->held &&
	    a->untold == b->untold && a->masks == b->masks && a->latching == b->latching;
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
		CHECK(a.count == 0);
}

static void
every_event_in_every_state_keeps_the_rules(void)
{
	for (unsigned n = 0; n < 256; n++) {
		struct alarm was = facts(n);

		for (int ev = ALARM_EV_ENTER; ev <= ALARM_EV_UNMASK; ev++)
			for (int m = ALARM_SHELVED; m <= ALARM_OUT_OF_SERVICE; m *= 2)
				check_step(&was, (enum alarm_event)ev, (enum alarm_mask)m);
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
	RUN(every_state_has_a_name_of_its_own);
	return 0;
}
