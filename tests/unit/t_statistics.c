#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../gateway/clock.h"
#include "../../gateway/zone_table.h"
#include "../../rules/amount.h"
#include "../../rules/statistics.h"
#include "../../rules/told.h"
#include "../check.h"
#include "../sim/chance.h"

#define S	1000LL
#define MINUTE	(60 * S)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)
#define BEGIN	1790000000000LL		/* 21 September 2026, 14:13:20 UTC */
#define KEPT	2000000

/* With "feed" this program is the subject of tests/system/t_statistics.py: orders
 * come on the standard input and statistics go to the standard output. */

static const struct raw number_raw;
static struct point points[2] = { { .name = "fume", .raw = &number_raw, .decimals = 2 },
    { .name = "flow", .raw = &number_raw, .decimals = 1 } };
static struct profile profile = { .name = "x", .points = points, .npoints = 2 };
static struct tap taps[2] = { { .series = 1 }, { .series = 2 } };
static struct device device = { .conf = { .name = "kitchen/hood", .enabled = true },
    .profile = &profile, .taps = taps };
static struct zone zone;
static struct statistic_conf conf;

static unsigned char memory[1 << 16] __attribute__((aligned(16)));
static struct arena arena;
static struct err room[ERRS_MAX];
static struct errs errs;
static struct statistics *stats;

/* What was told, and what a journal would hold. */
static struct statistic *told;
static size_t ntold;
static struct kept {
	bool			is_reading;
	int64_t			wall;
	struct reading		reading;
	struct statistic	statistic;
} *journal;
static size_t njournal;
static int64_t wall;
static bool feeding;

static void
print_figure(double d)
{
	if (isnan(d))
		printf(" -");
	else
		printf(" %.17g", d);
}

static void
print(const struct statistic *s)
{
	printf("%s %" PRIu32 " %" PRId64 " %" PRId64, statistic_span_names[s->span], s->series,
	    s->from, s->to);
	print_figure(s->mean);
	print_figure(s->min);
	print_figure(s->max);
	print_figure(s->amount);
	printf(" %" PRIu32 " %u %c\n", s->samples, s->valid, s->mark);
}

static void
finished(void *owner, const struct statistic *s)
{
	CHECK(owner == &conf && ntold < KEPT && njournal < KEPT);
	told[ntold++] = *s;
	journal[njournal++] = (struct kept){ .wall = wall, .statistic = *s };
	if (feeding)
		print(s);
}

static void
make(void)
{
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
	stats = statistics_new(&conf, 1, &device, 1, &arena, &errs);
	if (stats == NULL)
		fprintf(stderr, "%s\n", room[0].text);
	CHECK(stats != NULL && statistics_start(stats, &zone, &arena) == 0);
	statistics_on_finish(stats, finished, &conf);
}

/* Everything is forgotten but the journal, of which only what is needed is read. */
static void
restart(void)
{
	int64_t last = njournal > 0 ? journal[njournal - 1].wall : wall, since;
	size_t i = njournal;

	make();
	since = statistics_since(stats, last);
	while (i > 0 && journal[i - 1].wall >= since)
		i--;
	for (; i < njournal; i++)
		if (journal[i].is_reading)
			statistics_replay(stats, &journal[i].reading, journal[i].wall);
		else
			statistics_replay_told(stats, &journal[i].statistic);
	if (statistics_lack(stats))
		for (size_t k = 0; k < njournal && journal[k].wall < since; k++)
			if (journal[k].is_reading)
				statistics_replay_earlier(stats, &journal[k].reading);
	statistics_replay_end(stats, last);
}

static void
run_until(int64_t until)
{
	while (statistics_deadline(stats) <= until) {
		int64_t at = statistics_deadline(stats);

		wall = at > wall ? at : wall;
		statistics_tick(stats, wall, 1);
	}
	wall = until;
}

