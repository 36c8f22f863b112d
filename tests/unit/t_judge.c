#include <math.h>
#include <string.h>

#include "../check.h"
#include "bench_of.h"

#define S	1000000LL

static uint8_t wire[128];

static void
put(unsigned reg, unsigned value)
{
	wire[2 * reg] = (uint8_t)(value >> 8);
	wire[2 * reg + 1] = (uint8_t)value;
}

static struct device *
fresh(const char *body, const char *more)
{
	struct device *d = bench_of(body, more);

	if (d == NULL)
		fprintf(stderr, "%s\n", bench_says());
	CHECK(d != NULL);
	memset(wire, 0, sizeof(wire));
	return d;
}

static double
number(const struct reading *r)
{
	double x;

	return value_number(&r->value, &x) ? x : NAN;
}

/* Decimals of another register, a ratio, a fraction: one answer, one figure. */
static void
parts_make_one_figure(void)
{
	const struct device *d = fresh("points = (\n"
	    "{ name = \"gas\"; register = 1; raw = \"u16\";\n"
	    "  decimals_from = { register = 0; raw = \"bits\"; bits = (10, 2); }; },\n"
	    "{ name = \"power\"; register = 10; raw = \"u16\"; scale = 0.1;\n"
	    "  times = ({ register = 12; raw = \"u16\"; scale = 0.1; }, { register = 13;\n"
	    "  raw = \"u16\"; }); },\n"
	    "{ name = \"total\"; register = 20; raw = \"s32\"; order = \"CDAB\"; scale = 1000;\n"
	    "  plus = ({ register = 22; raw = \"f32\"; order = \"CDAB\"; }); } );\n", "");
	struct reading r;

	put(0, 0x0800);
	put(1, 1234);
	r = bench_hear(d, "gas", wire, S);
	CHECK(r.quality.code == Q_GOOD && number(&r) == 12.34);
	put(10, 500);
	put(12, 15);
	put(13, 40);
	r = bench_hear(d, "power", wire, S);
	CHECK(r.quality.code == Q_GOOD && fabs(number(&r) - 50 * 1.5 * 40) < 1e-9);
	put(20, 7);
	put(23, 0x3F00);		/* 0.5 */
	r = bench_hear(d, "total", wire, S);
	CHECK(r.quality.code == Q_GOOD && number(&r) == 7000.5);
	put(23, 0x7FC0);
	r = bench_hear(d, "total", wire, S);
	CHECK(r.quality.code == Q_SENSOR_FAILURE && r.value.kind == VALUE_NONE);
	CHECK(d->nblocks == 3);
}

static void
decimals_that_are_none_spoil_the_figure(void)
{
	const struct device *d = fresh("points = ( { name = \"p\"; register = 4; raw = \"s16\";\n"
	    "decimals_from = { register = 3; raw = \"s16\"; }; } );\n", "");
	static const struct { unsigned dp; bool good; } rows[] = {
		{ 0, true }, { 3, true }, { 9, true }, { 10, false }, { 0xFFFF, false }
	};

	put(4, 500);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r;

		put(3, rows[i].dp);
		r = bench_hear(d, "p", wire, S);
		CHECK((r.quality.code == Q_GOOD) == rows[i].good);
		CHECK(rows[i].good || r.value.kind == VALUE_NONE);
	}
}

/* 4 to 20 mA: a current that no sensor gives is a broken wire, not a low value. */
static void
a_broken_wire_is_no_figure(void)
{
	const struct device *d = fresh("points = ( { name = \"i\"; register = 0; raw = \"u16\";\n"
	    "scale = 0.001; sound = (3600, 21000); range = (4, 20); } );\n", "");
	static const struct { unsigned raw; uint8_t code; } rows[] = {
		{ 0, Q_SENSOR_FAILURE }, { 3599, Q_SENSOR_FAILURE }, { 3600, Q_OUT_OF_RANGE },
		{ 4000, Q_GOOD }, { 20000, Q_GOOD }, { 20500, Q_OUT_OF_RANGE },
		{ 21001, Q_SENSOR_FAILURE }
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r;

		put(0, rows[i].raw);
		r = bench_hear(d, "i", wire, S);
		CHECK(r.quality.code == rows[i].code);
		CHECK((r.value.kind == VALUE_NONE) == (rows[i].code == Q_SENSOR_FAILURE));
	}
}

