#include <math.h>
#include <string.h>

#include "../../devices/push.h"
#include "../../protocols/pushed.h"
#include "../check.h"

#define S	1000000LL
#define WALL	1480000000000LL
#define MONO	(500 * S)
#define HEAD	"name = \"x\"; maker = \"m\"; model = \"x\"; family = \"fume\"; source = \"s\";\n" \
		"confidence = \"A\"; proto = \"push\";\n"

static unsigned char memory[4 << 20] __attribute__((aligned(16)));
static struct arena arena = { .at = memory, .cap = sizeof(memory) };
static struct err room[ERRS_MAX];
static struct errs errs = { .at = room };

static const char points[] = HEAD
    "points = (\n"
    " { name = \"fume\"; push = \"a34041-Rtd\"; unit = \"mg/m3\"; range = (0, 20);\n"
    "   sentinels = (-99); max_rate = 1.0; },\n"
    " { name = \"fan\"; push = \"SB1-RS\"; raw = \"bit\"; },\n"
    " { name = \"closed\"; push = \"SB2-RS\"; raw = \"bit\"; invert = true; },\n"
    " { name = \"state\"; push = \"p99101-Rtd\"; raw = \"string\"; },\n"
    " { name = \"dust\"; push = \"a34004-Rtd\"; unit = \"mg/m3\"; scale = 0.001; },\n"
    " { name = \"temp\"; push = \"/3303/0/5700\"; unit = \"degC\"; },\n"
    " { name = \"mode\"; push = \"mode\"; names = ( { number = 1; en = \"run\"; } ); },\n"
    " { name = \"gas\"; push = \"lel\"; unit = \"%LEL\"; sentinels = (-1); } );\n";

static const struct profile *
profile_of(const char *text)
{
	struct tree *tree = tree_parse(text, "x.conf", &arena, &errs);
	const struct profile *p;

	CHECK(tree != NULL);
	p = profile_read(tree, &arena, &errs);
	tree_close(tree);
	return p;
}

static int
bind(struct device *d, const struct profile *p, const char *more)
{
	char text[400];
	struct tree *tree;
	int rc;

	*d = (struct device){ .profile = NULL };
	snprintf(text, sizeof(text), "name = \"site/x\"; link = \"line\"; profile = \"x\"; %s",
	    more);
	tree = tree_parse(text, "t.conf", &arena, &errs);
	CHECK(tree != NULL);
	CHECK(key_load(tree_root(tree), device_keys, &d->conf, &arena, &errs) == 0);
	rc = device_bind(d, p, &pushed, &arena, &errs);
	for (size_t i = 0; rc == 0 && i < p->npoints; i++)
		d->taps[i].series = (uint32_t)i + 1;
	tree_close(tree);
	return rc;
}

static struct device *
the_device(const char *more)
{
	static struct device d;
	const struct profile *p;

	arena.used = 0;
	errs.n = 0;
	p = profile_of(points);
	CHECK(p != NULL);
	CHECK(bind(&d, p, more) == 0);
	return &d;
}

static struct reading
told_at(const struct device *d, struct push push, int64_t mono, uint8_t flags)
{
	const struct reading base = { .time = WALL + (mono - MONO) / 1000, .mono = mono,
	    .due = mono, .quality.flags = flags };
	struct reading r[2];

	CHECK(device_push(d, &push, 1, &base, r, 2) == 1);
	CHECK(r[0].mono == mono);
	return r[0];
}

static struct reading
told(const struct device *d, struct push push)
{
	return told_at(d, push, MONO, 0);
}

static struct reading
said(const struct device *d, const char *key, const char *text)
{
	return told(d, (struct push){ .key = key, .kind = PUSH_TEXT, .text = text });
}