static void
hear(uint32_t series, int64_t time, double figure, enum quality_code code, uint8_t flags)
{
	struct reading r = { .series = series, .time = time,
	    .quality = { .code = (uint8_t)code, .flags = flags } };

	if (!isnan(figure))
		r.value = (struct value){ .kind = VALUE_F64, .d = figure };
	CHECK(njournal < KEPT);
	journal[njournal++] = (struct kept){ .is_reading = true, .wall = wall, .reading = r };
	statistics_take(stats, &r, wall);
}

static void
begin(const char *where, int64_t period)
{
	clock_zone(where);
	zone_table_free(&zone);
	zone_table(&zone);
	device.conf.period = period * 1000;
	points[0].unit = points[1].unit = NULL;
	conf = (struct statistic_conf){ .select = "*.fume", .weight = "", .late = 5000000,
	    .valid = 75 };
	ntold = njournal = 0;
	wall = BEGIN;
}

static const struct statistic *
find(enum statistic_span span, int64_t from)
{
	for (size_t i = 0; i < ntold; i++)
		if (told[i].span == span && told[i].from == from)
			return &told[i];
	return NULL;
}

/* Good readings of a figure at every period. */
static void
hold(double figure, int64_t period, int64_t until)
{
	for (int64_t at = wall; at < until; at += period) {
		run_until(at);
		hear(1, at, figure, Q_GOOD, 0);
	}
	run_until(until);
}

static void
a_minute_has_its_figures(void)
{
	int64_t from = BEGIN / (10 * MINUTE) * 10 * MINUTE + 10 * MINUTE;
	const struct statistic *s;

	begin("Asia/Shanghai", 60 * S);
	conf.minute = 600000000;
	make();
	wall = from;
	for (int i = 0; i < 10; i++) {
		run_until(from + i * MINUTE + 300);
		hear(1, wall, i, Q_GOOD, 0);
	}
	run_until(from + 10 * MINUTE + 4999);
	CHECK(ntold == 0);
	run_until(from + 10 * MINUTE + 5000);
	CHECK(ntold == 1);
	s = &told[0];
	CHECK(s->series == 1 && s->span == STATISTIC_MINUTE && s->from == from);
	CHECK(s->to == from + 10 * MINUTE && s->mean == 4.5 && s->min == 0 && s->max == 9);
	CHECK(isnan(s->amount) && s->samples == 10 && s->valid == 1000 && s->mark == 'N');
}

static void
what_is_marked_is_kept_out(void)
{
	static const struct { uint8_t code, flags; char mark; } bad[] = {
		{ Q_GOOD, QF_CALIBRATION, 'C' }, { Q_GOOD, QF_MAINTENANCE, 'M' },
		{ Q_GOOD, QF_MANUAL, 'S' }, { Q_OUT_OF_SERVICE, 0, 'F' },
		{ Q_OUT_OF_RANGE, 0, 'T' }, { Q_SENSOR_FAILURE, 0, 'D' },
		{ Q_COMM_FAILURE, 0, 'B' }, { Q_JUMP, 0, 'D' },
	};
	int64_t from = BEGIN / HOUR * HOUR + HOUR;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin("UTC", MINUTE);
		conf.minute = 600000000;
		make();
		wall = from;
		for (int k = 0; k < 10; k++) {
			run_until(from + k * MINUTE);
			if (k < 7)
				hear(1, wall, 2, Q_GOOD, 0);
			else
				hear(1, wall, 900, bad[i].code, bad[i].flags);
		}
		run_until(from + 11 * MINUTE);
		CHECK(ntold == 1 && told[0].mean == 2 && told[0].max == 2);
		CHECK(told[0].samples == 10 && told[0].valid == 700);
		CHECK(told[0].mark == bad[i].mark);
	}
}

/* A device that is dark has one bad reading now and then, and an out of range one
 * is worth no more than what is said most. */