static void
a_state_without_a_name_is_out_of_range(void)
{
	const struct device *d = fresh("points = ( { name = \"valve\"; register = 0; raw = \"u8\";\n"
	    "names = ({ number = 0; zh = \"关\"; en = \"closed\"; },\n"
	    "{ number = 3; zh = \"开\"; en = \"open\"; }); } );\n", "");
	struct reading r;

	put(0, 0xFF03);
	r = bench_hear(d, "valve", wire, S);
	CHECK(r.quality.code == Q_GOOD && r.value.u == 3);
	CHECK(strcmp(point_choice(d->profile->points, &r.value)->zh, "开") == 0);
	put(0, 2);
	r = bench_hear(d, "valve", wire, S);
	CHECK(r.quality.code == Q_OUT_OF_RANGE && r.value.u == 2);
	CHECK(point_choice(d->profile->points, &r.value) == NULL);
}

#define STATES	"points = ( { name = \"pm\"; register = 0; raw = \"u16\"; },\n" \
		"{ name = \"temp\"; register = 1; raw = \"u16\"; } );\n" \
		"status = ( { register = 40; raw = \"u16\"; when = (1); means = \"maintenance\"; },\n" \
		"{ register = 40; raw = \"u16\"; when = (2, 9); means = \"sensor-failure\"; " \
		"points = (\"pm\"); },\n" \
		"{ register = 40; raw = \"u16\"; when = (3); means = \"calibration\"; },\n" \
		"{ register = 41; raw = \"bit\"; bit = 4; means = \"warming-up\"; } );\n"

static void
statuses_lower_what_they_speak_of(void)
{
	const struct device *d = fresh(STATES, "");
	static const struct {
		unsigned state, bits;
		uint8_t code, flags;		/* of pm */
		uint8_t temp;			/* code */
	} rows[] = {
		{ 0, 0, Q_GOOD, 0, Q_GOOD }, { 1, 0, Q_GOOD, QF_MAINTENANCE, Q_GOOD },
		{ 2, 0, Q_SENSOR_FAILURE, 0, Q_GOOD }, { 9, 0, Q_SENSOR_FAILURE, 0, Q_GOOD },
		{ 3, 0, Q_GOOD, QF_CALIBRATION, Q_GOOD },
		{ 0, 0x10, Q_WARMING_UP, 0, Q_WARMING_UP },
		{ 2, 0x10, Q_SENSOR_FAILURE, 0, Q_WARMING_UP }, { 0, 0xFFEF, Q_GOOD, 0, Q_GOOD },
	};

	/* what says the worth is asked before what it speaks of */
	CHECK(d->nblocks == 2 && d->blocks[0].first == 40 && d->blocks[1].first == 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r;

		put(0, 55);
		put(40, rows[i].state);
		put(41, rows[i].bits);
		r = bench_hear(d, "pm", wire, S);
		CHECK(r.quality.code == rows[i].code && r.quality.flags == rows[i].flags);
		CHECK((r.value.kind == VALUE_NONE) == (rows[i].code == Q_SENSOR_FAILURE));
		r = bench_hear(d, "temp", wire, S);
		CHECK(r.quality.code == rows[i].temp);
	}
}

/* Detectors stand at their stop while they warm up: that is no gas yet. */
static void
warming_up_goes_before_the_range(void)
{
	const struct device *d = fresh("points = ( { name = \"lel\"; register = 0; raw = \"u16\"; "
	    "range = (0, 100); sentinels = (65535); } );\n"
	    "status = ( { register = 40; raw = \"bit\"; bit = 0; means = \"warming-up\"; },\n"
	    "{ register = 40; raw = \"bit\"; bit = 1; means = \"calibration\"; } );\n", "");
	struct reading r;

	put(0, 300);
	r = bench_hear(d, "lel", wire, S);
	CHECK(r.quality.code == Q_OUT_OF_RANGE && number(&r) == 300);
	put(40, 3);
	r = bench_hear(d, "lel", wire, S);
	CHECK(r.quality.code == Q_WARMING_UP && r.quality.flags == QF_CALIBRATION);
	CHECK(number(&r) == 300);
	put(0, 65535);
	r = bench_hear(d, "lel", wire, S);
	CHECK(r.quality.code == Q_SENSOR_FAILURE);
}

