#include <string.h>

#include "../../devices/judge.h"
#include "../../rules/derived.h"
#include "../check.h"

/* Points of two devices of one site that are reckoned from others. */

#define S	1000000LL
#define N	2

static unsigned char memory[1 << 18] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct errs errs;
/* The zero of a gauge, levelled anew on the second day. */
static const struct dated zeros[] = { { 0, 12.5 }, { 1, 12.25 } };
static const struct constant numbers[] = { { .name = "flow", .number = 1000 },
    { .name = "zero", .dated = zeros, .ndated = 2 } };
static const struct constants constants = { numbers, 2 };
static struct point points[] = {
	{ .name = "fume", .zh = "", .en = "", .decimals = 2 },
	{ .name = "fan", .zh = "", .en = "" },
};
static struct profile base = { .name = "x", .points = points, .npoints = 2 };
static struct tap taps[N][8];
static struct memory remembered[8];
static struct device devices[N];
static const struct zone utc = { .n = 0 };
static struct reading out[16];
static int64_t now;

/* "name = text [unit]" each. */
struct want {
	const char	*name, *on, *value, *unit;
};

static struct derived *
make_of(const struct want *want, size_t n, const char *unit)
{
	static const char *const names[N] = { "k/a", "k/b" };
	static struct derived_conf confs[4];

	points[0].unit = unit_find(unit);
	points[0].raw = points[1].raw = raw_find("f64");
	memset(memory, 0, sizeof(memory));
	memset(taps, 0, sizeof(taps));
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
	for (size_t i = 0; i < n; i++) {
		confs[i] = (struct derived_conf){ .place = { "t.conf", (int)i + 1 },
		    .name = want[i].name, .on = want[i].on, .value = want[i].value,
		    .unit = want[i].unit, .decimals = 2 };
		if (derived_compile(&confs[i], &constants, &arena, &errs) != 0)
			return NULL;
	}
	for (int i = 0; i < N; i++) {
		const struct profile *p = derived_profile(confs, n, names[i], &base, &arena,
		    &errs);

		if (p == NULL)
			return NULL;
		devices[i] = (struct device){ .conf = { .name = names[i], .zh = "", .en = "",
		    .period = (i + 1) * 5 * S, .enabled = true }, .profile = p,
		    .taps = taps[i], .memory = remembered };
		for (size_t k = 0; k < p->npoints; k++)
			taps[i][k].series = (uint32_t)(1 + i * 8 + (int)k);
	}
	return derived_new(confs, n, devices, N, &arena, &errs);
}

static struct derived *
make(const struct want *want, size_t n)
{
	return make_of(want, n, "mg/m3");
}

/* One reading of a device and what follows: how many readings there are then. */
static size_t
hear(struct derived *d, int device, int point, enum quality_code code, uint8_t flags,
    double figure)
{
	out[0] = (struct reading){ .series = taps[device][point].series, .mono = now,
	    .time = now / 1000, .value = { .kind = VALUE_F64, .d = figure },
	    .quality = { .code = (uint8_t)code, .flags = flags } };
	if (quality_severity(out[0].quality) == SEVERITY_BAD && code != Q_OUT_OF_RANGE)
		out[0].value = (struct value){ .kind = VALUE_NONE };
	return derived_hear(d, out, 1, now, now / 1000);
}

static void
points_follow_from_what_is_read(void)
{
	static const struct want want[] = {
		{ "double", "k/a", "ref * 2", "mg/m3" },
		{ "ref", "k/*", "fume * flow / 2000", "ug/m3" },
		{ "both", "k/b", "fume > 1 and a.fume > 1", "" },
	};
	struct derived *d = make(want, 3);

	CHECK(d != NULL && derived_count(d) == 4 && errs.n == 0);
	CHECK(devices[0].profile->npoints == 4 && devices[1].profile->npoints == 4);
	/* 10 s of k/b and 5 s of k/a: as seldom as the slower one */
	CHECK(device_period(&devices[1], profile_point(devices[1].profile, "both")) == 10 * S);
	derived_start(d, &utc, now = 100 * S);
	CHECK(hear(d, 0, 0, Q_GOOD, QF_SIMULATED, 4) == 3);
	/* the one that hangs on another comes behind it, in its own unit */
	CHECK(out[1].series == taps[0][3].series && out[1].value.d == 2000);
	CHECK(out[2].series == taps[0][2].series && out[2].value.d == 4);
	CHECK(out[2].quality.code == Q_GOOD && out[2].quality.flags == QF_SIMULATED);
	CHECK(out[2].time == out[0].time && out[2].mono == now);
	CHECK(hear(d, 0, 1, Q_GOOD, 0, 1) == 1);	/* nothing hangs on the fan */
	CHECK(hear(d, 1, 0, Q_GOOD, 0, 4) == 3);
	CHECK(out[2].series == taps[1][3].series && out[2].value.d == 1);
}

