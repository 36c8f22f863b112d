#include <math.h>
#include <string.h>

#include "../../devices/calibration.h"
#include "../../devices/step.h"
#include "../../devices/write.h"
#include "../check.h"
#include "bench_of.h"

static const char body[] = "points = (\n"
    "{ name = \"set\"; register = 3; raw = \"s16\"; scale = 0.1;\n"
    "  write = { function = 6; min = -5; max = 40; step = 0.5; }; },\n"
    "{ name = \"float\"; register = 4; raw = \"f32\"; order = \"CDAB\";\n"
    "  write = { function = 16; min = 0; max = 1000; }; },\n"
    "{ name = \"mode\"; register = 8; raw = \"bits\"; bits = (4, 4);\n"
    "  names = ({ number = 0; }, { number = 3; }); write = { function = 22; min = 0; max = 15; }; },\n"
    "{ name = \"coil\"; function = 1; register = 2; raw = \"bit\"; invert = true;\n"
    "  write = { function = 5; min = 0; max = 1; step = 1; }; },\n"
    "{ name = \"program\"; register = 11; raw = \"one-hot\"; bits = (4, 4); order = \"BA\";\n"
    "  write = { function = 22; min = 0; max = 3; }; },\n"
    "{ name = \"low\"; register = 12; raw = \"u8\"; write = { function = 22; min = 0; max = 9; }; },\n"
    "{ name = \"relay\"; register = 13; raw = \"s16\"; names = ({ number = 0; zh = \"断开\"; "
    "en = \"open\"; }, { number = 1; zh = \"闭合\"; en = \"closed\"; }, { number = -1; "
    "zh = \"闭合\"; en = \"closed\"; }); write = { function = 6; min = 0; max = 1; step = 1; }; },\n"
    "{ name = \"total\"; register = 9; raw = \"u32\"; order = \"ABCD\"; } );\n"
    "never = (0x2500);\n"
    "start = ( { function = 3; register = 0x2500; wait = \"2s\"; },\n"
    "  { function = 16; register = 0x1c; count = 2; data = \"0000 00F0\"; },\n"
    "  { function = 5; register = 1; data = \"FF\"; } );\n";

static const struct point *
find(const struct device *d, const char *name)
{
	return profile_point(d->profile, name);
}

static struct device *
fresh(const char *more)
{
	struct device *d = bench_of(body, more);

	if (d == NULL)
		fprintf(stderr, "%s\n", bench_says());
	CHECK(d != NULL);
	return d;
}

static void
limits_refuse_with_words(void)
{
	static const struct {
		const char	*point;
		double		 figure;
		const char	*says;		/* NULL: allowed */
	} rows[] = {
		{ "set", 21.5, NULL }, { "set", -5, NULL }, { "set", 40, NULL },
		{ "set", 40.5, "set: -5 to 40 may be written, not 40.5" },
		{ "set", -5.1, "not -5.1" }, { "set", 21.3, "only steps of 0.5 from -5 on" },
		{ "set", NAN, "this is no number" }, { "float", 0.1, NULL },
		{ "float", 1000.5, "0 to 1000" }, { "mode", 3, NULL },
		{ "mode", 5, "mode: 5 is none of its states" }, { "mode", 16, "0 to 15" },
		{ "coil", 1, NULL }, { "coil", 0.5, "only steps of 1" },
		{ "total", 1, "total cannot be written: its profile does not say how" },
	};
	const struct device *d = fresh("");
	char why[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = write_check(find(d, rows[i].point), rows[i].figure, why, sizeof(why));

		CHECK((rc == 0) == (rows[i].says == NULL));
		if (rc != 0 && strstr(why, rows[i].says) == NULL)
			fprintf(stderr, "row %zu: %s\n", i, why);
		CHECK(rc == 0 || strstr(why, rows[i].says) != NULL);
	}
}

/* Without a step a register still says only what it can say. */
static void
what_a_register_cannot_say_exactly_is_refused(void)
{
	const struct device *d = bench_of("points = ( { name = \"a\"; register = 0; raw = \"u16\";\n"
	    "scale = 0.1; write = { function = 6; min = 0; max = 100000; }; } );\n", "");
	char why[200];

	CHECK(d != NULL);
	CHECK(write_check(find(d, "a"), 5.3, why, sizeof(why)) == 0);
	CHECK(write_check(find(d, "a"), 5.03, why, sizeof(why)) == -1);
	CHECK(strcmp(why, "a: it can say 5, not 5.03") == 0);
	CHECK(write_check(find(d, "a"), 7000, why, sizeof(why)) == -1);
	CHECK(strcmp(why, "a: no register of it can say 7000") == 0);
}