/* A figure of which nobody knows the worth is not good, nor is it lost. */
static void
a_status_that_cannot_be_read_is_said(void)
{
	const struct device *d = fresh(STATES, "");
	struct reading base = { .mono = S }, bad = base, out[4];

	put(0, 55);
	CHECK(device_decode(d, 1, wire, 4, &base, out, 4) == 2);
	CHECK(out[0].quality.code == Q_STATUS_UNKNOWN && out[0].value.u == 55);
	CHECK(device_decode(d, 0, wire + 80, 4, &base, out, 4) == 0);
	CHECK(device_decode(d, 1, wire, 4, &base, out, 4) == 2);
	CHECK(out[0].quality.code == Q_GOOD);
	bad.quality.code = Q_COMM_FAILURE;
	CHECK(device_bad(d, 0, &bad, out, 4) == 0);
	CHECK(device_decode(d, 1, wire, 4, &base, out, 4) == 2);
	CHECK(out[0].quality.code == Q_STATUS_UNKNOWN);
	CHECK(device_decode(d, 0, wire + 80, 2, &base, out, 4) == 0);	/* cut short */
	CHECK(device_decode(d, 1, wire, 4, &base, out, 4) == 2);
	CHECK(out[0].quality.code == Q_STATUS_UNKNOWN);
}

static void
a_status_of_no_point_in_service_is_not_asked(void)
{
	const struct device *d = fresh(STATES, "disable = (\"pm\", \"temp\");");

	CHECK(d->nblocks == 0);
	d = fresh(STATES, "disable = (\"temp\");");
	CHECK(d->nblocks == 2 && d->blocks[1].count == 1);
}

static void
a_refused_block_splits_into_statuses_and_points(void)
{
	struct device *d = fresh("gap = 60; " STATES, "");
	struct reading r;

	CHECK(d->nblocks == 1 && d->blocks[0].first == 0 && d->blocks[0].count == 42);
	CHECK(device_split(d, 0));
	CHECK(d->nblocks == 6 && d->nblocks <= d->max_blocks);
	put(0, 55);
	put(40, 2);
	r = bench_hear(d, "pm", wire, S);
	CHECK(r.quality.code == Q_SENSOR_FAILURE);
}

static void
a_jump_is_uncertain_until_it_stays(void)
{
	const struct device *d = fresh("points = ( { name = \"level\"; register = 0; raw = \"u16\";\n"
	    "scale = 0.01; max_step = 0.5; sentinels = (65535); } );\n", "");
	static const struct { unsigned raw; uint8_t code; } rows[] = {
		{ 200, Q_GOOD },		/* the first: nothing to compare with */
		{ 250, Q_GOOD }, { 301, Q_JUMP }, { 310, Q_GOOD },	/* it stays */
		{ 200, Q_JUMP }, { 310, Q_JUMP },	/* a spike is two */
		{ 65535, Q_SENSOR_FAILURE }, { 320, Q_GOOD },	/* compared with the last figure */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r;

		put(0, rows[i].raw);
		r = bench_hear(d, "level", wire, S * (int64_t)i);
		CHECK(r.quality.code == rows[i].code);
		CHECK((r.value.kind == VALUE_NONE) == (rows[i].code == Q_SENSOR_FAILURE));
	}
}

