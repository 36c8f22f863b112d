#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/tariffs.h"
#include "../check.h"

#define MINUTE	(60 * US_PER_S)
#define START	1793491200000LL		/* 2026-11-01 00:00 UTC, ms */
#define MB	1e6

/* Days of a kitchen under a plan, minute by minute. */
static char folder[] = "/tmp/t_tariffs.XXXXXX";
static struct disk *disk;
static int64_t mono, wall;
static struct tariffs *tariffs;
static struct tariff_conf conf;
static struct config config = { .tariffs = &conf, .ntariffs = 1 };
static unsigned steps_up, steps_down, reserved, renewed, over, fits;
static unsigned last_step;
static int64_t over_at;

static int64_t
get_mono(void)
{
	return mono;
}

static int64_t
get_wall(void)
{
	return wall;
}

static bool
get_trusted(void)
{
	return true;
}

static const struct clock clock_here = { get_mono, get_wall, get_trusted };

static void
told(void *owner, const struct tariff_state *t, enum tariff_event event)
{
	CHECK(owner == &config && t->conf == &conf);
	if (event == TARIFF_STEP) {
		steps_up += t->thrift.step > last_step;
		steps_down += t->thrift.step < last_step;
		last_step = t->thrift.step;
	} else if (event == TARIFF_RESERVED) {
		reserved += t->reserved;
		renewed += !t->reserved;
	} else {
		over += t->over;
		fits += !t->over;
		over_at = t->over ? mono : over_at;
	}
}

static void
begin(void)
{
	conf = (struct tariff_conf){ .name = "sim", .size = "30MB/month", .reserve = 10,
	    .settle = 24 * 60 * MINUTE, .steps = { 0, 1, 2, 3 }, .nsteps = 4,
	    .is = { .bytes = 30000000, .months = 1, .day = 1, .month = 1 } };
	mono = 1000 * MINUTE;
	wall = START;
	steps_up = steps_down = reserved = renewed = over = fits = last_step = 0;
	disk->unlink(disk->ctx, LEDGER_PLANS);
	tariffs = tariffs_open(disk, &config, &clock_here, told, &config);
}

static const struct tariff_state *
state(void)
{
	return tariffs_at(tariffs, 1);
}

/* What would go in a day, of which each step keeps so much. */
static void
live(double days, double a_day, double keeps)
{
	for (int64_t m = 0; m < (int64_t)(days * 24 * 60); m++) {
		int64_t hour = wall / 3600000 % 24;
		double rate = hour >= 10 && hour < 22 ? a_day / 12 / 60 : a_day / 400 / 60;

		for (unsigned i = 0; i < state()->thrift.step; i++)
			rate *= keeps;
		if (state()->reserved)
			rate = 0;
		tariffs_spend(tariffs, 1, (struct traffic){ (uint64_t)(rate / 2),
		    (uint64_t)(rate / 2) });
		mono += MINUTE;
		wall += MINUTE / 1000;
		if (m % 15 == 0)
			tariffs_turn(tariffs);
	}
}

static void
end(void)
{
	tariffs_close(tariffs);
}

static void
what_fits_is_left_alone(void)
{
	begin();
	CHECK(state()->expected < 0 && strcmp(tariff_step_word(state()), "none") == 0);
	live(28, 0.8 * MB, 0.7);
	CHECK(steps_up == 0 && reserved == 0 && over == 0);
	CHECK(tariff_used(state()) > 20 * MB);
	CHECK(state()->expected > 22 * MB && state()->expected < 27 * MB);
	CHECK(state()->end == 20261201 && state()->row->begun == 20261101);
	end();
}

static void
it_saves_until_it_fits_and_tells_once(void)
{
	begin();
	live(29, 1.5 * MB, 0.7);
	CHECK(steps_up >= 1 && steps_up + steps_down <= 10);
	CHECK(reserved == 0 && over == 1 && fits == 1);
	CHECK(tariff_used(state()) < 27 * MB && tariff_used(state()) > 18 * MB);
	end();
}