static void
keys_lead_to_points(void)
{
	const struct device *d = the_device("heartbeat = \"60s\";");

	for (size_t i = 0; i < d->profile->npoints; i++)
		CHECK(push_point(d->profile, d->profile->points[i].push) ==
		    &d->profile->points[i]);
	CHECK(push_point(d->profile, "a34041-rtd") == NULL);
	CHECK(push_point(d->profile, "") == NULL);
	CHECK(push_point(d->profile, "zz") == NULL);
	CHECK(d->nblocks == 1 && d->address[0] == 0);
	CHECK(d->conf.period == 60 * S && device_silence(d) == 90 * S);
	CHECK(device_period(d, &d->profile->points[0]) == 60 * S);
}

static void
values_are_of_the_kind_of_their_point(void)
{
	static const struct {
		const char *key, *text;
		uint8_t code;
		double number;
	} rows[] = {
		{ "a34041-Rtd", "1.25", Q_GOOD, 1.25 }, { "a34041-Rtd", "1.234E-3", Q_GOOD, 1.234e-3 },
		{ "a34041-Rtd", "+7", Q_GOOD, 7 }, { "a34041-Rtd", "-.5", Q_OUT_OF_RANGE, -.5 },
		{ "a34041-Rtd", "20", Q_GOOD, 20 }, { "a34041-Rtd", "20.1", Q_OUT_OF_RANGE, 20.1 },
		{ "a34041-Rtd", "-99", Q_SENSOR_FAILURE, NAN },
		{ "a34041-Rtd", "", Q_SENSOR_FAILURE, NAN },
		{ "a34041-Rtd", "St", Q_SENSOR_FAILURE, NAN },
		{ "a34041-Rtd", "1.2.3", Q_SENSOR_FAILURE, NAN },
		{ "a34041-Rtd", "0x10", Q_SENSOR_FAILURE, NAN },
		{ "a34041-Rtd", "inf", Q_SENSOR_FAILURE, NAN },
		{ "a34041-Rtd", "nan", Q_SENSOR_FAILURE, NAN },
		{ "a34041-Rtd", "1e999", Q_SENSOR_FAILURE, NAN },
		{ "a34041-Rtd", "e", Q_SENSOR_FAILURE, NAN },
		{ "a34041-Rtd", "1 ", Q_SENSOR_FAILURE, NAN },
		{ "SB1-RS", "1", Q_GOOD, 1 }, { "SB1-RS", "0", Q_GOOD, 0 },
		{ "SB1-RS", "true", Q_GOOD, 1 }, { "SB1-RS", "2", Q_SENSOR_FAILURE, NAN },
		{ "SB2-RS", "0", Q_GOOD, 1 }, { "SB2-RS", "1", Q_GOOD, 0 },
		{ "a34004-Rtd", "35", Q_GOOD, 0.035 },
		{ "mode", "1", Q_GOOD, 1 }, { "mode", "2", Q_OUT_OF_RANGE, 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r = said(the_device(""), rows[i].key, rows[i].text);
		double number = NAN;

		value_number(&r.value, &number);
		CHECK(r.quality.code == rows[i].code);
		CHECK(isnan(rows[i].number) ? r.value.kind == VALUE_NONE :
		    fabs(number - rows[i].number) < 1e-12);
	}
}

static void
numbers_and_truths_come_without_text_too(void)
{
	const struct device *d = the_device("");
	struct reading r;

	r = told(d, (struct push){ .key = "a34041-Rtd", .kind = PUSH_NUMBER, .number = 3 });
	CHECK(r.quality.code == Q_GOOD && r.value.d == 3);
	r = told(d, (struct push){ .key = "a34041-Rtd", .kind = PUSH_NUMBER, .number = NAN });
	CHECK(r.quality.code == Q_SENSOR_FAILURE && r.value.kind == VALUE_NONE);
	r = told(d, (struct push){ .key = "SB1-RS", .kind = PUSH_BOOL, .number = 1 });
	CHECK(r.value.kind == VALUE_BOOL && r.value.b);
	r = told(d, (struct push){ .key = "SB1-RS", .kind = PUSH_NONE });
	CHECK(r.quality.code == Q_SENSOR_FAILURE);
	r = told(d, (struct push){ .key = "p99101-Rtd", .kind = PUSH_NUMBER, .number = 2.5 });
	CHECK(r.value.kind == VALUE_TEXT && strcmp(r.value.text, "2.5") == 0);
	r = told(d, (struct push){ .key = "p99101-Rtd", .kind = PUSH_NONE });
	CHECK(r.quality.code == Q_SENSOR_FAILURE);
}

static void
a_long_text_is_cut_between_two_letters(void)
{
	const struct device *d = the_device("");
	char text[200] = "";
	struct reading r;

	for (int i = 0; i < 40; i++)
		strcat(text, "油");
	r = said(d, "p99101-Rtd", text);
	CHECK(strlen(r.value.text) == 63 && strncmp(r.value.text, text, 63) == 0);
	r = said(d, "p99101-Rtd", text + 3 * 40 - 3 * 21);
	CHECK(strlen(r.value.text) == 63);
	memmove(text + 1, text, 120);
	text[0] = 'x';
	r = said(d, "p99101-Rtd", text);
	CHECK(strlen(r.value.text) == 61);
	r = said(d, "p99101-Rtd", "St");
	CHECK(strcmp(r.value.text, "St") == 0);
}

static void
units_of_one_dimension_convert(void)
{
	const struct device *d = the_device("");
	struct push p = { .key = "a34041-Rtd", .kind = PUSH_NUMBER, .number = 1500,
	    .unit = "ug/m3" };
	struct reading r = told(d, p);

	CHECK(r.quality.code == Q_GOOD && fabs(r.value.d - 1.5) < 1e-12);
	p.unit = "mg/m3";
	p.number = 1.5;
	CHECK(told(d, p).value.d == 1.5);
	p.unit = "";
	CHECK(told(d, p).value.d == 1.5);
	p.unit = "degC";
	CHECK(told(d, p).quality.code == Q_SENSOR_FAILURE);
	p.unit = "furlong";
	CHECK(told(d, p).quality.code == Q_SENSOR_FAILURE);
	p = (struct push){ .key = "/3303/0/5700", .kind = PUSH_NUMBER, .number = 300,
	    .unit = "K" };
	CHECK(fabs(told(d, p).value.d - 26.85) < 1e-9);
	p.unit = "degF";
	p.number = 212;
	CHECK(fabs(told(d, p).value.d - 100) < 1e-9);
}

/* A per cent is one of what the point is. */
static void
a_share_is_one_of_what_the_point_is(void)
{
	const struct device *d = the_device("");
	struct push p = { .key = "lel", .kind = PUSH_NUMBER, .number = 30, .unit = "%" };

	CHECK(told(d, p).quality.code == Q_GOOD && told(d, p).value.d == 30);
	p.unit = "%LEL";
	CHECK(told(d, p).value.d == 30);
	p.unit = "%RH";
	CHECK(told(d, p).quality.code == Q_SENSOR_FAILURE);
	p = (struct push){ .key = "/3303/0/5700", .kind = PUSH_NUMBER, .number = 30,
	    .unit = "%" };
	CHECK(told(d, p).quality.code == Q_SENSOR_FAILURE);
}

static enum push_fault
fault(const struct device *d, struct push p)
{
	return push_fault(push_point(d->profile, p.key), &p);
}

static void
why_it_is_no_figure_is_known(void)
{
	const struct device *d = the_device("");
	struct push p = { .key = "lel", .kind = PUSH_NUMBER, .number = 30, .unit = "%LEL" };

	CHECK(fault(d, p) == PUSH_FITS);
	p.unit = "ppm";
	CHECK(fault(d, p) == PUSH_OTHER_UNIT);
	p.number = -1;			/* its sensor says that it is broken */
	CHECK(fault(d, p) == PUSH_FITS);
	p = (struct push){ .key = "lel", .kind = PUSH_TEXT, .text = "hot" };
	CHECK(fault(d, p) == PUSH_NO_FIGURE);
	p.text = "3.5";
	CHECK(fault(d, p) == PUSH_FITS);
	p = (struct push){ .key = "lel", .kind = PUSH_TEXT, .text = "-", .mark = "D" };
	CHECK(fault(d, p) == PUSH_FITS);
	p = (struct push){ .key = "lel", .kind = PUSH_NONE, .unit = "ppm" };
	CHECK(fault(d, p) == PUSH_FITS);
	p = (struct push){ .key = "SB1-RS", .kind = PUSH_NUMBER, .number = 3 };
	CHECK(fault(d, p) == PUSH_NO_FIGURE);
	p = (struct push){ .key = "p99101-Rtd", .kind = PUSH_TEXT, .text = "any", .unit = "m" };
	CHECK(fault(d, p) == PUSH_FITS);
}

static void
marks_become_quality(void)
{
	static const struct {
		const char *mark;
		uint8_t code, flags;
		bool figure;
		char back;
	} rows[] = {
		{ "N", Q_GOOD, 0, true, 'N' }, { "", Q_GOOD, 0, true, 'N' },
		{ "F", Q_OUT_OF_SERVICE, 0, false, 'F' },
		{ "M", Q_GOOD, QF_MAINTENANCE, true, 'M' },
		{ "S", Q_GOOD, QF_MANUAL, true, 'S' },
		{ "D", Q_SENSOR_FAILURE, 0, false, 'D' },
		{ "C", Q_GOOD, QF_CALIBRATION, true, 'C' },
		{ "T", Q_OUT_OF_RANGE, 0, true, 'T' },
		{ "B", Q_COMM_FAILURE, 0, false, 'B' },
		{ "Td", Q_SENSOR_FAILURE, 0, false, 'D' },
		{ "P", Q_OUT_OF_SERVICE, 0, false, 'F' },
		{ "H", Q_OUT_OF_RANGE, 0, true, 'T' }, { "L", Q_OUT_OF_RANGE, 0, true, 'T' },
		{ "n", Q_STATUS_UNKNOWN, 0, true, 'B' },
		{ "zz", Q_STATUS_UNKNOWN, 0, true, 'B' },
	};
	const struct device *d = the_device("");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading r = told(d, (struct push){ .key = "mode", .kind = PUSH_TEXT,
		    .text = "1", .mark = rows[i].mark });

		CHECK(r.quality.code == rows[i].code && r.quality.flags == rows[i].flags);
		CHECK((r.value.kind != VALUE_NONE) == rows[i].figure);
		CHECK(quality_hj212(r.quality) == rows[i].back);
	}
}

