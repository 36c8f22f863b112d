#include <locale.h>
#include <string.h>
#include <time.h>

#include "../../gateway/text.h"
#include "../../gateway/words/live.h"
#include "../../rules/class.h"
#include "../check.h"

#define NOON	1796385600000LL		/* UTC ms: 2026-12-04 12:00:00 */

static struct live live;
static char said[16384];

/* What the table says at a moment. */
static const char *
table(enum live_style style, int64_t wall)
{
	FILE *f = fmemopen(said, sizeof(said), "w");

	CHECK(f != NULL);
	live_write(&live, f, style, wall);
	fclose(f);
	return said;
}

static const char *
line(const struct entry *e)
{
	FILE *f = fmemopen(said, sizeof(said), "w");

	CHECK(f != NULL);
	live_line(&live, f, e);
	fclose(f);
	return said;
}

static void
is(const char *got, const char *wanted)
{
	if (strcmp(got, wanted) != 0)
		fprintf(stderr, "got:\n%s\nwanted:\n%s\n", got, wanted);
	CHECK(strcmp(got, wanted) == 0);
}

static void
series(uint32_t id, const char *device, const char *point, const char *unit, int8_t decimals)
{
	const struct series s = { .id = id, .decimals = decimals, .device = device,
	    .point = point, .unit = unit, .raw = "" };

	live_series(&live, &s);
}

static struct entry
reading(uint32_t id, double figure, uint8_t code, int64_t time)
{
	struct entry e = { .kind = ENTRY_READING, .reading = { .series = id, .time = time,
	    .value = { .kind = VALUE_F64, .d = figure }, .quality = { .code = code } } };

	if (code != Q_GOOD)
		e.reading.value.kind = VALUE_NONE;
	return e;
}

static void
take(uint32_t id, double figure, uint8_t code, int64_t time)
{
	struct entry e = reading(id, figure, code, time);

	live_entry(&live, &e);
}

static struct entry
alarm_of(bool active, uint8_t flags)
{
	return (struct entry){ .kind = ENTRY_ALARM, .flags = flags, .stored = NOON,
	    .alarm = { .rule = "fume-high", .device = "kitchen/fume", .priority = PRIORITY_HIGH,
	    .class = CLASS_ENVIRONMENT,
	    .event = active ? ALARM_EV_ENTER : ALARM_EV_LEAVE, .time = NOON, .text_en = "fume 3.40 mg/m3",
	    .text_zh = "油烟 3.40 mg/m3", .who = "",
	    .alarm = { .active = active, .unacked = active, .count = 1 } } };
}

static void
alarm(bool active, uint8_t flags)
{
	struct entry e = alarm_of(active, flags);

	live_entry(&live, &e);
}

static void
fresh(void)
{
	live_free(&live);
	live_init(&live);
	series(1, "kitchen/fume", "fume", "mg/m3", 2);
	series(2, "river/ph", "temp", "degC", 1);
}

#define HEADING	"device              point                  value unit    quality               age\n"
#define FUME	"kitchen/fume        fume                    0.93 mg/m³   good                1.5 s\n"

static void
plain_lines(void)
{
	fresh();
	is(table(LIVE_PLAIN, NOON), "no alarm\n\n" HEADING);
	take(1, 0.9301, Q_GOOD, NOON - 1500);
	is(table(LIVE_PLAIN, NOON), "no alarm\n\n" HEADING FUME);
	take(2, 0, Q_COMM_FAILURE, NOON - 60000);
	is(table(LIVE_PLAIN, NOON), "no alarm\n\n" HEADING FUME
	    "river/ph            temp                         ℃       comm-failure       60.0 s\n");
	CHECK(live.readings == 2 && live.bad == 1);
}

static void
alarms_stand_on_top(void)
{
	fresh();
	alarm(true, 0);
	is(table(LIVE_PLAIN, NOON),
	    "12:00:00  UNACK  high     fume-high   fume 3.40 mg/m3\n\n" HEADING);
	CHECK(live.raised == 1 && live.cleared == 0);
	alarm(false, 0);
	is(table(LIVE_PLAIN, NOON), "no alarm\n\n" HEADING);
	CHECK(live.raised == 1 && live.cleared == 1);
	alarm(true, ENTRY_SNAPSHOT);	/* restated: nothing happened */
	CHECK(live.raised == 1 && live.nalarms == 1);
	alarm(true, 0);			/* and only now it is told */
	CHECK(live.raised == 2 && live.nalarms == 1);
}

static void
a_table_for_a_terminal(void)
{
	fresh();
	take(1, 0.9301, Q_GOOD, NOON - 1500);
	take(2, 0, Q_COMM_FAILURE, NOON);
	alarm(true, 0);
	is(table(LIVE_TABLE, NOON), "\033[H"
	    "\033[1;31m12:00:00  UNACK  high     fume-high   fume 3.40 mg/m3\033[0m\033[K\n"
	    "\033[K\n"
	    "\033[1mdevice              point                  value unit    quality         "
	    "      age\033[0m\033[K\n"
	    "kitchen/fume        fume                    0.93 mg/m³   good                1.5 s"
	    "\033[0m\033[K\n"
	    "\033[2mriver/ph            temp                         ℃       comm-failure    "
	    "    0.0 s\033[0m\033[K\n"
	    "\033[J");
}

static size_t
lines_of(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == '\n';
	return n;
}

