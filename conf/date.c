#include <stdbool.h>
#include <string.h>

#include "date.h"

/* Years are counted from March, so that a leap day is the last of one, in eras of 400. */
#define ERA		146097		/* days */
#define TO_1970		719468		/* from 0000-03-01 */

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

int
date_month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

int64_t
date_number(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int m = month > 2 ? month - 3 : month + 9;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - TO_1970;
}

struct date
date_of(int64_t number)
{
	int64_t n = number + TO_1970, era = (n >= 0 ? n : n - (ERA - 1)) / ERA;
	int in = (int)(n - era * ERA);
	int y = (in - in / 1460 + in / 36524 - in / (ERA - 1)) / 365;
	int left = in - (365 * y + y / 4 - y / 100), m = (5 * left + 2) / 153;

	return (struct date){ .year = (int)(era * 400) + y + (m >= 10),
	    .month = m < 10 ? m + 3 : m - 9, .day = left - (153 * m + 2) / 5 + 1 };
}

int
date_read(const char *s, int64_t *number)
{
	int year, month, day;

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-')
		return -1;
	year = digits(s, 4);
	month = digits(s + 5, 2);
	day = digits(s + 8, 2);
	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > date_month_days(year, month))
		return -1;
	*number = date_number(year, month, day);
	return 0;
}