static void
its_own_time_holds_unless_it_is_yet_to_come(void)
{
	const struct device *d = the_device("");
	struct push p = { .key = "mode", .kind = PUSH_NUMBER, .number = 1 };

	CHECK(told(d, p).time == WALL);
	p.time = WALL - 3600000;
	CHECK(told(d, p).time == WALL - 3600000);
	p.time = WALL + PUSH_AHEAD;
	CHECK(told(d, p).time == WALL + PUSH_AHEAD);
	p.time++;
	CHECK(told(d, p).time == WALL && told(d, p).quality.flags == QF_CLOCK_UNTRUSTED);
	/* who does not know the time himself believes it */
	CHECK(told_at(d, p, MONO, QF_CLOCK_UNTRUSTED).time == p.time);
}

/* Judged by when it was taken, and never against what is known of later. */
static void
jumps_are_judged_by_its_own_time(void)
{
	const struct device *d = the_device("");
	struct push p = { .key = "a34041-Rtd", .kind = PUSH_NUMBER, .number = 1 };

	CHECK(told_at(d, p, MONO, 0).quality.code == Q_GOOD);
	p.number = 10;				/* 9 in 2 s: 1 a second can be */
	CHECK(told_at(d, p, MONO + 2 * S, 0).quality.code == Q_JUMP);
	p.number = 19;
	p.time = WALL - 60000;			/* of the past: no jump from later */
	CHECK(told_at(d, p, MONO + 3 * S, 0).quality.code == Q_GOOD);
	p.time = WALL + 100000;
	p.number = 0;
	CHECK(told_at(d, p, MONO + 101 * S, 0).quality.code == Q_GOOD);
	/* a minute later by its own time, a second by ours */
	p.time = 0;
	p.number = 5;
	CHECK(told_at(d, p, MONO + 110 * S, 0).quality.code == Q_GOOD);
}