static void
a_table_keeps_within_the_screen(void)
{
	char point[16];

	fresh();
	for (uint32_t i = 3; i <= 40; i++) {
		snprintf(point, sizeof(point), "p%u", i);
		series(i, "plant", point, "", 0);
		take(i, i, Q_GOOD, NOON);
	}
	for (live.lines = 1; live.lines < 60; live.lines++)
		CHECK(lines_of(table(LIVE_TABLE, NOON)) <= (live.lines < 5 ? 4 : live.lines - 1));
	live.lines = 24;
	CHECK(strstr(table(LIVE_TABLE, NOON), "and 19 more") != NULL);
	CHECK(lines_of(said) == 23);
	live.lines = 100;
	CHECK(strstr(table(LIVE_TABLE, NOON), "more") == NULL);
}

static void
one_line_an_entry(void)
{
	struct entry e;

	fresh();
	e = reading(1, 0.5, Q_GOOD, NOON);
	is(line(&e), "12:00:00 kitchen/fume.fume 0.50 mg/m³ good\n");
	e = reading(2, 0, Q_REFUSED, NOON);
	is(line(&e), "12:00:00 river/ph.temp - ℃ refused\n");
	e = alarm_of(true, 0);
	is(line(&e), "12:00:00 ALARM UNACK fume-high fume 3.40 mg/m3\n");
	e = (struct entry){ .kind = ENTRY_NOTE, .stored = NOON, .note = { "link", "a\033[2Jb" } };
	is(line(&e), "12:00:00 link: a\\x1b[2Jb\n");
	e = (struct entry){ .kind = ENTRY_RECORD, .stored = NOON, .record = { .kind = "fill",
	    .key = "k1", .nfields = 1, .fields = { { "kg", "14.5" } } } };
	is(line(&e), "12:00:00 record fill k1 kg=14.5\n");
}

static void
a_device_is_good_when_all_its_points_are(void)
{
	size_t n;

	fresh();
	series(3, "river/ph", "ph", "pH", 2);
	take(1, 1, Q_GOOD, NOON);
	take(2, 1, Q_GOOD, NOON);
	CHECK(live_good_devices(&live, &n) == 1 && n == 2);	/* ph not seen yet */
	take(3, 7, Q_GOOD, NOON);
	CHECK(live_good_devices(&live, &n) == 2 && n == 2);
	take(2, 0, Q_SENSOR_FAILURE, NOON);
	CHECK(live_good_devices(&live, &n) == 1 && n == 2);
	take(2, 1, Q_AFTER_BARRIER, NOON);
	CHECK(live_good_devices(&live, &n) == 1);
}

/* What a device or a person wrote moves no cursor of the terminal. */
static void
texts_from_outside_are_harmless(void)
{
	struct entry e = { .kind = ENTRY_READING, .stored = NOON, .reading = { .series = 1,
	    .time = NOON, .value = { .kind = VALUE_TEXT, .text = "a\033[2J\nb" } } };

	fresh();
	live_entry(&live, &e);
	CHECK(strchr(table(LIVE_PLAIN, NOON), '\033') == NULL);
	CHECK(strchr(line(&e), '\033') == NULL && strstr(said, "[2J") != NULL);
	CHECK(strchr(said, '\n') == said + strlen(said) - 1);
	e.kind = ENTRY_RECORD;
	e.record = (struct record){ .kind = "fill", .key = "\033]0;x", .nfields = 1 };
	e.record.fields[0] = (struct record_field){ .name = "who", .value = "Li\r\033[1A" };
	CHECK(strchr(line(&e), '\033') == NULL && strchr(said, '\r') == NULL);
}

/* Series may come with gaps between their numbers and in any number. */
static void
a_series_nobody_named_is_no_device(void)
{
	struct entry e = reading(700, 1, Q_GOOD, NOON);
	char name[20];
	size_t n;

	fresh();
	for (uint32_t i = 3; i < 500; i++) {
		snprintf(name, sizeof(name), "site/%u", i);
		series(2 * i, name, "p", "", 0);
		take(2 * i, i, Q_GOOD, NOON);
	}
	CHECK(live_good_devices(&live, &n) == 497 && n == 499);
	live_entry(&live, &e);
	e.reading.series = 701;
	CHECK(strstr(line(&e), "site/") == NULL);
	e.reading.series = 4000000;
	CHECK(strstr(line(&e), ".") == NULL);
}

static void
chinese_takes_two_columns(void)
{
	setenv("LANG", "zh_CN.UTF-8", 1);
	text_open();
	CHECK(bindtextdomain("tidegate", "build/locale") != NULL);
	CHECK(text_chinese());
	fresh();
	take(1, 0.9301, Q_GOOD, NOON - 1500);
	alarm(true, 0);
	is(table(LIVE_PLAIN, NOON),
	    "12:00:00  UNACK  高       fume-high   油烟 3.40 mg/m3\n\n"
	    "设备                测点                    数值 单位    质量                 时效\n"
	    "kitchen/fume        fume                    0.93 mg/m³   正常                1.5 s\n");
}

int
main(void)
{
	unsetenv("LC_ALL");
	unsetenv("LC_MESSAGES");
	unsetenv("LANGUAGE");
	setenv("LANG", "C", 1);
	setenv("TZ", "UTC", 1);
	tzset();
	text_open();
	RUN(plain_lines);
	RUN(alarms_stand_on_top);
	RUN(a_table_for_a_terminal);
	RUN(a_table_keeps_within_the_screen);
	RUN(one_line_an_entry);
	RUN(a_device_is_good_when_all_its_points_are);
	RUN(texts_from_outside_are_harmless);
	RUN(a_series_nobody_named_is_no_device);
	RUN(chinese_takes_two_columns);
	live_free(&live);
	return 0;
}
