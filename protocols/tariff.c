#include <stdio.h>
#include <string.h>

#include "../conf/date.h"
#include "../conf/span.h"
#include "tariff.h"
#include "traffic.h"

#define SIZE_TEXT	32

/* "month", "3months"; -1: none that years are made of. */
static int
parse_months(const char *text, unsigned *months)
{
	unsigned n = 0;

	if (strcmp(text, "year") == 0) {
		*months = 12;
		return 0;
	}
	if (*text == '0')
		return -1;
	for (; *text >= '0' && *text <= '9' && n <= 12; text++)
		n = 10 * n + (unsigned)(*text - '0');
	if (n == 0)
		n = 1;
	if (strcmp(text, n == 1 ? "month" : "months") != 0 || n > 12 || 12 % n != 0)
		return -1;
	*months = n;
	return 0;
}

int
tariff_parse(const char *text, struct tariff *t)
{
	const char *slash = strchr(text, '/');
	char size[SIZE_TEXT];

	if (slash == NULL || (size_t)(slash - text) >= sizeof(size))
		return -1;
	snprintf(size, sizeof(size), "%.*s", (int)(slash - text), text);
	if (size_parse(size, &t->bytes) != 0 || t->bytes <= 0)
		return -1;
	if (strcmp(slash + 1, "day") == 0) {
		t->months = 0;
		return 0;
	}
	return parse_months(slash + 1, &t->months);
}

static int
day_number(uint32_t day)
{
	return (int)date_number((int)(day / 10000), (int)(day / 100 % 100), (int)(day % 100));
}

static uint32_t
day_of(int number)
{
	struct date d = date_of(number);

	return (uint32_t)d.year * 10000 + (uint32_t)d.month * 100 + (uint32_t)d.day;
}

int
tariff_days(uint32_t from, uint32_t to)
{
	return day_number(to) - day_number(from);
}

/* The bill of the month in whose begin a day is not: that of its day before. */
static uint32_t
month_before(uint32_t begin, unsigned billing_day)
{
	return traffic_month(day_of(day_number(begin) - 1), billing_day);
}

/* Of a bill that begins on the first because its month is too short, the month is
 * the one before. */
static unsigned
month_of(uint32_t begin, unsigned billing_day)
{
	unsigned month = begin / 100 % 100;

	return begin % 100 < billing_day ? (month + 10) % 12 + 1 : month;
}

uint32_t
tariff_begin(const struct tariff *t, uint32_t day)
{
	uint32_t begin;

	if (t->months == 0)
		return day;
	begin = traffic_month(day, t->day);
	while ((month_of(begin, t->day) + 12 - t->month) % t->months != 0)
		begin = month_before(begin, t->day);
	return begin;
}

uint32_t
tariff_end(const struct tariff *t, uint32_t day)
{
	int at = day_number(tariff_begin(t, day));
	uint32_t end;

	if (t->months == 0)
		return day_of(at + 1);
	at += (int)t->months * 28;
	do
		end = tariff_begin(t, day_of(at++));
	while (end <= day);
	return end;
}

double
tariff_length(const struct tariff *t)
{
	return t->months == 0 ? 1 : t->months * 365.2425 / 12;
}