static void
a_rate_counts_the_time_between(void)
{
	const struct device *d = fresh("points = ( { name = \"t\"; register = 0; raw = \"u16\";\n"
	    "max_rate = 2.0; } );\n", "");
	static const struct { unsigned raw; int64_t s; uint8_t code; } rows[] = {
		{ 100, 0, Q_GOOD }, { 110, 5, Q_GOOD }, { 121, 10, Q_JUMP }, { 321, 110, Q_GOOD }
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(0, rows[i].raw);
		CHECK(bench_hear(d, "t", wire, rows[i].s * S).quality.code == rows[i].code);
	}
}

/* An analyser with one result an hour, read every ten minutes. */
static void
a_repeated_result_is_held_and_grows_old(void)
{
	const struct device *d = fresh("points = ( { name = \"nh4n\"; register = 0;\n"
	    "raw = \"u16\"; hold = \"2h\"; } );\n", "");
	static const struct { unsigned raw; int64_t s; uint8_t code, flags; uint32_t age; } rows[] = {
		{ 50, 0, Q_GOOD, 0, 0 }, { 50, 600, Q_GOOD, QF_HELD, 600 },
		{ 50, 3000, Q_GOOD, QF_HELD, 3000 }, { 51, 3600, Q_GOOD, 0, 0 },
		{ 51, 10800, Q_GOOD, QF_HELD, 7200 }, { 51, 10801, Q_STALE, QF_HELD, 7201 },
		{ 52, 11000, Q_GOOD, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r;

		put(0, rows[i].raw);
		r = bench_hear(d, "nh4n", wire, rows[i].s * S);
		CHECK(r.quality.code == rows[i].code && r.quality.flags == rows[i].flags);
		CHECK(r.age == rows[i].age && r.value.u == rows[i].raw);
	}
}

static void
an_age_register_says_how_old_a_result_is(void)
{
	const struct device *d = fresh("points = ( { name = \"gas\"; register = 0; raw = \"u16\"; });\n"
	    "status = ( { register = 10; raw = \"s16\"; scale = 60.0; means = \"age\";\n"
	    "max_age = \"10min\"; } );\n", "");
	static const struct { unsigned raw; uint8_t code, flags; uint32_t age; } rows[] = {
		{ 0, Q_GOOD, 0, 0 }, { 1, Q_GOOD, QF_HELD, 60 }, { 10, Q_GOOD, QF_HELD, 600 },
		{ 11, Q_STALE, QF_HELD, 660 }, { 0xFFFF, Q_NO_DATA_YET, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r;

		put(0, 7);
		put(10, rows[i].raw);
		r = bench_hear(d, "gas", wire, S);
		CHECK(r.quality.code == rows[i].code && r.quality.flags == rows[i].flags);
		CHECK(r.age == rows[i].age);
	}
}

static void
a_result_counter_tells_a_new_result_from_an_old(void)
{
	const struct device *d = fresh("points = ( { name = \"cod\"; register = 0; raw = \"u16\"; });\n"
	    "status = ( { register = 1; raw = \"u16\"; means = \"result\"; max_age = \"1h\"; } );\n",
	    "");
	static const struct { unsigned count; int64_t s; uint8_t code, flags; } rows[] = {
		{ 8, 0, Q_GOOD, 0 }, { 8, 1800, Q_GOOD, QF_HELD }, { 9, 3600, Q_GOOD, 0 },
		{ 9, 7201, Q_STALE, QF_HELD },
	};

	put(0, 30);			/* the same figure is a new result all the same */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r;

		put(1, rows[i].count);
		r = bench_hear(d, "cod", wire, rows[i].s * S);
		CHECK(r.quality.code == rows[i].code && r.quality.flags == rows[i].flags);
	}
}

/* The counter stands in a question of its own, asked a moment earlier: a result
 * that came with it is new, whenever its figure is read. */
static void
a_new_result_is_not_held_because_it_is_read_later(void)
{
	const struct device *d = fresh("points = ( { name = \"cod\"; register = 0; raw = \"u16\"; });\n"
	    "status = ( { register = 40; raw = \"u16\"; means = \"result\"; max_age = \"1h\"; } );\n",
	    "");
	static const struct { unsigned count; int64_t s; uint8_t flags; uint32_t age; } rows[] = {
		{ 8, 0, 0, 0 }, { 8, 1800, QF_HELD, 1802 }, { 9, 3600, 0, 0 },
		{ 9, 3660, QF_HELD, 62 },
	};

	CHECK(d->nblocks == 2 && d->blocks[0].first == 40);
	put(0, 30);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading base = { .mono = rows[i].s * S }, out[2];

		put(40, rows[i].count);
		CHECK(device_decode(d, 0, wire + 80, 2, &base, out, 2) == 0);
		base.mono += 2 * S;
		CHECK(device_decode(d, 1, wire, 2, &base, out, 2) == 1);
		CHECK(out[0].quality.code == Q_GOOD && out[0].quality.flags == rows[i].flags);
		CHECK(out[0].age == rows[i].age);
	}
}

