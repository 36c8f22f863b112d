#include <stdio.h>
#include <string.h>

#include "../../devices/judge.h"
#include "../../rules/fit.h"
#include "../../rules/pack.h"
#include "../check.h"

/* The points that packs reckon: of which devices they are, what they are, and when
 * they have no figure. */

#define S	1000000LL
#define HOUR	(3600 * S)
#define WALL	1700006400000LL		/* UTC ms at mono 0: 2023-11-15, a midnight */
#define POINTS	8
#define NONE	-1000.0

static unsigned char memory[2 << 20] __attribute__((aligned(16)));
static struct arena arena;
static struct err room[ERRS_MAX];
static struct errs errs = { .at = room };
static struct point points[3][POINTS];
static struct profile profiles[3];
static struct tap taps[3][POINTS];
static struct memory memories[3][POINTS];
static struct device devices[3];
static struct derived_conf confs[1];
static struct derived *derived;
static const struct zone utc = { .n = 0 };
static int64_t now;

/* A site: DEVICE POINT UNIT each; the point is of the first device. */
static const struct { const char *device, *point, *unit; } catalogue[] = {
	{ "s/head", "fume", "mg/m3" }, { "s/head", "duct_flow", "m3/h" },
	{ "s/head", "net_weight", "kg" }, { "s/head", "level", "m" },
	{ "s/fan", "on", NULL }, { "s/purifier", "on", NULL },
};

static void
build_site(const char *without)
{
	size_t n = 0;

	memset(profiles, 0, sizeof(profiles));
	memset(devices, 0, sizeof(devices));
	for (size_t k = 0; k < sizeof(catalogue) / sizeof(catalogue[0]); k++) {
		struct profile *p;

		if (strcmp(catalogue[k].point, without) == 0)
			continue;
		if (n == 0 || strcmp(devices[n - 1].conf.name, catalogue[k].device) != 0) {
			devices[n] = (struct device){ .conf = { .zh = "", .en = "",
			    .name = catalogue[k].device, .period = 60 * S, .enabled = true },
			    .profile = &profiles[n], .taps = taps[n], .memory = memories[n] };
			n++;
		}
		p = &profiles[n - 1];
		*p = (struct profile){ .name = "x", .points = points[n - 1],
		    .npoints = p->npoints };
		points[n - 1][p->npoints++] = (struct point){ .name = catalogue[k].point,
		    .zh = "", .en = "", .raw = raw_find("f64"), .unit = catalogue[k].unit !=
		    NULL ? unit_find(catalogue[k].unit) : NULL };
	}
	CHECK(n == 3);
}

/* Those of a pack of a name on the first device, with these numbers: the first that
 * fits; its basis, or "absent". */
static const char *
place(const char *pack_name, const char *name, const char *numbers, const char *without)
{
	static const struct constants none = { NULL, 0 };
	char path[80], text[400];
	struct constants constants;
	struct pack_use use = { .name = NULL };
	struct census census;
	struct pack *pack;
	struct tree *tree, *wanted;

	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	memset(taps, 0, sizeof(taps));
	build_site(without);
	errs.n = 0;
	snprintf(path, sizeof(path), "rules/packs/%s.conf", pack_name);
	snprintf(text, sizeof(text), "name = \"%s\"; on = \"*\"; constants = { %s };", pack_name,
	    numbers);
	tree = tree_read(path, &arena, &errs);
	wanted = tree_parse(text, "use", &arena, &errs);
	CHECK(tree != NULL && wanted != NULL);
	CHECK(key_load(tree_root(wanted), pack_use_keys, &use, &arena, &errs) == 0);
	pack = pack_read(tree, &arena, &errs);
	CHECK(pack != NULL);
	CHECK(pack_constants(pack, &use, &none, &constants, &arena, &errs) == 0);
	CHECK(census_take(&census, devices, 3, &arena) == 0);
	derived = NULL;
	for (size_t i = 0; i < pack->derived.n && derived == NULL; i++) {
		struct derived_conf *d = (struct derived_conf *)pack->derived.at + i;

		CHECK(derived_compile(d, &constants, &arena, &errs) == 0);
		if (strcmp(d->name, name) != 0 ||
		    derived_fit(d, &devices[0], &census, false, &errs) != BIND_FITS)
			continue;
		confs[0] = *d;
		confs[0].on = "s/head";
		devices[0].profile = derived_profile(confs, 1, "s/head", devices[0].profile,
		    &arena, &errs);
		for (size_t k = 0; k < 3; k++)
			for (size_t p = 0; p < POINTS; p++)
				taps[k][p].series = (uint32_t)(1 + k * POINTS + p);
		derived = derived_new(confs, 1, devices, 3, &arena, &errs);
		CHECK(derived != NULL && errs.n == 0);
		derived_start(derived, &utc, now = 0);
	}
	tree_close(wanted);
	tree_close(tree);
	return derived == NULL ? "absent" : confs[0].basis;
}

