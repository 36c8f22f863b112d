#include <string.h>

#include "../../gateway/export_time.h"
#include "../check.h"

#define NOW	1795635368721LL

static int64_t
at(const char *text)
{
	int64_t ms = -1;

	if (!local_parse(text, NOW, &ms))
		fprintf(stderr, "%s\n", text);
	return ms;
}

static bool
none(const char *text)
{
	int64_t ms;

	return !local_parse(text, NOW, &ms);
}

static const char *
written(int64_t ms)
{
	static char text[32];

	local_write(ms, text);
	return text;
}

static void
times_with_a_zone_of_their_own(void)
{
	CHECK(zone_set("Asia/Shanghai"));
	CHECK(at("2026-11-25T19:36:08.721Z") == NOW);
	CHECK(at("2026-11-26T03:36:08.721+08:00") == NOW);
	CHECK(at("2026-11-25 14:06:08.721-05:30") == NOW);
	CHECK(at("2026-11-25T19:36Z") == NOW - 8721);
	CHECK(at("1970-01-01T00:00:00Z") == 0);
	CHECK(at("1969-12-31T23:59:59.500Z") == -500);
}

static void
times_of_the_process(void)
{
	CHECK(zone_set("Asia/Shanghai"));
	CHECK(at("2026-11-26 03:36:08.721") == NOW);
	CHECK(at("2026-11-26T03:36:08,721") == NOW);
	CHECK(at("2026-11-26") == NOW - 12968721);
	CHECK(zone_set("+08:00") && at("2026-11-26 03:36:08.721") == NOW);
	CHECK(zone_set("-05:30") && at("2026-11-25 14:06:08.721") == NOW);
	CHECK(zone_set("UTC") && at("2026-11-25 19:36:08.721") == NOW);
	/* in summer another offset */
	CHECK(zone_set("Europe/Berlin"));
	CHECK(at("2026-07-01 12:00") == at("2026-07-01T10:00Z"));
	CHECK(at("2026-12-01 12:00") == at("2026-12-01T11:00Z"));
}

static void
spans_are_before_now(void)
{
	CHECK(at("1s") == NOW - 1000);
	CHECK(at("1d") == NOW - 86400000);
	CHECK(at("0s") == NOW);
}

static void
no_such_times(void)
{
	static const char *const texts[] = { "", "now", "2026", "2026-11", "2026-02-30",
	    "2026-13-01", "2026-00-01", "2026-11-00", "2026-11-25T", "2026-11-25T24:00",
	    "2026-11-25T10", "2026-11-25T10:60", "2026-11-25T10:00:61", "2026-11-25T10:00:00.",
	    "2026-11-25T10:00+8", "2026-11-25T10:00+15:00", "2026-11-25T10:00Zz",
	    "2026-11-25T10:00 ", "x2026-11-25", "25.11.2026", "-1d" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!none(texts[i]))
			fprintf(stderr, "\"%s\"\n", texts[i]);
		CHECK(none(texts[i]));
	}
}

static void
no_such_zones(void)
{
	CHECK(!zone_set("") && !zone_set("Nowhere/City") && !zone_set("../../etc/passwd"));
	CHECK(!zone_set("/etc/passwd") && !zone_set("+8") && !zone_set("+99:00"));
}

static void
what_is_written_is_read(void)
{
	static const char *const zones[] = { "UTC", "Asia/Shanghai", "-03:30", "Europe/Berlin" };

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		CHECK(zone_set(zones[i]));
		CHECK(at(written(NOW)) == NOW && at(written(0)) == 0 && at(written(-1)) == -1);
	}
	CHECK(zone_set("Asia/Shanghai"));
	CHECK(strcmp(written(NOW), "2026-11-26 03:36:08.721") == 0);
}

int
main(void)
{
	RUN(times_with_a_zone_of_their_own);
	RUN(times_of_the_process);
	RUN(spans_are_before_now);
	RUN(no_such_times);
	RUN(no_such_zones);
	RUN(what_is_written_is_read);
	return 0;
}