static void
silence_has_the_mark_of_what_came_before(void)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR;

	begin("UTC", 5 * S);
	conf.minute = 60000000;
	conf.hour = true;
	make();
	wall = from;
	hold(1, 5 * S, from + 30 * MINUTE);
	hear(1, wall, NAN, Q_OUT_OF_SERVICE, 0);
	run_until(from + HOUR + 10 * S);
	CHECK(find(STATISTIC_MINUTE, from + 29 * MINUTE)->mark == 'N');
	CHECK(find(STATISTIC_MINUTE, from + 30 * MINUTE)->mark == 'F');
	CHECK(find(STATISTIC_MINUTE, from + 31 * MINUTE)->mark == 'F');
	CHECK(find(STATISTIC_MINUTE, from + 31 * MINUTE)->samples == 0);
	CHECK(isnan(find(STATISTIC_MINUTE, from + 59 * MINUTE)->mean));
	CHECK(find(STATISTIC_HOUR, from)->mark == 'F' && find(STATISTIC_HOUR, from)->valid == 500);
	CHECK(find(STATISTIC_HOUR, from)->mean == 1);
}

/* The fan is off at first and the head is read once in ten periods: what is not read
 * then is no fault of the line.  What is missing while it runs is. */
static void
an_idle_device_is_out_of_operation(void)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR, at;

	for (int restarts = 0; restarts < 2; restarts++) {
		begin("UTC", 10 * S);
		conf.minute = 60000000;
		conf.hour = true;
		device.conf.idle_period = 100 * S * 1000;
		device.idler = &device;
		device.idle_point = 1;
		make();
		wall = from;
		for (at = from; at < from + 30 * MINUTE; at += 100 * S) {
			run_until(at);
			hear(2, wall, 0, Q_GOOD, 0);
			hear(1, wall, 1, Q_GOOD, 0);
			if (restarts > 0 && at > from + 20 * MINUTE)
				restart();
		}
		run_until(from + 30 * MINUTE + 40 * S);
		hear(2, wall, 7, Q_GOOD, 0);
		hold(1, 10 * S, from + 40 * MINUTE);
		run_until(from + 45 * MINUTE);
		hold(1, 10 * S, from + 50 * MINUTE);
		hear(1, wall, NAN, Q_COMM_FAILURE, 0);
		hear(2, wall, 0, Q_GOOD, 0);
		run_until(from + HOUR + 10 * S);
		device.idler = NULL;
		device.conf.idle_period = 0;
		CHECK(find(STATISTIC_MINUTE, from + 5 * MINUTE)->mark == 'F');
		CHECK(find(STATISTIC_MINUTE, from + 5 * MINUTE)->samples == 1);
		CHECK(find(STATISTIC_MINUTE, from + 7 * MINUTE)->samples == 0);
		CHECK(find(STATISTIC_MINUTE, from + 7 * MINUTE)->mark == 'F');
		CHECK(find(STATISTIC_MINUTE, from + 24 * MINUTE)->mark == 'F');
		CHECK(find(STATISTIC_MINUTE, from + 30 * MINUTE)->mark == 'F');
		CHECK(find(STATISTIC_MINUTE, from + 31 * MINUTE)->mark == 'N');
		CHECK(find(STATISTIC_MINUTE, from + 42 * MINUTE)->mark == 'B');
		CHECK(find(STATISTIC_MINUTE, from + 52 * MINUTE)->mark == 'B');
		CHECK(find(STATISTIC_HOUR, from)->mark == 'F');
	}
}

