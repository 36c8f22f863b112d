#include <stdio.h>
#include <string.h>

#include "../../gateway/lefts.h"
#include "../check.h"

#define MANY	10000
#define ROUNDS	3

static void
take(struct lefts *all, unsigned i, uint32_t count)
{
	char rule[32], device[32];
	const struct alarm_entry a = { .rule = rule, .device = device,
	    .alarm = { .count = count } };

	snprintf(rule, sizeof(rule), "rule-%u", i % 100);
	snprintf(device, sizeof(device), "site/device-%u", i / 100);
	lefts_take(all, &a);
}

/* After a site-wide event the journal tells of each of many alarms, and more
 * than once: what a start costs must grow with their number alone. */
static void
ten_thousand_cost_a_look_or_two_each(void)
{
	struct lefts all;
	unsigned n = 0;
	char device[32];

	lefts_init(&all);
	for (uint32_t round = 1; round <= ROUNDS; round++)
		for (unsigned i = 0; i < MANY; i++)
			take(&all, i, round);
	CHECK(all.n == MANY);
	CHECK(all.compared < 4 * ROUNDS * MANY);
	for (const struct left *l = all.first; l != NULL; l = l->next, n++) {
		snprintf(device, sizeof(device), "site/device-%u", n / 100);
		CHECK(strcmp(l->device, device) == 0);	/* as first told of */
		CHECK(l->entry.alarm.count == ROUNDS);	/* as last told of */
	}
	CHECK(n == MANY);
	lefts_free(&all);
}

static void
names_are_told_apart(void)
{
	static const char *const names[][2] = { { "ab", "c" }, { "a", "bc" }, { "abc", "" },
	    { "", "abc" }, { "c", "ab" }, { "ab", "c" } };
	struct lefts all;

	lefts_init(&all);
	for (size_t i = 0; i < 6; i++)
		lefts_take(&all, &(struct alarm_entry){ .rule = names[i][0],
		    .device = names[i][1], .time = (int64_t)i });
	CHECK(all.n == 5);
	CHECK(all.first->entry.time == 5 && all.first->next->entry.time == 1);
	lefts_free(&all);
}

/* When it was announced last, whatever became of it since. */
static void
the_last_coming_is_kept(void)
{
	struct alarm_entry a = { .rule = "r", .device = "d" };
	struct lefts all;

	lefts_init(&all);
	for (int64_t round = 1; round <= 2; round++) {
		a.time = 100 * round;
		a.event = ALARM_EV_ENTER;
		CHECK(alarm_step(&a.alarm, a.event, 0, a.time));
		lefts_take(&all, &a);
		CHECK(all.first->came == 100 * round);
		a.time += 10;
		lefts_take(&all, &a);	/* restated */
		a.event = ALARM_EV_ACK;
		alarm_step(&a.alarm, a.event, 0, a.time);
		lefts_take(&all, &a);
		a.event = ALARM_EV_LEAVE;
		alarm_step(&a.alarm, a.event, 0, a.time);
		lefts_take(&all, &a);
		CHECK(alarm_closed(&all.first->entry.alarm) && all.first->came == 100 * round);
	}
	/* behind a mask nothing is announced */
	a.time = 300;
	a.event = ALARM_EV_MASK;
	CHECK(alarm_step(&a.alarm, a.event, ALARM_SUPPRESSED, a.time));
	lefts_take(&all, &a);
	a.event = ALARM_EV_ENTER;
	CHECK(alarm_step(&a.alarm, a.event, 0, a.time));
	lefts_take(&all, &a);
	CHECK(all.first->came == 200);
	a.event = ALARM_EV_UNMASK;
	CHECK(alarm_step(&a.alarm, a.event, ALARM_SUPPRESSED, a.time));
	lefts_take(&all, &a);
	CHECK(all.first->came == 300);
	lefts_free(&all);
}

int
main(void)
{
	RUN(ten_thousand_cost_a_look_or_two_each);
	RUN(names_are_told_apart);
	RUN(the_last_coming_is_kept);
	return 0;
}
