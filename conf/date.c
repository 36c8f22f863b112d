#include <stdbool.h>
#include <string.h>

#include "date.h"

/* As many digits as are asked for; -1: others stand there. */
static int
digits(const char *s, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int
days_of_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

static int64_t
days_before(int year)
{
	int64_t y = year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400;
}

int
date_read(const char *s, int64_t *day)
{
	int year, month, d;

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-')
		return -1;
	year = digits(s, 4);
	month = digits(s + 5, 2);
	d = digits(s + 8, 2);
	if (year < 1970 || month < 1 || month > 12 || d < 1 || d > days_of_month(year, month))
		return -1;
	*day = days_before(year) - days_before(1970) + d - 1;
	for (int m = 1; m < month; m++)
		*day += days_of_month(year, m);
	return 0;
}