static void
days_begin_when_they_should(void)
{
	int64_t eight = 1790035200000LL;	/* 08:00 in Shanghai */

	begin("Asia/Shanghai", 10 * MINUTE);
	conf.hour = conf.day = true;
	conf.day_start = 8;
	make();
	wall = eight - DAY;
	hold(3, 10 * MINUTE, eight);
	hold(5, 10 * MINUTE, eight + DAY);
	run_until(eight + DAY + 10 * S);
	CHECK(find(STATISTIC_DAY, eight - DAY)->mean == 3);
	CHECK(find(STATISTIC_DAY, eight)->mean == 5);
	CHECK(find(STATISTIC_DAY, eight)->to == eight + DAY);
	CHECK(find(STATISTIC_DAY, eight)->samples == 144);
	CHECK(find(STATISTIC_HOUR, eight - HOUR)->mean == 3 && ntold == 48 + 2);
}

static void
a_day_has_23_or_25_hours(void)
{
	static const struct { int64_t begin, hours; } days[] = {
		{ 1774738800000LL, 23 },	/* 29 March 2026 in Berlin */
		{ 1792879200000LL, 25 },	/* 25 October 2026 */
	};

	for (size_t i = 0; i < 2; i++) {
		begin("Europe/Berlin", MINUTE);
		conf.hour = conf.day = true;
		make();
		wall = days[i].begin;
		hold(1, MINUTE, days[i].begin + days[i].hours * HOUR);
		run_until(wall + 10 * S);
		CHECK(ntold == (size_t)days[i].hours + 1);
		CHECK(told[ntold - 1].span == STATISTIC_DAY && told[ntold - 1].valid == 1000);
		CHECK(told[ntold - 1].to - told[ntold - 1].from == days[i].hours * HOUR);
		CHECK(told[ntold - 1].samples == days[i].hours * 60);
	}
}

static double
amount_over(const double *figures, size_t n, double wrap)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR;

	begin("UTC", MINUTE);
	conf.hour = true;
	conf.amount = WISH_COUNTER;
	conf.wrap = wrap;
	make();
	wall = from;
	for (size_t i = 0; i < n; i++) {
		run_until(from + (int64_t)i * MINUTE);
		hear(1, wall, figures[i], Q_GOOD, 0);
	}
	run_until(from + HOUR + 10 * S);
	CHECK(ntold == 1);
	return told[0].amount;
}

#define OVER(wrap, ...)	amount_over((const double[]){ __VA_ARGS__ }, \
	sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double), wrap)

static void
a_counter_only_goes_on(void)
{
	CHECK(OVER(0, 10, 12, 15) == 5);
	CHECK(OVER(0, 10, 12, 1, 4) == 6);	/* reset: 2 + 1 + 3 */
	CHECK(OVER(0, 10, 6) == 6);
	CHECK(OVER(0, 100, 99.99, 100, 101) == 1);	/* noise is no reset */
	CHECK(OVER(65536, 65530, 4) == 10);
	CHECK(OVER(65536, 30000, 4) == 4);	/* too far for having wrapped */
	CHECK(isnan(OVER(0, 10)));
	CHECK(OVER(0, 10, 10) == 0);
}

static void
work_on_a_counter_is_not_counted(void)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR;

	begin("UTC", MINUTE);
	points[0].unit = unit_find("kWh");
	conf.hour = true;
	make();
	wall = from;
	hear(1, wall, 100, Q_GOOD, 0);
	hear(1, wall + MINUTE, 110, Q_GOOD, 0);
	hear(1, wall + 2 * MINUTE, 150, Q_GOOD, QF_MAINTENANCE);
	hear(1, wall + 3 * MINUTE, 152, Q_GOOD, 0);
	hear(1, wall + 4 * MINUTE, NAN, Q_COMM_FAILURE, 0);
	hear(1, wall + 5 * MINUTE, 160, Q_GOOD, 0);
	run_until(from + HOUR + 10 * S);
	CHECK(ntold == 1 && told[0].amount == 20 && told[0].amount_kind == AMOUNT_COUNTER);
	CHECK(strcmp(amount_unit(told[0].amount_kind, "kWh"), "kWh") == 0);
}

