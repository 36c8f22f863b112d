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

int
main(void)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++)
		tell(stories[i].events, stories[i].states);
	return 0;
}