/* What status says: of a forecast that there is not yet, nothing; and not 0. */
static void
no_forecast_is_no_figure(void)
{
	unsigned long used, expected, percent, a_day;
	char row[300];

	begin();
	live(0.02, 0.8 * MB, 1);
	CHECK(strstr(tariff_row(state(), row, sizeof(row)),
	    "\t\t\tnone\t0\t0\t\t20261101\t20261201\t0") != NULL);
	live(2, 0.8 * MB, 1);
	CHECK(sscanf(tariff_row(state(), row, sizeof(row)),
	    "\tsim\t30MB/month\t%lu\t%lu\t%lu\tnone\t0\t0\t%lu\t20261101", &used, &expected,
	    &percent, &a_day) == 4);
	CHECK(used < expected && expected > 22 * MB && percent > 70 && a_day > 0.7 * MB);
	end();
}

/* An hour after it is expected first, not before. */
static void
that_it_will_not_last_is_told_after_an_hour(void)
{
	begin();
	live(1, 5 * MB, 1);
	CHECK(over == 1);
	CHECK(over_at > 1000 * MINUTE + 10 * 60 * MINUTE);
	end();
}

/* Nothing helps: the reserve is kept for alarms, and the next month all goes. */
static void
the_reserve_is_kept_and_a_new_month_ends_that(void)
{
	begin();
	live(28, 3 * MB, 0.99);
	CHECK(steps_up == 4 && reserved == 1 && renewed == 0);
	CHECK(strcmp(tariff_step_word(state()), "reserve") == 0);
	CHECK(tariff_used(state()) >= 27 * MB && tariff_used(state()) < 27.1 * MB);
	live(3, 3 * MB, 0.99);
	CHECK(renewed == 1 && !state()->reserved && state()->row->begun == 20261201);
	CHECK(state()->row->last_month.rx + state()->row->last_month.tx < 27.1 * MB);
	end();
}

static void
a_restart_goes_on_where_it_was(void)
{
	uint64_t used;
	unsigned step;
	double a_day;

	begin();
	live(9.6, 1.5 * MB, 0.7);
	used = tariff_used(state());
	step = state()->thrift.step;
	a_day = state()->a_day;
	CHECK(step > 0);
	end();
	steps_up = steps_down = over = fits = 0;
	tariffs = tariffs_open(disk, &config, &clock_here, told, &config);
	CHECK(tariff_used(state()) == used && state()->thrift.step == step);
	tariffs_turn(tariffs);
	CHECK(state()->a_day > 0.7 * a_day && state()->a_day < 1.4 * a_day);
	live(0.01, 1.5 * MB, 0.7);
	CHECK(steps_up + steps_down == 0);
	live(10, 1.5 * MB, 0.7);
	CHECK(tariff_used(state()) < 27 * MB);
	end();
}

/* Switched off with the kitchen and on again, hours later. */
static void
sleep_for(double hours)
{
	end();
	wall += (int64_t)(hours * 3600e3);
	mono = 40 * US_PER_S;
	tariffs = tariffs_open(disk, &config, &clock_here, told, &config);
	last_step = state()->thrift.step;
	tariffs_turn(tariffs);
}

/* A box that is off each night has no whole day, ever; it saves all the same, knows
 * in the morning what goes in a day, and saves no longer when that is not needed. */
static void
a_box_that_is_off_at_night_saves(void)
{
	begin();
	live(10 / 24.0, 1.5 * MB, 0.7);
	for (int day = 1; day < 27; day++) {
		live(0.5, 1.5 * MB, 0.7);
		sleep_for(12);
		if (day == 1)
			CHECK(state()->a_day > 1.3 * MB && state()->a_day < 1.7 * MB);
		if (day == 4)
			CHECK(steps_up >= 1);
	}
	CHECK(reserved == 0 && tariff_used(state()) < 27 * MB && tariff_used(state()) > 15 * MB);
	end();
	begin();
	live(10 / 24.0, 3 * MB, 0.7);
	for (int day = 1; day < 20; day++) {
		live(0.5, day < 4 ? 3 * MB : 0.3 * MB, 1);
		sleep_for(12);
	}
	CHECK(steps_up >= 1 && state()->thrift.step == 0);
	CHECK(over >= 1 && fits >= 1 && !state()->over);
	end();
}