/* What is told once a day follows into a device that is read ten times a second. */
static void
a_slow_input_makes_a_slow_point(void)
{
	static const struct want want[] = { { "both", "k/b", "fume > 1 and a.fume > 1", "" } };
	struct derived_conf conf = { .place = { "t.conf", 1 }, .name = "both", .on = "k/b",
	    .value = want[0].value, .unit = "", .decimals = 2 };
	const struct profile *p;

	CHECK(make(want, 1) != NULL);
	p = devices[1].profile;
	devices[0].conf.period = 86400 * S;
	devices[1].conf.period = S / 10;
	taps[1][2] = (struct tap){ .series = 11 };
	CHECK(derived_compile(&conf, &constants, &arena, &errs) == 0);
	CHECK(derived_new(&conf, 1, devices, N, &arena, &errs) != NULL);
	CHECK(device_period(&devices[1], profile_point(p, "both")) == 86400 * S);
}

static bool
is_wanted(const void *wanted, uint32_t series)
{
	return *(const uint32_t *)wanted == series;
}

/* What a rule hangs on may lie any number of steps behind what is read. */
static void
a_point_leads_to_others_at_any_depth(void)
{
	static const struct want want[] = {
		{ "one", "k/a", "fume * 2", "mg/m3" },
		{ "two", "k/a", "one * 2", "mg/m3" },
		{ "three", "k/b", "a.two * 2", "mg/m3" },
		{ "four", "k/b", "three + three", "mg/m3" },
	};
	struct derived *d = make(want, 4);
	uint32_t four, fan = taps[0][1].series;

	CHECK(d != NULL && errs.n == 0);
	derived_start(d, &utc, now = 100 * S);
	four = taps[1][profile_point(devices[1].profile, "four") - devices[1].profile->points].series;
	CHECK(derived_leads(d, taps[0][0].series, is_wanted, &four));
	CHECK(derived_leads(d, taps[0][2].series, is_wanted, &four));
	CHECK(!derived_leads(d, fan, is_wanted, &four));
	CHECK(!derived_leads(d, four, is_wanted, &four));
	CHECK(!derived_leads(d, taps[1][0].series, is_wanted, &four));
	CHECK(!derived_leads(d, taps[0][0].series, is_wanted, &fan));
}

/* From midnight on, without a restart, and not before the first day. */
static void
a_number_holds_by_the_day(void)
{
	static const struct want want[] = { { "level", "k/a", "fan + zero", "" } };
	struct derived *d = make(want, 1);

	CHECK(d != NULL && errs.n == 0);
	derived_start(d, &utc, now = 100 * S);
	CHECK(hear(d, 0, 1, Q_GOOD, 0, 1) == 2 && out[1].value.d == 13.5);
	now = 86399 * S;
	CHECK(hear(d, 0, 1, Q_GOOD, 0, 1) == 2 && out[1].value.d == 13.5);
	now = 86400 * S;
	CHECK(hear(d, 0, 1, Q_GOOD, 0, 1) == 2 && out[1].value.d == 13.25);
	out[0] = (struct reading){ .series = taps[0][1].series, .mono = now, .time = -1,
	    .value = { .kind = VALUE_F64, .d = 1 } };
	CHECK(derived_hear(d, out, 1, now, -1) == 2 && out[1].value.kind == VALUE_NONE);
}

/* By that a rule of class life ends no alarm, whatever else is not proven. */
static void
what_may_be_of_before_stays_so(void)
{
	static const struct want want[] = { { "ratio", "k/a", "fume / fan", "" } };
	struct derived *d = make(want, 1);

	derived_start(d, &utc, now = 100 * S);
	hear(d, 0, 0, Q_STATUS_UNKNOWN, 0, 4);
	CHECK(hear(d, 0, 1, Q_AFTER_BARRIER, QF_HELD, 2) == 2);
	CHECK(out[1].value.d == 2 && out[1].quality.code == Q_AFTER_BARRIER);
	CHECK(out[1].quality.flags == QF_HELD);
	CHECK(hear(d, 0, 1, Q_GOOD, 0, 2) == 2 && out[1].quality.code == Q_STATUS_UNKNOWN);
	hear(d, 0, 1, Q_AFTER_BARRIER, 0, 2);
	CHECK(hear(d, 0, 0, Q_COMM_FAILURE, 0, 0) == 2);
	CHECK(out[1].quality.code == Q_COMM_FAILURE);
}

