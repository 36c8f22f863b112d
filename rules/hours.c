#include <stdlib.h>
#include <string.h>

#include "hours.h"

#define ALL_DAYS	0x7f
#define DAY_MS		86400000

struct local
local_of(int64_t wall, int64_t offset)
{
	int64_t ms = wall + offset * 1000, rest = ms % DAY_MS;
	struct local l = { .day = ms / DAY_MS };

	if (rest < 0) {
		rest += DAY_MS;
		l.day--;
	}
	l.minute = (int)(rest / 60000);
	l.weekday = (int)(((l.day + 3) % 7 + 7) % 7);	/* it began on a Thursday */
	return l;
}

static int
take_number(const char **at, int digits, int most)
{
	int n = 0;

	for (int i = 0; i < digits; i++, ++*at) {
		if (**at < '0' || **at > '9')
			return -1;
		n = 10 * n + (**at - '0');
	}
	return n <= most ? n : -1;
}

static int
take_minute(const char **at)
{
	int hour = take_number(at, 2, 24), minute;

	if (hour < 0 || *(*at)++ != ':')
		return -1;
	minute = take_number(at, 2, 59);
	return minute < 0 || (hour == 24 && minute > 0) ? -1 : 60 * hour + minute;
}

static int
take_day(const char **at)
{
	static const char names[] = "montuewedthufrisatsun";

	for (int i = 0; i < 7; i++)
		if (strncmp(*at, names + 3 * i, 3) == 0) {
			*at += 3;
			return i;
		}
	return -1;
}

/* "mon-fri", "sat,sun", "fri-mon". */
static int
take_days(const char **at, uint8_t *days)
{
	*days = 0;
	for (;;) {
		int from = take_day(at), to = from;

		if (from >= 0 && **at == '-') {
			++*at;
			to = take_day(at);
		}
		if (from < 0 || to < 0)
			return -1;
		for (int i = from; ; i = (i + 1) % 7) {
			*days |= (uint8_t)(1 << i);
			if (i == to)
				break;
		}
		if (**at != ',')
			return 0;
		++*at;
	}
}

int
hours_parse(const char *text, struct hours *h)
{
	*h = (struct hours){ .days = ALL_DAYS, .from = 0, .to = DAY_MINUTES };
	if (text[0] < '0' || text[0] > '9') {
		if (take_days(&text, &h->days) != 0)
			return -1;
		if (*text == '\0')
			return 0;
		if (*text++ != ' ')
			return -1;
	}
	h->from = take_minute(&text);
	if (h->from < 0 || h->from == DAY_MINUTES || *text++ != '-')
		return -1;
	h->to = take_minute(&text);
	return h->to < 0 || h->to == h->from || *text != '\0' ? -1 : 0;
}

bool
hours_reach(const struct hours *h, int minute)
{
	int to = h->to > h->from ? h->to : h->to + DAY_MINUTES;

	return minute >= h->from && minute < to;
}

bool
hours_hold(const struct hours *h, const struct local *l)
{
	int before = (l->weekday + 6) % 7;

	return ((h->days >> l->weekday & 1) && hours_reach(h, l->minute)) ||
	    ((h->days >> before & 1) && hours_reach(h, l->minute + DAY_MINUTES));
}