/* A service that falls over each hour gives a step its day all the same. */
static void
a_restart_takes_no_step_early(void)
{
	begin();
	live(1.2, 1.5 * MB, 0.9);
	CHECK(steps_up == 1);
	for (int hour = 0; hour < 15; hour++) {
		live(1 / 24.0, 1.5 * MB, 0.9);
		end();
		wall += 2000;
		mono += 2 * US_PER_S;
		tariffs = tariffs_open(disk, &config, &clock_here, told, &config);
	}
	CHECK(steps_up == 1);
	live(1, 1.5 * MB, 0.9);
	CHECK(steps_up == 2);
	end();
}

/* One that only forecasts says so and does nothing. */
static void
without_steps_it_only_tells(void)
{
	begin();
	conf.nsteps = 0;
	tariffs_renew(tariffs, &config);
	live(20, 2 * MB, 0.7);
	CHECK(steps_up == 0 && reserved == 0 && over == 1);
	CHECK(tariff_used(state()) > 30 * MB);
	end();
}

static void
another_plan_begins_anew_and_the_first_is_kept(void)
{
	begin();
	live(2, 1 * MB, 1);
	conf.name = "other";
	tariffs_renew(tariffs, &config);
	CHECK(tariff_used(state()) == 0);
	conf.name = "sim";
	tariffs_renew(tariffs, &config);
	CHECK(tariff_used(state()) > 1.9 * MB);
	CHECK(tariffs_at(tariffs, 0) == NULL && tariffs_at(tariffs, 2) == NULL);
	tariffs_spend(tariffs, 0, (struct traffic){ 1, 1 });
	tariffs_spend(tariffs, 9, (struct traffic){ 1, 1 });
	end();
}

static void
savings_are_those_of_the_steps_taken(void)
{
	struct tariff_state t = { .conf = &conf, .thrift = { .step = 2 } };

	begin();
	conf.steps[0] = SAVING_STATISTICS;
	conf.steps[1] = SAVING_BATCHES;
	conf.nsteps = 2;
	CHECK(tariff_is_saving(&t, SAVING_STATISTICS) && tariff_is_saving(&t, SAVING_BATCHES));
	CHECK(!tariff_is_saving(&t, SAVING_IDLE));
	CHECK(strcmp(tariff_step_word(&t), "batches") == 0);
	t.thrift.step = 1;
	CHECK(!tariff_is_saving(&t, SAVING_BATCHES));
	end();
}

int
main(void)
{
	setenv("TZ", "UTC", 1);
	CHECK(mkdtemp(folder) != NULL);
	disk = disk_folder(folder, false);
	CHECK(disk != NULL);
	RUN(what_fits_is_left_alone);
	RUN(it_saves_until_it_fits_and_tells_once);
	RUN(no_forecast_is_no_figure);
	RUN(that_it_will_not_last_is_told_after_an_hour);
	RUN(the_reserve_is_kept_and_a_new_month_ends_that);
	RUN(a_restart_goes_on_where_it_was);
	RUN(a_box_that_is_off_at_night_saves);
	RUN(a_restart_takes_no_step_early);
	RUN(without_steps_it_only_tells);
	RUN(another_plan_begins_anew_and_the_first_is_kept);
	RUN(savings_are_those_of_the_steps_taken);
	disk->unlink(disk->ctx, LEDGER_PLANS);
	disk_close(disk);
	CHECK(rmdir(folder) == 0);
	return 0;
}