static void
commands_are_those_of_the_standard(void)
{
	static const struct {
		const char	*point;
		double		 figure;
		uint8_t		 function;
		uint16_t	 number, count;
		uint8_t		 len, payload[4];
	} rows[] = {
		{ "set", 21.5, 6, 3, 1, 2, { 0x00, 0xD7 } },
		{ "set", -0.5, 6, 3, 1, 2, { 0xFF, 0xFB } },
		{ "float", 25, 16, 4, 2, 4, { 0x00, 0x00, 0x41, 0xC8 } },
		{ "mode", 3, 22, 8, 1, 4, { 0xFF, 0x0F, 0x00, 0x30 } },
		{ "low", 5, 22, 12, 1, 4, { 0xFF, 0x00, 0x00, 0x05 } },
		/* bit 6 of 4 to 7, and the low byte comes first */
		{ "program", 2, 22, 11, 1, 4, { 0x0F, 0xFF, 0x40, 0x00 } },
		{ "coil", 1, 5, 2, 1, 1, { 0x00 } },	/* it is turned round */
		{ "coil", 0, 5, 2, 1, 1, { 0x01 } },
	};
	const struct device *d = fresh("");
	uint8_t payload[RAW_BYTES_MAX];
	struct ask ask;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_ask(d, find(d, rows[i].point), rows[i].figure, payload, &ask);
		CHECK(ask.address[0] == 7 && ask.function == rows[i].function);
		CHECK(ask.number == rows[i].number && ask.count == rows[i].count);
		CHECK(ask.payload == payload && ask.payload_len == rows[i].len);
		CHECK(memcmp(payload, rows[i].payload, rows[i].len) == 0);
	}
}

static void
reading_back_proves_a_write(void)
{
	const struct device *d = fresh("");

	CHECK(write_proven(find(d, "set"), 21.5, (const uint8_t *)"\x00\xD7"));
	CHECK(!write_proven(find(d, "set"), 21.5, (const uint8_t *)"\x00\xD8"));
	CHECK(write_proven(find(d, "float"), 0.1, (const uint8_t *)"\xCC\xCD\x3D\xCC"));
	CHECK(!write_proven(find(d, "float"), 0.1, (const uint8_t *)"\x00\x00\x7F\xC0"));
	CHECK(write_proven(find(d, "coil"), 1, (const uint8_t *)"\x00"));
}

/* A register that is never to be touched may be a step of a start. */
static void
a_start_is_a_row_of_asks(void)
{
	const struct device *d = fresh("");
	const struct steps *start = &d->profile->start;
	struct ask ask;

	CHECK(start->n == 3 && start->at[0].wait == 2000000 && d->profile->stop.n == 0);
	CHECK(step_ask(start, 0, d->address, &ask));
	CHECK(ask.function == 3 && ask.number == 0x2500 && ask.count == 1);
	CHECK(ask.payload == NULL && ask.payload_len == 0 && ask.address[0] == 7);
	CHECK(step_ask(start, 1, d->address, &ask));
	CHECK(ask.function == 16 && ask.number == 0x1c && ask.count == 2);
	CHECK(ask.payload_len == 4 && memcmp(ask.payload, "\0\0\0\xF0", 4) == 0);
	CHECK(step_ask(start, 2, d->address, &ask));
	CHECK(ask.function == 5 && ask.payload_len == 1 && ask.payload[0] == 0xFF);
	CHECK(!step_ask(start, 3, d->address, &ask));
	CHECK(!step_ask(&d->profile->stop, 0, d->address, &ask));
}

#define CALIBRATION(point, time, before, after) \
	"{ point = \"" point "\"; time = \"" time "\"; who = \"张三\"; " \
	"standard = \"buffers 4.00 and 9.18, lot 7\"; before = " before "; after = " after "; }"

static double
figure(const struct device *d)
{
	static const uint8_t wire[40] = { [6] = 0x00, [7] = 70 };	/* 7.0 */
	struct reading r = bench_hear(d, "set", wire, 1);
	double x = NAN;

	CHECK(r.quality.code == Q_GOOD && value_number(&r.value, &x));
	return x;
}

static void
two_standards_turn_and_one_shifts(void)
{
	const struct device *d = fresh("calibration = (" CALIBRATION("set",
	    "2026-11-25T10:20+08:00", "(4.2, 9.2)", "(4.0, 9.0)") ");");
	const struct calibration *c = calibration_of(d, 0);

	CHECK(fabs(figure(d) - 6.8) < 1e-9);
	CHECK(c != NULL && c->time == 1795573200000 && strcmp(c->who, "张三") == 0);
	CHECK(c->n == 2 && c->before[1] == 9.2 && c->after[0] == 4 && calibration_of(d, 1) == NULL);
	d = fresh("calibration = (" CALIBRATION("set", "2026-11-25T02:20:00Z", "(4.0, 9.0)",
	    "(4.0, 10.0)") ");");
	CHECK(fabs(figure(d) - 7.6) < 1e-9);
	d = fresh("calibration = (" CALIBRATION("set", "2026-11-25T02:20:00Z", "(4.2)", "(4.0)")
	    ");");
	CHECK(fabs(figure(d) - 6.8) < 1e-9);
}

