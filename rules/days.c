#include <stddef.h>
#include <string.h>

#include "days.h"

#define DAY_MINUTES	(24 * 60)

static int
two_figures(const char *s)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	return (s[0] - '0') * 10 + s[1] - '0';
}

int
days_minute(const char *s)
{
	int hour, minute;

	if (strlen(s) != 5 || s[2] != ':')
		return -1;
	hour = two_figures(s);
	minute = two_figures(s + 3);
	if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > DAY_MINUTES)
		return -1;
	return hour * 60 + minute;
}

/* The day that a text begins with, from Monday; -1: none. */
static int
day_of(const char *s)
{
	static const char names[] = "montuewedthufrisatsun";

	for (int i = 0; i < 7; i++)
		if (strncmp(s, names + i * 3, 3) == 0)
			return i;
	return -1;
}

/* Over the end of the week too: sat-mon. */
static int
from_to(int from, int to)
{
	int days = 1 << from;

	while (from != to) {
		from = (from + 1) % 7;
		days |= 1 << from;
	}
	return days;
}

int
days_week(const char *s)
{
	int days = 0;

	for (;;) {
		int from = day_of(s), to = from;

		if (from < 0)
			return -1;
		s += 3;
		if (*s == '-') {
			to = day_of(s + 1);
			if (to < 0)
				return -1;
			s += 4;
		}
		days |= from_to(from, to);
		if (*s == '\0')
			return days;
		if (*s++ != ',')
			return -1;
		s += strspn(s, " ");
	}
}