static void
a_rate_is_integrated(void)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR;

	begin("UTC", MINUTE);
	points[0].unit = unit_find("L/min");
	conf.hour = true;
	make();
	wall = from;
	hold(50, MINUTE, from + HOUR);
	run_until(wall + 10 * S);
	CHECK(fabs(told[0].amount - 3) < 1e-12 && told[0].amount_kind == AMOUNT_RATE);
	CHECK(strcmp(amount_unit(told[0].amount_kind, "L/min"), "m3") == 0);
}

static void
means_are_weighted_with_the_flow(void)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR;

	begin("UTC", MINUTE);
	points[0].unit = unit_find("mg/L");
	points[1].unit = unit_find("m3/h");
	conf.hour = true;
	conf.weight = "flow";
	make();
	wall = from;
	for (int i = 0; i < 60; i++) {
		run_until(from + i * MINUTE);
		hear(1, wall, i < 30 ? 10 : 40, Q_GOOD, 0);
		hear(2, wall, i < 30 ? 20 : 10, Q_GOOD, 0);	/* behind it in one answer */
	}
	run_until(from + HOUR + 10 * S);
	CHECK(fabs(told[0].mean - 20) < 1e-12 && told[0].min == 10 && told[0].max == 40);
	CHECK(told[0].amount_kind == AMOUNT_LOAD && fabs(told[0].amount - 0.3) < 1e-12);
	CHECK(told[0].valid == 1000);
}

static void
without_a_flow_there_is_no_weighted_mean(void)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR;

	begin("UTC", MINUTE);
	conf.hour = true;
	conf.weight = "hood.flow";
	make();
	wall = from;
	hear(2, wall, 0, Q_GOOD, 0);
	hold(10, MINUTE, from + 2 * MINUTE);
	hear(2, wall, NAN, Q_SENSOR_FAILURE, 0);
	hold(10, MINUTE, from + HOUR);
	run_until(wall + 10 * S);
	CHECK(isnan(told[0].mean) && told[0].min == 10 && told[0].samples == 60);
	CHECK(told[0].mark == 'B' && told[0].valid == 33);
}

static void
late_ones_are_waited_for(void)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR;

	begin("UTC", MINUTE);
	conf.minute = 60000000;
	conf.late = 180000000;
	make();
	wall = from + 150 * S;
	hear(1, from + 30 * S, 1, Q_GOOD, 0);
	hear(1, from + 90 * S, 2, Q_GOOD, 0);
	run_until(from + 239 * S);
	hear(1, from + 40 * S, 3, Q_GOOD, 0);
	run_until(from + 241 * S);
	hear(1, from + 41 * S, 99, Q_GOOD, 0);
	CHECK(ntold == 1 && told[0].mean == 2 && told[0].samples == 2);
	CHECK(statistics_counts(stats)->late == 1);
	hear(1, wall + 11 * S, 1, Q_GOOD, 0);
	CHECK(statistics_counts(stats)->ahead == 1);
}

/* Of no interval is told twice, and of none that was not lived. */
static void
clock_steps_tell_nothing_twice(void)
{
	struct chance c = { 5 };

	for (int round = 0; round < 24; round++) {
		begin("Asia/Shanghai", 10 * S);
		conf.minute = 60000000 * (1 + (int64_t)(round % 3));
		conf.hour = conf.day = true;
		make();
		for (int i = 0; i < 6000; i++) {
			if (chance_one_in(&c, 400))
				wall += (int64_t)chance_below(&c, 200 * MINUTE) - 100 * MINUTE;
			if (round % 2 == 0 && chance_one_in(&c, 2000))
				wall += (chance_one_in(&c, 2) ? 1 : -1) * (int64_t)
				    chance_below(&c, 3000 * DAY);
			if (round % 2 == 1 && chance_one_in(&c, 1000))
				restart();
			wall += 10 * S;
			for (int k = 0; k < 10; k++)
				statistics_tick(stats, wall, 1000);
			hear(1, wall, i, Q_GOOD, 0);
		}
		for (size_t i = 0; i < ntold; i++)
			for (size_t k = 0; k < i; k++)
				CHECK(told[i].span != told[k].span ||
				    told[i].from != told[k].from);
		CHECK(ntold > 100);
	}
}

