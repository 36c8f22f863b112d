#include "days.h"
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

int
hours_parse(const char *text, struct hours *h)
{
	*h = (struct hours){ .days = ALL_DAYS, .from = 0, .to = DAY_MINUTES };
	if (text[0] < '0' || text[0] > '9') {
		int days = days_week(&text);

		if (days < 0)
			return -1;
		h->days = (uint8_t)days;
		if (*text == '\0')
			return 0;
		if (*text++ != ' ')
			return -1;
	}
	h->from = days_minute(&text);
	if (h->from < 0 || h->from == DAY_MINUTES || *text++ != '-')
		return -1;
	h->to = days_minute(&text);
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