/* What the instrument says of its age is not younger because we saw the figure
 * for the first time a minute ago. */
static void
of_two_ages_the_greater_holds(void)
{
	const struct device *d = fresh("points = ( { name = \"gas\"; register = 0; raw = \"u16\";\n"
	    "hold = \"2h\"; });\n"
	    "status = ( { register = 1; raw = \"u16\"; means = \"age\"; } );\n", "");
	struct reading r;

	put(0, 7);
	put(1, 600);
	r = bench_hear(d, "gas", wire, S);
	CHECK(r.age == 600);
	put(1, 660);
	r = bench_hear(d, "gas", wire, 61 * S);
	CHECK(r.age == 660 && r.quality.flags == QF_HELD);
	put(1, 20);
	r = bench_hear(d, "gas", wire, 121 * S);
	CHECK(r.age == 120);
}

/* What a step waits for: some bits of its first register, or a coil. */
static void
a_step_says_when_it_is_done(void)
{
	const struct device *d = fresh("points = ( { name = \"cod\"; register = 0; raw = \"u16\"; });\n"
	    "start = ( { function = 6; register = 9; data = \"0001\"; },\n"
	    "{ function = 3; register = 1; count = 2; until = (2, 3); fails = (9); bits = (4, 4); },\n"
	    "{ function = 1; register = 7; until = 1; every = \"2s\"; within = \"5min\"; } );\n", "");
	const struct steps *all = &d->profile->start;
	static const struct { size_t step; uint8_t data[2]; enum step_says says; unsigned n; } rows[] = {
		{ 0, { 0, 0 }, STEP_SAYS_DONE, 0 }, { 1, { 0xAB, 0x1C }, STEP_SAYS_WAIT, 1 },
		{ 1, { 0xAB, 0x2C }, STEP_SAYS_DONE, 2 }, { 1, { 0, 0x30 }, STEP_SAYS_DONE, 3 },
		{ 1, { 2, 0x9F }, STEP_SAYS_FAILED, 9 }, { 2, { 0xFE, 0 }, STEP_SAYS_WAIT, 0 },
		{ 2, { 0x01, 0 }, STEP_SAYS_DONE, 1 },
	};
	unsigned n;

	CHECK(all->n == 3 && all->at[2].every == 2 * S && all->at[2].within == 300 * S);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK(step_hear(&all->at[rows[i].step], rows[i].data, 2, &n) == rows[i].says);
		CHECK(n == rows[i].n);
	}
	CHECK(step_hear(&all->at[1], wire, 1, &n) == STEP_SAYS_WAIT);	/* too short */
}