static void
what_has_no_point_or_is_out_of_service_is_passed_over(void)
{
	const struct device *d = the_device("disable = (\"fan\");");
	const struct push p[] = {
		{ .key = "nobody", .kind = PUSH_NUMBER, .number = 1 },
		{ .key = "SB1-RS", .kind = PUSH_NUMBER, .number = 1 },
		{ .key = "mode", .kind = PUSH_NUMBER, .number = 1 },
		{ .key = "mode", .kind = PUSH_NUMBER, .number = 2 },
		{ .key = "a34041-Rtd", .kind = PUSH_NUMBER, .number = 2 },
	};
	const struct reading base = { .time = WALL, .mono = MONO };
	struct reading r[5];

	CHECK(device_push(d, p, 5, &base, r, 5) == 3);
	CHECK(r[0].series == 7 && r[1].series == 7 && r[2].series == 1);
	CHECK(device_push(d, p, 5, &base, r, 2) == 2);
	CHECK(device_off(d, &base, r, 5) == 1 && r[0].quality.code == Q_OUT_OF_SERVICE);
	CHECK(the_device("enabled = false;")->nblocks == 0);
	CHECK(device_push(the_device("enabled = false;"), p, 5, &base, r, 5) == 0);
}

static void
all_of_it_goes_dark_as_one(void)
{
	const struct device *d = the_device("");
	const struct reading base = { .time = WALL, .mono = MONO,
	    .quality.code = Q_COMM_FAILURE };
	struct reading r[10];

	CHECK(device_bad(d, 0, &base, r, 10) == d->profile->npoints);
	CHECK(r[0].value.kind == VALUE_NONE && r[0].quality.code == Q_COMM_FAILURE);
}

