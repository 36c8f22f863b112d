#include "../../protocols/spending.h"
#include "../check.h"

#define HOUR	3600000000LL
#define DAY	(24 * HOUR)
#define MB	1e6

static const struct thrift_terms terms = { .budget = 27 * MB, .steps = 4, .settle = DAY };

/* Of a kitchen that is at work from ten to ten. */
static double
kitchen(int64_t hour, double a_day)
{
	return hour % 24 >= 10 && hour % 24 < 22 ? a_day / 12 : 0;
}

static void
a_day_is_the_same_at_every_hour(void)
{
	struct spending s = { .hour = 0 };
	int64_t at = 5 * DAY;

	CHECK(spending_a_day(&s, 24, at) < 0);
	for (int64_t h = 0; h < 100; h++)
		for (int m = 0; m < 60; m++) {
			double a_day;

			at += HOUR / 60;
			spending_add(&s, (uint64_t)(kitchen(at / HOUR, MB) / 60), at);
			a_day = spending_a_day(&s, 24, at);
			if (h > 24)
				CHECK(a_day > 0.99 * MB && a_day < 1.01 * MB);
		}
}

static void
less_than_an_hour_tells_nothing(void)
{
	struct spending s = { .hour = 0 };
	int64_t at = DAY + HOUR / 2;

	spending_add(&s, 1000, at);
	CHECK(spending_a_day(&s, 24, at + HOUR / 4) < 0);
	spending_add(&s, 1000, at + HOUR);	/* the first one was begun late */
	CHECK(spending_a_day(&s, 24, at + HOUR) < 0);
	spending_add(&s, 1000, at + 3 * HOUR / 2);
	CHECK(spending_a_day(&s, 24, at + 3 * HOUR / 2) == 48000);
}

static void
what_nobody_counted_is_not_known(void)
{
	struct spending s = { .hour = 0 };

	for (int64_t h = 0; h < 48; h++)
		spending_add(&s, 1000, DAY + h * HOUR);
	CHECK(spending_a_day(&s, 24, 3 * DAY) > 0);
	CHECK(spending_a_day(&s, 24, 9 * DAY) < 0);
}

static void
the_last_hours_alone_show_what_a_step_did(void)
{
	struct spending s = { .hour = 0 };
	double a_day;

	for (int64_t h = 0; h < 48; h++)
		spending_add(&s, h < 42 ? 1000 : 100, DAY + h * HOUR);
	a_day = spending_a_day(&s, 6, 3 * DAY);
	CHECK(a_day > 2399 && a_day < 2401);
	CHECK(spending_a_day(&s, 24, 3 * DAY) > 15000);
}

static void
a_restart_knows_what_the_ledger_kept(void)
{
	struct spending s;
	double a_day;

	spending_seed(&s, 500000, 12, 1000000, 7 * DAY + 12 * HOUR);
	a_day = spending_a_day(&s, 24, 7 * DAY + 12 * HOUR);
	CHECK(a_day > 0.95 * MB && a_day < 1.05 * MB);
	spending_seed(&s, 0, 0.3, 1000000, 7 * DAY);
	a_day = spending_a_day(&s, 24, 7 * DAY);
	CHECK(a_day > 0.95 * MB && a_day < 1.05 * MB);
	spending_seed(&s, 500000, 12, 0, 7 * DAY);	/* begun at midnight */
	a_day = spending_a_day(&s, 24, 7 * DAY);
	CHECK(a_day > 0.9 * MB && a_day < 1.1 * MB);
	spending_seed(&s, 500000, 12, 1000000, HOUR / 2);	/* of a machine just booted */
	a_day = spending_a_day(&s, 24, HOUR / 2);
	CHECK(a_day > 0.95 * MB && a_day < 1.05 * MB);
	spending_seed(&s, 0, 0.5, 0, HOUR / 2);		/* nothing is known, just booted */
	CHECK(spending_a_day(&s, 24, HOUR / 2) < 0);
}

/* What was kept is there again at the same hours of the day, those since are empty. */
static void
kept_hours_are_taken_up_again(void)
{
	struct spending s = { .hour = 0 };
	uint64_t hours[SPENDING_HOURS];
	unsigned whole = 0;
	double a_day;

	for (int64_t h = 0; h < 30; h++) {
		spending_add(&s, 100 + (uint64_t)h, DAY + h * HOUR);
		whole = spending_keep(&s, hours, DAY + h * HOUR + HOUR / 2);
	}
	CHECK(whole == 24 && hours[SPENDING_HOURS - 1] == 129 && hours[0] == 105);
	spending_resume(&s, hours, whole, 0, HOUR / 2);
	CHECK(spending_a_day(&s, 24, HOUR / 2) > 2700 && spending_a_day(&s, 24, HOUR / 2) < 2900);
	CHECK(spending_keep(&s, hours, HOUR / 2) == 24 && hours[24] == 129 && hours[23] == 128);
	spending_resume(&s, hours, 24, 12, 3 * HOUR);	/* twelve hours of nothing */
	CHECK(s.whole == 24 && spending_keep(&s, hours, 3 * HOUR) == 24);
	CHECK(hours[24] == 0 && hours[13] == 0 && hours[12] == 129 && hours[0] == 117);
	a_day = spending_a_day(&s, 24, 3 * HOUR);
	CHECK(a_day > 1400 && a_day < 1600);
	spending_resume(&s, hours, 3, 24, 3 * HOUR);
	CHECK(s.whole == 24 && spending_a_day(&s, 24, 3 * HOUR) < 150);
}