/* A new calibration replaces the old one, whatever their order in the file. */
static void
the_latest_calibration_holds(void)
{
	const struct device *d = fresh("calibration = ("
	    CALIBRATION("set", "2026-11-25T10:20+08:00", "(4.0)", "(5.0)") ",\n"
	    CALIBRATION("set", "2026-03-01T10:20+08:00", "(4.0)", "(4.5)") ");");

	CHECK(fabs(figure(d) - 8) < 1e-9);
}

static void
a_calibration_that_cannot_be_is_told(void)
{
	static const struct {
		const char *row, *says;
	} rows[] = {
		{ CALIBRATION("sat", "2026-11-25T10:20Z", "(4)", "(4)"), "no such point" },
		{ CALIBRATION("mode", "2026-11-25T10:20Z", "(4)", "(4)"), "no quantity" },
		{ CALIBRATION("set", "2026-11-25T10:20", "(4)", "(4)"), "time is a moment" },
		{ CALIBRATION("set", "2026-02-29T10:20Z", "(4)", "(4)"), "time is a moment" },
		{ CALIBRATION("set", "2026-11-25T10:20Z", "(4, 9)", "(4)"), "as many figures" },
		{ CALIBRATION("set", "2026-11-25T10:20Z", "(4, 4)", "(4, 9)"), "5 times" },
		{ CALIBRATION("set", "2026-11-25T10:20Z", "(4, 9)", "(9, 4)"), "5 times" },
		{ CALIBRATION("set", "2026-11-25T10:20Z", "(4, 5, 6)", "(4, 5, 6)"), "one number or" },
		{ "{ point = \"set\"; time = \"2026-11-25T10:20Z\"; who = \"\"; standard = \"b\"; "
		  "before = (1); after = (2); }", "say who did it" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char more[400];

		snprintf(more, sizeof(more), "calibration = (%s);", rows[i].row);
		CHECK(bench_of(body, more) == NULL);
		if (strstr(bench_says(), rows[i].says) == NULL)
			fprintf(stderr, "row %zu: %s\n", i, bench_says());
		CHECK(strstr(bench_says(), rows[i].says) != NULL);
	}
}

/* date -u -d ... +%s */
static void
moments_are_those_of_the_calendar(void)
{
	static const struct {
		const char	*text;
		int64_t		 s;		/* -1: none */
	} rows[] = {
		{ "1970-01-01T00:00Z", 0 }, { "2000-02-29T12:00:01Z", 951825601 },
		{ "2026-12-31T23:59:59+08:00", 1798732799 }, { "2024-03-01 00:00 -03:30", 1709263800 },
		{ "2100-02-29T00:00Z", -1 }, { "2026-11-25", -1 }, { "2026-11-25T10:20", -1 },
		{ "2026-13-01T00:00Z", -1 }, { "2026-11-25T24:00Z", -1 }, { "", -1 },
		{ "2026-11-25T10:20+8:00", -1 }, { "2026-11-25T10:20Zulu", -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ms = -1;
		int rc = moment_parse(rows[i].text, &ms);

		CHECK((rc == 0) == (rows[i].s >= 0));
		CHECK(rc != 0 || ms == rows[i].s * 1000);
	}
}

static void
states_have_names_and_a_switch_is_on_or_off(void)
{
	static const struct { const char *point, *text; double figure; } rows[] = {
		{ "relay", "closed", 1 }, { "relay", "断开", 0 }, { "relay", "on", 1 },
		{ "relay", "off", 0 }, { "relay", "1", 1 }, { "relay", "shut", -1 },
		{ "coil", "on", 1 }, { "mode", "on", -1 }, { "set", "on", -1 },
		{ "set", "21.5", 21.5 }, { "low", "off", -1 },
	};
	struct device *d = fresh("");
	char text[40], small[8];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double figure = -1;
		int rc = write_figure(find(d, rows[i].point), rows[i].text, &figure);

		CHECK((rc == 0) == (rows[i].figure >= 0));
		CHECK(rc != 0 || figure == rows[i].figure);
	}
	CHECK(strcmp(write_states(find(d, "relay"), text, sizeof(text)), "open|closed") == 0);
	CHECK(strcmp(write_states(find(d, "relay"), small, sizeof(small)), "open") == 0);
	CHECK(write_states(find(d, "mode"), text, sizeof(text))[0] == '\0');
	CHECK(write_states(find(d, "set"), text, sizeof(text))[0] == '\0');
}

int
main(void)
{
	RUN(states_have_names_and_a_switch_is_on_or_off);
	RUN(limits_refuse_with_words);
	RUN(what_a_register_cannot_say_exactly_is_refused);
	RUN(commands_are_those_of_the_standard);
	RUN(reading_back_proves_a_write);
	RUN(a_start_is_a_row_of_asks);
	RUN(two_standards_turn_and_one_shifts);
	RUN(the_latest_calibration_holds);
	RUN(a_calibration_that_cannot_be_is_told);
	RUN(moments_are_those_of_the_calendar);
	return 0;
}