/* It was told to measure, so that the same figure may be a new one. */
static void
a_measured_result_is_held_until_the_next(void)
{
	struct device *d = fresh("points = ( { name = \"cod\"; register = 0; raw = \"u16\"; },\n"
	    "{ name = \"nh4\"; register = 1; raw = \"u16\"; hold = \"90min\"; } );\n"
	    "start = ( { function = 3; register = 99; } );\n", "measure = \"1h\";");
	static const struct { int64_t measured, s; uint8_t cod, nh4; uint32_t age; } rows[] = {
		{ 0, 10, Q_GOOD, Q_GOOD, 0 }, { 10, 70, Q_GOOD, Q_GOOD, 60 },
		{ 0, 3610, Q_GOOD, Q_GOOD, 0 }, { 3610, 9000, Q_GOOD, Q_GOOD, 5390 },
		{ 3610, 9011, Q_GOOD, Q_STALE, 5401 }, { 3610, 10811, Q_STALE, Q_STALE, 7201 },
	};

	CHECK(device_period(d, &d->profile->points[0]) == d->conf.period);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r;

		device_hold(d, rows[i].measured * S);
		r = bench_hear(d, "cod", wire, rows[i].s * S);
		CHECK(r.quality.code == rows[i].cod && r.age == rows[i].age);
		CHECK((r.quality.flags == QF_HELD) == (rows[i].age > 0));
		CHECK(bench_hear(d, "nh4", wire, rows[i].s * S).quality.code == rows[i].nh4);
	}
	CHECK(bench_of("points = ( { name = \"a\"; register = 0; raw = \"u16\"; });\n",
	    "measure = \"1h\";") == NULL && strstr(bench_says(), "has no start") != NULL);
}

/* As after a restart: what was read before it counts. */
static void
what_was_said_before_is_remembered(void)
{
	struct device *d = fresh("points = ( { name = \"nh4\"; register = 0; raw = \"u16\";\n"
	    "max_step = 5; hold = \"2h\"; } );\n", "");
	struct reading r = { .value = { .kind = VALUE_U64, .u = 40 }, .age = 600,
	    .quality = { .code = Q_GOOD, .flags = QF_HELD } };
	struct reading bad = { .quality = { .code = Q_COMM_FAILURE } };

	device_remember(d, 0, &r, 100 * S);
	device_remember(d, 0, &bad, 110 * S);
	put(0, 40);
	r = bench_hear(d, "nh4", wire, 160 * S);
	CHECK(r.quality.code == Q_GOOD && r.quality.flags == QF_HELD && r.age == 660);
	r.value.u = 50;
	r.age = 0;
	device_remember(d, 0, &r, 170 * S);
	r = bench_hear(d, "nh4", wire, 180 * S);
	CHECK(r.quality.code == Q_JUMP && r.age == 0);
}