static void
calibrations_and_marks_of_people_hold(void)
{
	struct device *d = the_device("calibration = ( { point = \"fume\"; before = (1, 2); "
	    "after = (2, 4); time = \"2026-11-25T10:20+08:00\"; who = \"li\"; standard = \"g\"; } );");
	struct reading r;

	device_mark(d, QF_MAINTENANCE);
	r = said(d, "a34041-Rtd", "3");
	CHECK(r.value.d == 6 && r.quality.flags == QF_MAINTENANCE);
}

static void
a_profile_is_told_or_read_as_a_whole(void)
{
	static const struct { const char *text, *says; } rows[] = {
		{ HEAD "points = ( { name = \"a\"; register = 1; raw = \"u16\"; } );\n",
		  "a: proto \"push\" has no registers: say its key" },
		{ HEAD "points = ( { name = \"a\"; push = \"k\"; }, { name = \"b\"; push = \"k\"; } );\n",
		  "b: push \"k\" is that of a already" },
		{ HEAD "points = ( { name = \"a\"; push = \"k\"; }, { name = \"a\"; push = \"l\"; } );\n",
		  "a: is in the list twice" },
		{ HEAD "points = ( { name = \"a\"; push = \"k\"; register = 3; } );\n",
		  "a: register goes with registers, not with push" },
		{ HEAD "points = ( { name = \"a\"; push = \"k\"; order = \"CDAB\"; } );\n",
		  "a: order goes with registers" },
		{ HEAD "points = ( { name = \"a\"; push = \"k l\"; } );\n", "is no key" },
		{ HEAD "points = ( { name = \"a\"; push = \"k\"; raw = \"u16\"; } );\n",
		  "a: raw of push \"u16\" is not known" },
		{ HEAD "points = ( { name = \"a\"; push = \"k\"; invert = true; } );\n",
		  "a: invert goes with raw = \"bit\"" },
		{ HEAD "points = ( { name = \"a\"; push = \"k\"; raw = \"string\"; unit = \"m\"; } );\n",
		  "a: unit goes with numbers" },
		{ HEAD "never = (7); points = ( { name = \"a\"; push = \"k\"; } );\n",
		  "x: proto \"push\" has no registers: blocks, never" },
		{ HEAD "points = ( { name = \"a\"; push = \"k\"; } );\n"
		  "vectors = ( { point = \"a\"; hex = \"00\"; value = 1; source = \"s\"; } );\n",
		  "vectors go with registers" },
		{ "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"fume\"; source = \"s\";\n"
		  "confidence = \"A\"; points = ( { name = \"a\"; push = \"k\"; } );\n",
		  "a: proto \"modbus\" is read by registers" },
		{ "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"fume\"; source = \"s\";\n"
		  "confidence = \"A\"; points = ( { name = \"a\"; raw = \"u16\"; } );\n",
		  "a: say where it stands: register" },
		{ "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"fume\"; source = \"s\";\n"
		  "confidence = \"A\"; points = ( { name = \"a\"; register = 3; } );\n",
		  "a: say how it is written: raw" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool said_so = false;

		arena.used = 0;
		errs.n = 0;
		CHECK(profile_of(rows[i].text) == NULL);
		for (size_t k = 0; k < errs.n; k++)
			said_so |= strstr(errs.at[k].text, rows[i].says) != NULL;
		CHECK(said_so);
	}
}

static void
a_device_has_a_heartbeat_or_a_period(void)
{
	const struct profile *p;
	struct device d;

	CHECK(the_device("")->conf.period == PUSH_SILENCE);
	CHECK(the_device("unit = \"866123456789012\";")->address[14] == '2');
	arena.used = 0;
	errs.n = 0;
	p = profile_of(points);
	CHECK(bind(&d, p, "period = \"60s\";") != 0);
	CHECK(strstr(errs.at[0].text, "has a heartbeat, and no period") != NULL);
	errs.n = 0;
	CHECK(bind(&d, p, "heartbeat = \"500ms\";") != 0);
	CHECK(strstr(errs.at[0].text, "below 1s") != NULL);
	errs.n = 0;
	CHECK(bind(&d, p, "unit = \"no blanks here\";") != 0);
	CHECK(bind(&d, p, "unit = \"12345678901234567890123456789012\";") != 0);
	errs.n = 0;
	p = profile_of("name = \"x\"; maker = \"m\"; model = \"x\"; family = \"fume\"; "
	    "source = \"s\"; confidence = \"A\"; unit = \"\";\n"
	    "points = ( { name = \"a\"; register = 1; raw = \"u16\"; } );\n");
	CHECK(bind(&d, p, "heartbeat = \"60s\";") != 0);
	CHECK(strstr(errs.at[0].text, "is asked: it has a period, and no heartbeat") != NULL);
}

/* A second reading of the same device, as for one that is extended. */
static void
binding_twice_changes_nothing(void)
{
	struct device *d = the_device("heartbeat = \"30s\";");

	CHECK(device_bind(d, d->profile, &pushed, &arena, &errs) == 0);
	CHECK(d->conf.period == 30 * S && d->nblocks == 1);
	CHECK(device_same(d, the_device("heartbeat = \"30s\";")));
}

int
main(void)
{
	RUN(keys_lead_to_points);
	RUN(values_are_of_the_kind_of_their_point);
	RUN(numbers_and_truths_come_without_text_too);
	RUN(a_long_text_is_cut_between_two_letters);
	RUN(units_of_one_dimension_convert);
	RUN(a_share_is_one_of_what_the_point_is);
	RUN(why_it_is_no_figure_is_known);
	RUN(marks_become_quality);
	RUN(its_own_time_holds_unless_it_is_yet_to_come);
	RUN(jumps_are_judged_by_its_own_time);
	RUN(what_has_no_point_or_is_out_of_service_is_passed_over);
	RUN(all_of_it_goes_dark_as_one);
	RUN(calibrations_and_marks_of_people_hold);
	RUN(a_profile_is_told_or_read_as_a_whole);
	RUN(a_device_has_a_heartbeat_or_a_period);
	RUN(binding_twice_changes_nothing);
	return 0;
}
