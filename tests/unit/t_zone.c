#include <stdlib.h>
#include <time.h>

#include "../../gateway/clock.h"
#include "../../gateway/zone_table.h"
#include "../check.h"
#include "../sim/chance.h"

#define MINUTE	60000LL
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

/* Those with an odd hour, half an hour of summer, midnights that come twice
 * or not at all, a day that never was, and none of it. */
static const char *const zones[] = {
	"Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns",
	"Australia/Lord_Howe", "America/Havana", "America/Santiago", "Asia/Beirut",
	"Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "Antarctica/Troll",
	"America/Scoresbysund", "Asia/Gaza", "Pacific/Chatham"
};

#define NZONES	(sizeof(zones) / sizeof(zones[0]))

/* 0 where the machine has no such zone. */
static int
take_zone(const char *name, struct zone *z)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	fclose(f);
	clock_zone(name);
	zone_table(z);
	return 1;
}

static int64_t
moment(int year, int month, int day, int hour, int minute)
{
	struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day,
	    .tm_hour = hour, .tm_min = minute };

	return (int64_t)timegm(&tm) * 1000;
}

static void
the_table_is_that_of_the_system(void)
{
	struct chance c = { 1 };
	struct zone z;

	for (size_t i = 0; i < NZONES; i++) {
		if (!take_zone(zones[i], &z))
			continue;
		for (int k = 0; k < 20000; k++) {
			int64_t at = (int64_t)(chance_next(&c) % UINT32_MAX);
			time_t t = (time_t)at;
			struct tm tm;

			localtime_r(&t, &tm);
			CHECK(zone_offset(&z, at * 1000) == tm.tm_gmtoff * 1000);
			CHECK(zone_minute(&z, at * 1000) == tm.tm_hour * 60 + tm.tm_min);
			CHECK(zone_weekday(&z, at * 1000) == (tm.tm_wday + 6) % 7);
		}
		zone_table_free(&z);
	}
}

/* Whoever asks from within an interval hears of the same one, and the moment
 * behind it begins the next. */
static void
check_interval(struct interval part, struct interval again, struct interval next, int64_t at)
{
	CHECK(part.from <= at && at < part.to);
	CHECK(again.from == part.from && again.to == part.to);
	CHECK(next.from == part.to && next.to > next.from);
}

static void
look_around(const struct zone *z, int64_t at)
{
	static const int64_t lengths[] = { MINUTE, 5 * MINUTE, 12 * MINUTE, 30 * MINUTE, HOUR };
	struct interval hour = zone_slice(z, at, HOUR), day, part;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		part = zone_slice(z, at, lengths[i]);
		check_interval(part, zone_slice(z, part.to - 1, lengths[i]),
		    zone_slice(z, part.to, lengths[i]), at);
		check_interval(part, zone_slice(z, part.from, lengths[i]),
		    zone_slice(z, part.to, lengths[i]), at);
		CHECK(part.to - part.from <= lengths[i]);
		CHECK(hour.from <= part.from && part.to <= hour.to);
	}
	for (int64_t start = 0; start < DAY; start += 8 * HOUR) {
		day = zone_day(z, at, start);
		check_interval(day, zone_day(z, day.from, start), zone_day(z, day.to, start), at);
		check_interval(day, zone_day(z, day.to - 1, start), zone_day(z, day.to, start),
		    at);
		CHECK(day.from <= hour.from && hour.to <= day.to);
	}
}

static void
intervals_join_without_a_gap(void)
{
	struct chance c = { 2 };
	struct zone z;

	for (size_t i = 0; i < NZONES; i++) {
		if (!take_zone(zones[i], &z))
			continue;
		for (int k = 0; k < 3000; k++)
			look_around(&z, (int64_t)(chance_next(&c) % UINT32_MAX) * 1000);
		for (size_t k = 0; k < z.n; k++)
			for (int64_t near = -26 * HOUR; near <= 26 * HOUR; near += 17 * MINUTE)
				look_around(&z, z.changes[k].at + near);
		zone_table_free(&z);
	}
}

static void
days_have_their_hours(void)
{
	struct interval day;
	struct zone z;

	if (!take_zone("Europe/Berlin", &z))
		return;
	day = zone_day(&z, moment(2026, 3, 29, 12, 0), 0);
	CHECK(day.from == moment(2026, 3, 28, 23, 0) && day.to - day.from == 23 * HOUR);
	day = zone_day(&z, moment(2026, 10, 25, 12, 0), 0);
	CHECK(day.from == moment(2026, 10, 24, 22, 0) && day.to - day.from == 25 * HOUR);
	day = zone_day(&z, moment(2026, 10, 25, 1, 0), 8 * HOUR);	/* since the day before */
	CHECK(day.from == moment(2026, 10, 24, 6, 0) && day.to == moment(2026, 10, 25, 7, 0));
	zone_table_free(&z);
	CHECK(take_zone("Asia/Shanghai", &z));
	day = zone_day(&z, moment(2026, 11, 25, 1, 0), 8 * HOUR);
	CHECK(day.from == moment(2026, 11, 25, 0, 0) && day.to == moment(2026, 11, 26, 0, 0));
	day = zone_day(&z, moment(2026, 11, 24, 23, 59), 8 * HOUR);
	CHECK(day.to == moment(2026, 11, 25, 0, 0));
	zone_table_free(&z);
}

/* In Newfoundland clocks went back at 00:01, to the day before. */
static void
clocks_set_back_over_midnight_begin_the_day_once(void)
{
	struct interval day;
	struct zone z;

	if (!take_zone("America/St_Johns", &z))
		return;
	day = zone_day(&z, moment(2005, 10, 30, 2, 45), 0);	/* 23:15 again */
	CHECK(day.from == moment(2005, 10, 30, 2, 30) && day.to - day.from == 25 * HOUR);
	CHECK(zone_day(&z, moment(2005, 10, 30, 2, 29), 0).to == day.from);
	zone_table_free(&z);
}

static void
the_hour_that_comes_twice_is_two(void)
{
	struct interval a, b;
	struct zone z;

	if (!take_zone("Australia/Lord_Howe", &z))
		return;
	a = zone_slice(&z, moment(2026, 4, 4, 14, 30), HOUR);	/* 01:30, then again */
	b = zone_slice(&z, moment(2026, 4, 4, 15, 10), HOUR);
	CHECK(a.to - a.from == HOUR && a.to == b.from && b.to - b.from == HOUR / 2);
	zone_table_free(&z);
}

int
main(void)
{
	RUN(the_table_is_that_of_the_system);
	RUN(intervals_join_without_a_gap);
	RUN(days_have_their_hours);
	RUN(clocks_set_back_over_midnight_begin_the_day_once);
	RUN(the_hour_that_comes_twice_is_two);
	return 0;
}