/* One fault each: body of the profile, words of the message. */
static const struct {
	const char	*body, *says;
} broken[] = {
#define P(more)	"points = ( { name = \"a\"; register = 5; raw = \"u16\"; " more " } );\n"
#define Q(more)	P("") "status = ( { register = 6; " more " } );\n"
	{ P("decimals_from = { register = 4; raw = \"u17\"; };"), "did you mean \"u16\"?" },
	{ P("decimals_from = { register = 4; raw = \"string\"; };"), "a: say how many registers" },
	{ P("plus = ({ register = 400; raw = \"u16\"; });"), "a: its parts are too far away" },
	{ P("times = ({ register = 4; raw = \"u16\"; scale = 0.0; });"), "a: scale 0" },
	{ "never = (4);" P("plus = ({ register = 3; raw = \"u16\"; });"),
	  "a: lies on a register that must never be touched" },
	{ P("names = ({ number = 1; }, { number = 1; });"), "a: names says twice what 1 means" },
	{ P("sound = (5, 4);"), "a: sound is two raw numbers" },
	{ P("max_step = -1.0;"), "max_step" },
	{ P("hold = \"soon\";"), "hold" },
	{ P("write = { function = 5; min = 0; max = 1; };"), "a: write: a coil is written by" },
	{ P("write = { function = 6; min = 2; max = 1; };"), "a: write: min is greater than max" },
	{ P("write = { function = 6; max = 1; };"), "min" },
	{ P("function = 4; write = { function = 6; min = 0; max = 1; };"), "a: write:" },
	{ Q("raw = \"u16\"; means = \"broken\";"), "means" },
	{ Q("raw = \"u16\"; means = \"warming-up\"; points = (\"b\");"),
	  "status: point \"b\" is not known" },
	{ Q("raw = \"u16\"; means = \"age\"; when = (1);"), "when goes with a state" },
	{ Q("raw = \"u16\"; means = \"held\"; max_age = \"1h\";"), "max_age goes with age" },
	{ Q("raw = \"bit\"; means = \"held\";"), "status: say which bit" },
	{ "never = (6);" Q("raw = \"u16\"; means = \"held\";"),
	  "status: lies on a register that must never be touched" },
	{ "blocks = ( { register = 5; count = 2; } );" P("") "status = ( { register = 6; "
	  "raw = \"u32\"; order = \"ABCD\"; means = \"held\"; } );",
	  "the block at 0x0005 holds only a part of status" },
	{ "blocks = ( { register = 5; count = 2; } );" P("") "status = ( { register = 4; "
	  "raw = \"u32\"; order = \"ABCD\"; means = \"held\"; } );",
	  "the block at 0x0005 holds only a part of status" },
	{ P("") "start = ( { function = 4; register = 1; data = \"00\"; } );",
	  "step at 0x0001: data is 0 bytes" },
	{ P("") "start = ( { function = 16; register = 1; count = 2; data = \"0001\"; } );",
	  "step at 0x0001: data is 4 bytes" },
	{ P("") "start = ( { function = 5; register = 1; data = \"FF00\"; } );",
	  "step at 0x0001: data is 1 bytes in hex digits, the first coil in the lowest bit" },
	{ P("") "stop = ( { function = 6; register = 1; count = 2; data = \"0001\"; } );",
	  "step at 0x0001: function 6 with this count" },
	{ P("") "stop = ( { function = 8; register = 1; } );", "step at 0x0001: function 8" },
	{ P("") "stop = ( { function = 3; register = 65535; count = 2; } );", "runs past" },
	{ P("") "start = ( { function = 6; register = 1; data = \"0001\"; until = (1); } );",
	  "step at 0x0001: only a read can be repeated" },
	{ P("") "start = ( { function = 3; register = 1; fails = (1); } );",
	  "step at 0x0001: fails and bits go with until" },
	{ P("") "start = ( { function = 3; register = 1; until = (1); bits = (8, 9); } );",
	  "step at 0x0001: bits are" },
	{ P("") "start = ( { function = 3; register = 1; until = (1); bits = (0.5, 2); } );",
	  "step at 0x0001: bits are" },
	{ P("") "start = ( { function = 3; register = 1; until = (1); bits = (0, 3.5); } );",
	  "step at 0x0001: bits are" },
	{ P("") "start = ( { function = 3; register = 1; until = \"ready\"; } );",
	  "until is a list of numbers" },
	{ P("") "start = ( { function = 3; register = 1; until = (1); within = \"0s\"; } );",
	  "within" },
};

static void
each_fault_is_told(void)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct device *d = bench_of(broken[i].body, "");

		if (d != NULL || strstr(bench_says(), broken[i].says) == NULL)
			fprintf(stderr, "row %zu: %s\n", i, bench_says());
		CHECK(d == NULL && strstr(bench_says(), broken[i].says) != NULL);
	}
}

int
main(void)
{
	RUN(parts_make_one_figure);
	RUN(decimals_that_are_none_spoil_the_figure);
	RUN(a_broken_wire_is_no_figure);
	RUN(a_state_without_a_name_is_out_of_range);
	RUN(statuses_lower_what_they_speak_of);
	RUN(warming_up_goes_before_the_range);
	RUN(a_status_that_cannot_be_read_is_said);
	RUN(a_status_of_no_point_in_service_is_not_asked);
	RUN(a_refused_block_splits_into_statuses_and_points);
	RUN(a_jump_is_uncertain_until_it_stays);
	RUN(a_rate_counts_the_time_between);
	RUN(a_repeated_result_is_held_and_grows_old);
	RUN(an_age_register_says_how_old_a_result_is);
	RUN(a_result_counter_tells_a_new_result_from_an_old);
	RUN(a_new_result_is_not_held_because_it_is_read_later);
	RUN(of_two_ages_the_greater_holds);
	RUN(a_step_says_when_it_is_done);
	RUN(a_measured_result_is_held_until_the_next);
	RUN(what_was_said_before_is_remembered);
	RUN(each_fault_is_told);
	return 0;
}