static void
a_clock_that_was_wrong_for_a_while_costs_little(void)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR;

	begin("UTC", 10 * S);
	conf.minute = 60000000;
	make();
	wall = from;
	hold(1, 10 * S, from + 10 * MINUTE);
	wall += 3000 * DAY;
	hold(2, 10 * S, wall + 10 * MINUTE);
	wall -= 3000 * DAY;
	hold(3, 10 * S, wall + 10 * MINUTE);
	run_until(wall + 10 * S);
	CHECK(find(STATISTIC_MINUTE, from + 9 * MINUTE)->mean == 1);
	CHECK(find(STATISTIC_MINUTE, from + 25 * MINUTE)->mean == 3);
	CHECK(find(STATISTIC_MINUTE, from + 3000 * DAY + 15 * MINUTE)->mean == 2);
	CHECK(ntold <= 31);
}

static void
time_that_was_not_lived_has_no_intervals(void)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR;

	begin("UTC", 10 * S);
	conf.minute = 60000000;
	conf.hour = true;
	make();
	wall = from;
	hold(1, 10 * S, from + 5 * MINUTE + 30 * S);
	wall += 5 * HOUR;
	restart();
	hold(1, 10 * S, wall + 10 * MINUTE);
	CHECK(find(STATISTIC_MINUTE, from + 5 * MINUTE)->samples == 3);
	CHECK(find(STATISTIC_MINUTE, from + 6 * MINUTE) == NULL);
	CHECK(find(STATISTIC_MINUTE, from + 5 * HOUR + 10 * MINUTE)->samples == 6);
	CHECK(find(STATISTIC_HOUR, from)->samples == 33 && find(STATISTIC_HOUR, from)->mark == 'B');
}

/* The gateway ran, and the instrument was silent: what was told of that is all there
 * is, for the readings before it are of a day that is over. */
static void
silence_before_a_restart_counts(void)
{
	int64_t day = BEGIN / DAY * DAY + DAY;

	for (int restarts = 0; restarts < 2; restarts++) {
		begin("UTC", 10 * S);
		conf.minute = 60000000;
		conf.hour = conf.day = true;
		conf.valid = 90;
		make();
		wall = day - HOUR;
		hold(1, 10 * S, day - 10 * MINUTE);
		hear(1, wall, NAN, Q_GOOD, QF_MAINTENANCE);
		run_until(day + 8 * MINUTE);
		if (restarts > 0)
			restart();
		run_until(day + 12 * MINUTE);
		CHECK(find(STATISTIC_MINUTE, day + 9 * MINUTE)->mark == 'M');
		hold(1, 10 * S, day + HOUR);
		if (restarts > 0)
			restart();
		run_until(day + HOUR + MINUTE);
		CHECK(find(STATISTIC_HOUR, day)->samples == 288);
		CHECK(find(STATISTIC_HOUR, day)->valid == 800);
		CHECK(find(STATISTIC_HOUR, day)->mark == 'M');
		CHECK(find(STATISTIC_HOUR, day - HOUR)->samples == 301);
	}
}

/* A meter that was not reached from the evening on: what went through until the morning
 * is of the day of its next reading, also after a restart. */