/* It is told once, without a figure, and never as 0. */
static void
what_is_unknown_has_no_figure(void)
{
	static const struct want want[] = { { "ratio", "k/a", "fume / fan", "" } };
	struct derived *d = make(want, 1);

	derived_start(d, &utc, now = 100 * S);
	CHECK(hear(d, 0, 0, Q_GOOD, 0, 4) == 1);	/* of the fan nothing is known yet */
	CHECK(hear(d, 0, 1, Q_JUMP, QF_MAINTENANCE, 2) == 2);
	CHECK(out[1].value.d == 2 && out[1].quality.code == Q_JUMP);
	CHECK(out[1].quality.flags == QF_MAINTENANCE);
	CHECK(hear(d, 0, 1, Q_GOOD, 0, 0) == 2);
	CHECK(out[1].value.kind == VALUE_NONE && out[1].quality.code == Q_NO_DATA_YET);
	CHECK(hear(d, 0, 1, Q_GOOD, 0, 0) == 1);
	CHECK(hear(d, 0, 1, Q_GOOD, 0, 1) == 2 && out[1].value.d == 4);
	CHECK(hear(d, 0, 0, Q_COMM_FAILURE, 0, 0) == 2);
	CHECK(out[1].value.kind == VALUE_NONE && out[1].quality.code == Q_COMM_FAILURE);
	now += 60 * S;
	CHECK(hear(d, 0, 0, Q_GOOD, 0, 4) == 1);	/* the fan is silent for too long */
}

/* Gas beyond full scale stays so much or more, however it is reckoned; of other
 * points such a figure counts for nothing. */
static void
gas_beyond_full_scale_has_a_figure(void)
{
	static const struct want want[] = {
		{ "worst", "k/a", "max2(fume, b.fume)", "%LEL" },
		{ "left", "k/a", "100 - fume", "%LEL" },
		{ "again", "k/b", "a.worst * 2", "%LEL" },
	};
	static const struct want other = { "double", "k/a", "fume * 2", "mg/m3" };
	struct derived *d = make(&other, 1);

	derived_start(d, &utc, now = 100 * S);
	CHECK(hear(d, 0, 0, Q_OUT_OF_RANGE, 0, 110) == 1);
	CHECK((d = make_of(want, 3, "%LEL")) != NULL && errs.n == 0);
	derived_start(d, &utc, now);
	CHECK(hear(d, 1, 0, Q_GOOD, 0, 3) >= 1);
	CHECK(hear(d, 0, 0, Q_OUT_OF_RANGE, 0, 110) == 3);
	CHECK(out[1].series == taps[0][2].series && out[1].value.d == 110);
	CHECK(out[1].quality.code == Q_OUT_OF_RANGE);
	CHECK(out[2].value.d == 220 && out[2].quality.code == Q_OUT_OF_RANGE);
	CHECK(hear(d, 0, 0, Q_GOOD, 0, 5) == 4);
	CHECK(out[1].value.d + out[2].value.d == 100 && out[3].value.d == 10);
	CHECK(out[1].quality.code == Q_GOOD);
}

static void
what_cannot_be_is_refused(void)
{
	static const struct { struct want want[3]; size_t n; const char *says; } rows[] = {
		{ { { "a", "k/a", "b + 1", "" }, { "b", "k/a", "c * 2", "" },
		    { "c", "k/a", "max2(a, fume)", "" } }, 3,
		    "it hangs on itself: k/a." },
		{ { { "a", "k/a", "a + 1", "" } }, 1, "a: it hangs on itself: k/a.a -> k/a.a" },
		{ { { "fume", "k/a", "fan + 1", "" } }, 1, "k/a has a point of that name already" },
		{ { { "a", "k/a", "fume + 1", "degC" } }, 1, "℃ and mg/m³ do not go together" },
		{ { { "a", "k/a", "fume + 1", "mgs" } }, 1, "unit \"mgs\" is not known" },
		{ { { "a/b", "k/a", "fume", "" } }, 1, "has no /" },
		{ { { "a", "z", "fume", "" } }, 1, "on \"z\" fits no device" },
		{ { { "a", "k/*", "fumes", "" } }, 1, "did you mean \"fume\"?" },
		{ { { "a", "k/*", "fume +", "" } }, 1, "is missing at the end" },
		{ { { "a", "k/*", "flow", "" } }, 1, "it hangs on no point" },
		{ { { "a", "k/*", "mean(fume, clock 10min)", "" } }, 1, "by the clock is for rules" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct derived *d = make(rows[i].want, rows[i].n);

		if (d != NULL || errs.n != 1 || strstr(room[0].text, rows[i].says) == NULL)
			fprintf(stderr, "%s: %zu: %s\n", rows[i].want[0].value, errs.n,
			    room[0].text);
		CHECK(d == NULL && errs.n == 1 && strstr(room[0].text, rows[i].says) != NULL);
	}
}

int
main(void)
{
	RUN(points_follow_from_what_is_read);
	RUN(a_slow_input_makes_a_slow_point);
	RUN(a_point_leads_to_others_at_any_depth);
	RUN(a_number_holds_by_the_day);
	RUN(what_may_be_of_before_stays_so);
	RUN(what_is_unknown_has_no_figure);
	RUN(gas_beyond_full_scale_has_a_figure);
	RUN(what_cannot_be_is_refused);
	return 0;
}