/* What follows from a reading of a point; NONE: no figure. */
static double
hear(int device, const char *point, double figure)
{
	const struct device *d = &devices[device];
	const struct point *p = profile_point(d->profile, point);
	struct reading out[4];
	size_t n;

	CHECK(p != NULL);
	out[0] = (struct reading){ .series = d->taps[p - d->profile->points].series, .mono = now,
	    .time = WALL + now / 1000, .value = { .kind = VALUE_F64, .d = figure } };
	n = derived_hear(derived, out, 1, now, out[0].time);
	return n == 2 && out[1].value.kind == VALUE_F64 ? out[1].value.d : NONE;
}

static bool
near(double is, double wanted)
{
	return is > wanted - 1e-9 && is < wanted + 1e-9;
}

/* 2 mg/m3 in 3000 m3/h over two stoves of 2000 m3/h are 1.5. */
static void
concentrations_are_converted_by_what_is_known(void)
{
	CHECK(strcmp(place("fume", "fume_ref", "stove = { count = 2; };", ""), "measured") == 0);
	CHECK(hear(0, "fume", 2) == NONE);
	CHECK(near(hear(0, "duct_flow", 3000), 1.5));
	CHECK(strcmp(place("fume", "fume_ref", "stove = { count = 2; }; flow = { rated = 4000; };",
	    "duct_flow"), "rated") == 0);
	CHECK(near(hear(0, "fume", 2), 2));
	/* and people see what it rests on */
	CHECK(strcmp(profile_point(devices[0].profile, "fume_ref")->en,
	    "converted concentration (rated)") == 0);
	CHECK(strcmp(profile_point(devices[0].profile, "fume_ref")->zh, "折算浓度 (按额定)") == 0);
	CHECK(strcmp(place("fume", "fume_ref", "stove = { count = 2; }; "
	    "flow = { declared = 2000; };", "duct_flow"), "declared") == 0);
	CHECK(near(hear(0, "fume", 2), 1));
	/* where the air is not known there is none, and never a 0 */
	CHECK(strcmp(place("fume", "fume_ref", "stove = { count = 2; };", "duct_flow"),
	    "absent") == 0);
	CHECK(strcmp(place("fume", "fume_ref", "flow = { rated = 4000; };", ""), "absent") == 0);
}

/* An hour with the fan on, half of it with the purifier. */
static void
the_linkage_ratio_is_of_the_time_of_the_fan(void)
{
	double last = 0;

	CHECK(strcmp(place("fume", "linkage", "", ""), "measured") == 0);
	for (int minute = 0; minute < 60; minute++) {
		now = minute * 60 * S;
		hear(1, "on", 1);
		hear(2, "on", minute < 30);
		last = hear(0, "fume", 1);
	}
	CHECK(last > 48 && last < 52);
	/* while the fan stands there is no ratio */
	for (int minute = 60; minute < 130; minute++) {
		now = minute * 60 * S;
		hear(1, "on", 0);
		hear(2, "on", 0);
		last = hear(0, "fume", 1);
	}
	CHECK(last == NONE);
}

static void
the_slope_of_a_weight_is_by_the_hour(void)
{
	double last = 0;

	CHECK(strcmp(place("gas", "weight_slope", "", ""), "measured") == 0);
	for (int minute = 0; minute < 120; minute++) {
		now = minute * 60 * S;
		last = hear(0, "net_weight", 10 - minute / 60.0);
		CHECK(minute > 50 || last == NONE);
	}
	CHECK(last > -1.001 && last < -0.999);
}

/* The zero of a gauge was set anew on the 16th. */
static void
a_level_is_that_of_the_zero_of_its_day(void)
{
	CHECK(strcmp(place("water", "water_level", "", ""), "absent") == 0);
	CHECK(strcmp(place("water", "water_level", "gauge = { zero = ( { from = \"2020-01-01\"; "
	    "value = 12.5; }, { from = \"2023-11-16\"; value = 12.25; } ); };", ""),
	    "measured") == 0);
	CHECK(near(hear(0, "level", 1.5), 14));
	now = 24 * HOUR - S;
	CHECK(near(hear(0, "level", 1.5), 14));
	now = 24 * HOUR;
	CHECK(near(hear(0, "level", 1.5), 13.75));
}

int
main(void)
{
	RUN(concentrations_are_converted_by_what_is_known);
	RUN(the_linkage_ratio_is_of_the_time_of_the_fan);
	RUN(the_slope_of_a_weight_is_by_the_hour);
	RUN(a_level_is_that_of_the_zero_of_its_day);
	return 0;
}