static void
a_counter_goes_on_over_a_long_silence(void)
{
	int64_t day = BEGIN / DAY * DAY + DAY;

	for (int restarts = 0; restarts < 2; restarts++) {
		begin("UTC", 60 * S);
		conf.hour = conf.day = true;
		conf.amount = WISH_COUNTER;
		make();
		wall = day - 5 * HOUR;
		hold(100, 60 * S, day - 4 * HOUR);
		hear(1, wall, 500, Q_COMM_FAILURE, 0);
		run_until(day + 5 * HOUR);
		hold(130, 60 * S, day + 6 * HOUR);
		if (restarts > 0)
			restart();
		hold(132, 60 * S, day + 7 * HOUR);
		run_until(day + DAY + MINUTE);
		CHECK(find(STATISTIC_HOUR, day + 5 * HOUR)->amount == 30);
		CHECK(find(STATISTIC_HOUR, day + 6 * HOUR)->amount == 2);
		CHECK(find(STATISTIC_DAY, day)->amount == 32);
	}
}

static void
told_forgets_nothing(void)
{
	struct chance c = { 9 };

	for (int round = 0; round < 2000; round++) {
		struct told t = { .run = { { 0, 0 } } };
		bool seen[300] = { false };

		for (int i = 0; i < 60; i++) {
			uint32_t from = (uint32_t)chance_below(&c, 290);
			uint32_t to = from + 1 + (uint32_t)chance_below(&c, 9);

			told_add(&t, from, to);
			for (uint32_t k = from; k < to; k++)
				seen[k] = true;
			for (uint32_t k = 0; k < 300; k++)
				CHECK(!seen[k] || told_has(&t, k));
			CHECK(t.run[1].to == 0 || t.run[0].to < t.run[1].from);
		}
	}
}

static void
one_entry_in_other_words_takes_over(void)
{
	int64_t from = BEGIN / HOUR * HOUR + HOUR;
	struct statistics *was;
	unsigned char other[1 << 14] __attribute__((aligned(16)));
	struct statistic_conf later;

	begin("UTC", 10 * S);
	conf.minute = 600000000;
	conf.hour = true;
	make();
	wall = from;
	hold(1, 10 * S, from + 15 * MINUTE);
	was = stats;
	arena = (struct arena){ .at = other, .cap = sizeof(other) };
	later = conf;
	later.minute = 300000000;
	stats = statistics_new(&later, 1, &device, 1, &arena, &errs);
	CHECK(stats != NULL && statistics_start(stats, &zone, &arena) == 0);
	statistics_on_finish(stats, finished, &conf);
	statistics_take_over(stats, was);
	hold(3, 10 * S, from + HOUR);
	run_until(from + HOUR + 10 * S);
	CHECK(find(STATISTIC_HOUR, from)->samples == 360);
	CHECK(fabs(find(STATISTIC_HOUR, from)->mean - 2.5) < 1e-12);
	CHECK(find(STATISTIC_MINUTE, from + 15 * MINUTE)->mean == 3);
	CHECK(find(STATISTIC_MINUTE, from)->to == from + 10 * MINUTE);
}

static void
wrong_entries_are_told(void)
{
	static const struct { struct statistic_conf conf; const char *says; } wrong[] = {
		{ { .select = "*.nothing", .weight = "", .hour = true }, "is no point with a" },
		{ { .select = "*.fume", .weight = "nothing", .hour = true }, "there is no point" },
		{ { .select = "*.fume", .weight = "fume", .hour = true }, "is the point itself" },
		{ { .select = "*.fume", .weight = "", .hour = true, .amount = WISH_RATE },
		    "is no rate" },
		{ { .select = "*.fume", .weight = "", .minute = 60000000 }, "too seldom" },
	};

	begin("UTC", 5 * MINUTE);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
		errs = (struct errs){ .at = room };
		CHECK(statistics_new(&wrong[i].conf, 1, &device, 1, &arena, &errs) ==
		    NULL);
		CHECK(errs.n == 1 && strstr(room[0].text, wrong[i].says) != NULL);
	}
}