/* A month in which each step saves a third; what it would have cost is far above
 * the plan, and it ends below the budget. */
static double
month(struct thrift *f, double a_day, double saves, unsigned *most, unsigned *changes)
{
	struct spending s = { .hour = 0 };
	double used = 0;
	int64_t at = 10 * DAY;
	unsigned was = f->step;

	f->changed = at;
	for (int64_t tens = 0; tens < 30 * 24 * 6; tens++) {
		double left = 30 - (double)tens / 144, rate = a_day, since;
		double bytes;

		for (unsigned i = 0; i < f->step; i++)
			rate *= 1 - saves;
		at += HOUR / 6;
		bytes = kitchen(tens / 6, rate) / 6;
		used += bytes;
		spending_add(&s, (uint64_t)bytes, at);
		since = (double)(at - f->changed) / HOUR;
		thrift_step(f, &terms, used, left, spending_a_day(&s, since < 24 ? since : 24,
		    at), spending_a_day(&s, 1, at), at);
		*most = f->step > *most ? f->step : *most;
		*changes += f->step != was;
		was = f->step;
	}
	return used;
}

static void
steps_are_taken_until_it_fits(void)
{
	struct thrift f = { .step = 0 };
	unsigned most = 0, changes = 0;
	double used = month(&f, 1.5 * MB, 0.33, &most, &changes);

	CHECK(used < terms.budget && used > 0.5 * terms.budget);
	CHECK(most >= 1 && most <= 3);
	CHECK(changes <= 12);
}

static void
who_fits_is_left_alone(void)
{
	struct thrift f = { .step = 0 };
	unsigned most = 0, changes = 0;
	double used = month(&f, 0.85 * MB, 0.33, &most, &changes);

	CHECK(most == 0 && changes == 0 && used > 25 * MB);
}

/* Six times the plan: every step, and the first within hours. */
static void
what_runs_away_is_met_at_once(void)
{
	struct thrift f = { .step = 0 };
	unsigned most = 0, changes = 0;

	month(&f, 40 * MB, 0.5, &most, &changes);
	CHECK(most == 4);
	f = (struct thrift){ .changed = DAY };
	CHECK(thrift_step(&f, &terms, 20 * MB, 10, 20 * MB, 20 * MB, DAY + 2 * HOUR) == 1);
	CHECK(thrift_step(&f, &terms, 20 * MB, 10, 20 * MB, 20 * MB, DAY + 2 * HOUR + 1) == 1);
	CHECK(thrift_step(&f, &terms, 20 * MB, 10, 20 * MB, 20 * MB, DAY + 4 * HOUR) == 2);
}

static void
a_step_is_left_when_its_saving_is_not_needed(void)
{
	struct thrift f = { .step = 1, .changed = DAY, .before = { 1.2 * MB } };

	/* what went before it would not fit for ten days, but for five */
	CHECK(thrift_step(&f, &terms, 20 * MB, 10, 0.5 * MB, -1, 3 * DAY) == 1);
	CHECK(thrift_step(&f, &terms, 20 * MB, 4.5, 0.5 * MB, -1, DAY + HOUR) == 1);
	CHECK(thrift_step(&f, &terms, 20 * MB, 4.5, 0.5 * MB, -1, 3 * DAY) == 0);
	/* where nobody knows what it saved, with more to spare */
	f = (struct thrift){ .step = 1, .changed = DAY };
	CHECK(thrift_step(&f, &terms, 20 * MB, 5, 0.5 * MB, -1, 3 * DAY) == 1);
	CHECK(thrift_step(&f, &terms, 5 * MB, 5, 0.5 * MB, -1, 3 * DAY) == 0);
	/* a rate of long ago counts no more */
	f = (struct thrift){ .step = 1, .changed = DAY, .before = { 9 * MB } };
	CHECK(thrift_step(&f, &terms, 5 * MB, 20, 0.5 * MB, -1, 3 * DAY) == 1);
	CHECK(thrift_step(&f, &terms, 5 * MB, 20, 0.5 * MB, -1, 9 * DAY) == 0);
}

static void
nothing_is_done_of_what_is_not_known(void)
{
	struct thrift f = { .changed = DAY };

	CHECK(thrift_step(&f, &terms, 29 * MB, 10, -1, -1, 9 * DAY) == 0);
	CHECK(thrift_step(&f, &(struct thrift_terms){ .budget = 1, .settle = DAY }, 29 * MB, 10,
	    9 * MB, 9 * MB, 9 * DAY) == 0);	/* there are none to take */
}

int
main(void)
{
	RUN(a_day_is_the_same_at_every_hour);
	RUN(less_than_an_hour_tells_nothing);
	RUN(what_nobody_counted_is_not_known);
	RUN(the_last_hours_alone_show_what_a_step_did);
	RUN(a_restart_knows_what_the_ledger_kept);
	RUN(kept_hours_are_taken_up_again);
	RUN(steps_are_taken_until_it_fits);
	RUN(who_fits_is_left_alone);
	RUN(what_runs_away_is_met_at_once);
	RUN(a_step_is_left_when_its_saving_is_not_needed);
	RUN(nothing_is_done_of_what_is_not_known);
	return 0;
}
