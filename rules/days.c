#include <stddef.h>
#include <string.h>

#include "days.h"

/* Two figures, up to most. */
static int
take_two(const char **at, int most)
{
	const char *s = *at;
	int n;

	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	n = (s[0] - '0') * 10 + s[1] - '0';
	*at += 2;
	return n <= most ? n : -1;
}

int
days_minute(const char **at)
{
	int hour = take_two(at, 24), minute;

	if (hour < 0 || **at != ':')
		return -1;
	++*at;
	minute = take_two(at, 59);
	return minute < 0 || (hour == 24 && minute > 0) ? -1 : 60 * hour + minute;
}

/* From Monday. */
static int
take_day(const char **at)
{
	static const char names[] = "montuewedthufrisatsun";

	for (int i = 0; i < 7; i++)
		if (strncmp(*at, names + i * 3, 3) == 0) {
			*at += 3;
			return i;
		}
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
days_week(const char **at)
{
	int days = 0;

	for (;;) {
		int from = take_day(at), to = from;

		if (from >= 0 && **at == '-') {
			++*at;
			to = take_day(at);
		}
		if (from < 0 || to < 0)
			return -1;
		days |= from_to(from, to);
		if (**at != ',')
			return days;
		++*at;
		*at += strspn(*at, " ");
	}
}