static void
entries_are_checked(void)
{
	static const struct { struct statistic_conf conf; const char *says; } wrong[] = {
		{ { .select = "*", .weight = "", .minute = 420000000, .late = 5000000 },
		    "no whole part of an hour" },
		{ { .select = "*", .weight = "", .minute = 90000000, .late = 5000000 },
		    "no whole part of an hour" },
		{ { .select = "*", .weight = "", .minute = 60000000, .late = 7200000000 },
		    "is more than 60 intervals" },
		{ { .select = "*", .weight = "", .wrap = 100, .late = 5000000 }, "of counters" },
		{ { .select = "kitchen", .weight = "", .late = 5000000 }, "names no point" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		errs = (struct errs){ .at = room };
		CHECK(statistic_conf_check(&wrong[i].conf, &errs) == -1);
		CHECK(errs.n == 1 && strstr(room[0].text, wrong[i].says) != NULL);
	}
}

/* "c MINUTE HOUR DAY START LATE VALID PERIOD WEIGHT AMOUNT WRAP ZONE UNIT" in s
 * and %, "r SERIES TIME FIGURE CODE FLAGS" and "w WALL" in ms, "k" a kill. */
static void
obey(const char *line)
{
	static char weight[64], where[64], unit[64];
	int64_t time, minute, late, period;
	unsigned series, code, flags;
	char figure[64];
	int hour, day;

	if (sscanf(line, "c %" SCNd64 " %d %d %d %" SCNd64 " %lf %" SCNd64 " %63s %d %lf %63s "
	    "%63s", &minute, &hour, &day, &conf.day_start, &late, &conf.valid, &period, weight,
	    &conf.amount, &conf.wrap, where, unit) == 12) {
		struct statistic_conf c = conf;

		begin(where, period * S);
		points[0].unit = unit_find(unit);
		points[1].unit = unit_find("m3/h");
		c.select = "*.fume";
		c.weight = strcmp(weight, "-") == 0 ? "" : weight;
		c.minute = minute * 1000000;
		c.hour = hour;
		c.day = day;
		c.late = late * 1000000;
		conf = c;
		make();
	} else if (sscanf(line, "r %u %" SCNd64 " %63s %u %u", &series, &time, figure, &code,
	    &flags) == 5) {
		hear(series, time, figure[0] == '-' && figure[1] == '\0' ? NAN :
		    strtod(figure, NULL), (enum quality_code)code, (uint8_t)flags);
	} else if (sscanf(line, "w %" SCNd64, &time) == 1) {
		run_until(time);
	} else if (line[0] == 'k') {
		restart();
	}
}

int
main(int argc, char **argv)
{
	char line[256];

	told = calloc(KEPT, sizeof(*told));
	journal = calloc(KEPT, sizeof(*journal));
	CHECK(told != NULL && journal != NULL);
	feeding = argc > 1 && strcmp(argv[1], "feed") == 0;
	while (feeding && fgets(line, sizeof(line), stdin) != NULL)
		obey(line);
	if (feeding)
		return 0;
	RUN(a_minute_has_its_figures);
	RUN(what_is_marked_is_kept_out);
	RUN(silence_has_the_mark_of_what_came_before);
	RUN(an_idle_device_is_out_of_operation);
	RUN(days_begin_when_they_should);
	RUN(a_day_has_23_or_25_hours);
	RUN(a_counter_only_goes_on);
	RUN(work_on_a_counter_is_not_counted);
	RUN(a_rate_is_integrated);
	RUN(means_are_weighted_with_the_flow);
	RUN(without_a_flow_there_is_no_weighted_mean);
	RUN(late_ones_are_waited_for);
	RUN(clock_steps_tell_nothing_twice);
	RUN(a_clock_that_was_wrong_for_a_while_costs_little);
	RUN(time_that_was_not_lived_has_no_intervals);
	RUN(silence_before_a_restart_counts);
	RUN(a_counter_goes_on_over_a_long_silence);
	RUN(told_forgets_nothing);
	RUN(one_entry_in_other_words_takes_over);
	RUN(wrong_entries_are_told);
	RUN(entries_are_checked);
	return 0;
}
