#include <string.h>

#include "../../rules/rehearsal.h"
#include "../check.h"

/* What a start makes of the readings before it. */

#define S	1000000LL
#define WALL	1790000000000LL	/* UTC ms at mono 0: the boot */

static unsigned char memory[1 << 20] __attribute__((aligned(16)));
static struct arena arena;
static struct err room[ERRS_MAX];
static struct errs errs = { .at = room };
static struct tap taps[2] = { { .series = 1 }, { .series = 2 } };
static struct point points[2] = { { .name = "p" }, { .name = "k", .function = 3,
    .scale = 1, .divisor = 1, .decimals = -1, .write = { .function = 6, .max = 1, .step = 1 } } };
static struct profile profile = { .name = "x", .points = points, .npoints = 2 };
static const char *writable[] = { "k" };
static struct device device;
static struct rehearsal clock_;
static int steps;
static bool active;

static void
changed(void *owner, const struct alarm_change *c)
{
	(void)owner;
	steps++;
	active = c->alarm->active;
}

static void
make(struct rule_conf *rule, int64_t now)
{
	static const struct constants none = { NULL, 0 };

	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	points[0].raw = raw_find("f64");
	points[1].raw = raw_find("u16");
	points[1].order = order_find("AB");
	device = (struct device){ .conf = { .name = "d", .zh = "", .en = "", .period = 5 * S,
	    .enabled = true, .writable = { writable, 1 } }, .profile = &profile, .taps = taps };
	rule->name = "r";
	rule->on = "d";
	rule->results = 1;
	errs.n = 0;
	CHECK(rule_compile(rule, &none, &arena, &errs) == 0);
	clock_ = (struct rehearsal){ .course.rules = rules_new(rule, 1, &device, 1, &arena,
	    &errs) };
	CHECK(clock_.course.rules != NULL && errs.n == 0);
	rules_start(clock_.course.rules, now);
	rules_on_change(clock_.course.rules, changed, NULL);
	rehearsal_begin(&clock_, now, WALL + now / 1000);
	steps = 0;
	active = false;
}

static void
hear(int64_t from, int64_t to, double figure)
{
	for (int64_t at = from; at < to; at += 5 * S) {
		struct reading r[2] = { { .series = 1, .mono = at, .due = at,
		    .time = WALL + at / 1000, .value = { .kind = VALUE_F64, .d = figure } } };

		rehearsal_hear(&clock_, r, 1, at, r[0].time);
	}
}

/* Minutes before the boot, that is at negative moments of its clock. */
static void
windows_go_on_over_a_start(void)
{
	struct rule_conf rule = { .when = "mean(p, 1min) > 2", .clear = "" };

	make(&rule, -200 * S);
	CHECK(rules_reach(clock_.course.rules) >= 60 * S);
	rules_recall(clock_.course.rules, true);
	hear(-200 * S, -2 * S, 3);
	rehearsal_until(&clock_, -1 * S);
	rules_recall(clock_.course.rules, false);
	CHECK(steps == 0);
	rehearsal_skip(&clock_, 3 * S, WALL + 3000);
	rehearsal_until(&clock_, 4 * S);
	hear(5 * S, 6 * S, 3);
	CHECK(steps == 1 && active);
	/* one that hears nothing of the past does not know */
	make(&rule, 3 * S);
	hear(5 * S, 6 * S, 3);
	CHECK(steps == 0);
}

/* Pieces before and behind the boot are those of one window. */
static void
a_window_over_the_boot_is_whole(void)
{
	struct rule_conf rule = { .when = "sum(p, 1min) >= 12", .clear = "" };

	make(&rule, -60 * S);
	rules_recall(clock_.course.rules, true);
	hear(-30 * S, 0, 1);		/* six */
	rules_recall(clock_.course.rules, false);
	rehearsal_skip(&clock_, 0, WALL);
	hear(0, 25 * S, 1);		/* eleven */
	CHECK(steps == 0);
	hear(25 * S, 26 * S, 1);	/* twelve */
	CHECK(steps == 1 && active);
}

/* What was said last before the start says nothing of now, and nothing is silent
 * before it could speak. */
static void
delays_and_silence_begin_anew(void)
{
	struct rule_conf rule = { .when = "p > 2", .clear = "", .on_delay = 20 * S };
	struct rule_conf silent = { .when = "stale(p, 30s)", .clear = "" };

	make(&rule, -200 * S);
	hear(-15 * S, 0, 3);
	rehearsal_skip(&clock_, 10 * S, WALL + 10000);
	hear(10 * S, 30 * S, 3);
	CHECK(steps == 0);
	hear(30 * S, 31 * S, 3);
	CHECK(steps == 1 && active);
	CHECK(rules_reach(clock_.course.rules) == 0 && rules_delay(clock_.course.rules) == 20 * S);
	make(&silent, -200 * S);
	hear(-200 * S, -150 * S, 3);
	rehearsal_skip(&clock_, 10 * S, WALL + 10000);
	rehearsal_until(&clock_, 39 * S);
	CHECK(steps == 0);
	rehearsal_until(&clock_, 41 * S);
	CHECK(steps == 1 && active);
}

/* An alarm that stands stays, until what is known of the window ends it. */
static void
an_alarm_that_stands_is_judged_by_the_window(void)
{
	struct rule_conf rule = { .when = "mean(p, 1min) > 2", .clear = "" };
	const struct alarm stands = { .active = true, .unacked = true, .count = 1 };

	make(&rule, -200 * S);
	rules_recall(clock_.course.rules, true);
	hear(-200 * S, -2 * S, 3);
	rules_recall(clock_.course.rules, false);
	rehearsal_skip(&clock_, 3 * S, WALL + 3000);
	CHECK(rules_restore(clock_.course.rules, "r", "d", &stands) == 0);
	active = true;
	hear(5 * S, 15 * S, 3);
	CHECK(steps == 0);
	hear(15 * S, 70 * S, 0);
	CHECK(steps == 1 && !active);
}

/* Nobody is there to switch anything: what a rule orders is taken as done, so that
 * time goes on. */
static void
what_a_rule_switches_obeys(void)
{
	struct action_conf actions[] = {
		{ .output = "d.k", .value = "1", .at = ACTION_ENTER, .within = 10 * S,
		  .tries = 3, .insist = 60 * S },
		{ .output = "d.k", .value = "0", .at = ACTION_LEAVE, .within = 10 * S,
		  .tries = 3, .insist = 60 * S },
	};
	struct rule_conf rule = { .when = "p > 2", .clear = "", .actions = { actions, 2 } };

	make(&rule, 0);
	hear(5 * S, 6 * S, 3);
	CHECK(steps == 1 && active);
	rehearsal_until(&clock_, 5 * S);
	CHECK(rules_deadline(clock_.course.rules) > 5 * S);
	hear(10 * S, 200 * S, 3);
	CHECK(steps == 1);		/* nothing is said not to obey */
	hear(200 * S, 201 * S, 0);
	rehearsal_until(&clock_, 400 * S);
	CHECK(steps == 2 && !active);
	CHECK(rules_deadline(clock_.course.rules) == INT64_MAX);
}

int
main(void)
{
	RUN(windows_go_on_over_a_start);
	RUN(a_window_over_the_boot_is_whole);
	RUN(delays_and_silence_begin_anew);
	RUN(an_alarm_that_stands_is_judged_by_the_window);
	RUN(what_a_rule_switches_obeys);
	return 0;
}
