#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../conf/span.h"
#include "export_time.h"

#define ZONES	"/usr/share/zoneinfo/"

/* Two figures, or a colon and two.  -1: they are none. */
static int
two(const char **at, char before)
{
	const char *s = *at;

	if (before != '\0' && *s++ != before)
		return -1;
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	*at = s + 2;
	return (s[0] - '0') * 10 + s[1] - '0';
}

/* "+08:00" or "Z" in seconds; false: none. */
static bool
offset_parse(const char *s, long *seconds)
{
	int sign = *s == '-' ? -1 : 1, hours, minutes;

	*seconds = 0;
	if (strcmp(s, "Z") == 0)
		return true;
	if (*s++ != '+' && sign > 0)
		return false;
	hours = two(&s, '\0');
	minutes = hours >= 0 ? two(&s, ':') : -1;
	*seconds = sign * (hours * 3600L + minutes * 60L);
	return minutes >= 0 && minutes < 60 && hours <= 14 && *s == '\0';
}

static bool
is_zone(const char *zone)
{
	char path[300];

	if (zone[0] == '\0' || zone[0] == '/' || strstr(zone, "..") != NULL)
		return false;
	snprintf(path, sizeof(path), ZONES "%s", zone);
	return strlen(path) < sizeof(path) - 1 && access(path, R_OK) == 0;
}

bool
zone_set(const char *zone)
{
	char posix[40];
	long seconds;

	/* an offset of POSIX counts the other way round, and has a name */
	if (zone[0] != 'Z' && offset_parse(zone, &seconds)) {
		snprintf(posix, sizeof(posix), "<%.3s%s>%c%s", zone, zone + 4,
		    zone[0] == '+' ? '-' : '+', zone + 1);
		setenv("TZ", posix, 1);
	} else if (strcmp(zone, "UTC") == 0 || strcmp(zone, "Z") == 0)
		setenv("TZ", "UTC0", 1);
	else if (is_zone(zone))
		setenv("TZ", zone, 1);
	else
		return false;
	tzset();
	return true;
}

/* The time of day behind the date; leaves at behind it.  -1: none. */
static int
day_time(const char **at, struct tm *tm, int *ms)
{
	const char *s = *at + 1;
	int scale = 100;

	tm->tm_hour = two(&s, '\0');
	tm->tm_min = tm->tm_hour >= 0 ? two(&s, ':') : -1;
	if (tm->tm_min >= 0 && *s == ':')
		tm->tm_sec = two(&s, ':');
	if (tm->tm_hour > 23 || tm->tm_min < 0 || tm->tm_min > 59 || tm->tm_sec < 0 ||
	    tm->tm_sec > 60)
		return -1;
	if (*s == '.' || *s == ',') {
		if (s[1] < '0' || s[1] > '9')
			return -1;
		for (s++; *s >= '0' && *s <= '9'; s++, scale /= 10)
			*ms += (*s - '0') * scale;
	}
	*at = s;
	return 0;
}

static bool
date_parse(const char **at, struct tm *tm)
{
	const char *s = *at;
	int century = two(&s, '\0'), year = century >= 0 ? two(&s, '\0') : -1;

	tm->tm_mon = year >= 0 ? two(&s, '-') - 1 : -1;
	tm->tm_mday = tm->tm_mon >= 0 ? two(&s, '-') : 0;
	tm->tm_year = century * 100 + year - 1900;
	tm->tm_isdst = -1;
	*at = s;
	return tm->tm_mon >= 0 && tm->tm_mon < 12 && tm->tm_mday > 0;
}

bool
local_parse(const char *text, int64_t now, int64_t *ms)
{
	struct tm tm = { 0 }, given;
	const char *at = text;
	int fraction = 0;
	int64_t span;
	long offset = 0;
	time_t t;

	if (span_parse(text, &span) == 0) {
		*ms = now - span / 1000;
		return true;
	}
	if (!date_parse(&at, &tm) || ((*at == 'T' || *at == ' ') &&
	    day_time(&at, &tm, &fraction) < 0))
		return false;
	given = tm;
	if (*at != '\0' && !offset_parse(at, &offset))
		return false;
	t = *at != '\0' ? timegm(&tm) : mktime(&tm);
	*ms = ((int64_t)t - offset) * 1000 + fraction;
	/* 30 February has become a day of March */
	return tm.tm_mday == given.tm_mday && tm.tm_mon == given.tm_mon;
}

void
local_write(int64_t ms, char text[32])
{
	int64_t s = ms / 1000 - (ms % 1000 < 0);
	time_t t = (time_t)s;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || strftime(text, 32, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(text, 32, "%lld", (long long)ms);
	else
		snprintf(text + strlen(text), 32 - strlen(text), ".%03d", (int)(ms - s * 1000));
}
