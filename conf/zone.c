#include "zone.h"

#define MINUTE_MS	60000LL
#define DAY_MS		(24 * 60 * MINUTE_MS)
#define WIDEST		(2 * DAY_MS)	/* no clock is further from UTC */
#define THURSDAY	3		/* 1 January 1970 */

static int64_t
floor_to(int64_t n, int64_t step)
{
	int64_t rest = n % step;

	return n - (rest < 0 ? rest + step : rest);
}

/* How many changes are behind a moment. */
static size_t
passed(const struct zone *z, int64_t utc)
{
	size_t low = 0, high = z->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (z->changes[mid].at <= utc)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int32_t
offset_of(const struct zone *z, size_t i)
{
	return i == 0 ? z->offset : z->changes[i - 1].offset;
}

/* The moments between two changes, with i of them behind. */
static struct interval
between(const struct zone *z, size_t i)
{
	return (struct interval){ i == 0 ? INT64_MIN : z->changes[i - 1].at,
	    i == z->n ? INT64_MAX : z->changes[i].at };
}

int32_t
zone_offset(const struct zone *z, int64_t utc)
{
	return offset_of(z, passed(z, utc));
}

int
zone_minute(const struct zone *z, int64_t utc)
{
	int64_t local = utc + zone_offset(z, utc);

	return (int)((local - floor_to(local, DAY_MS)) / MINUTE_MS);
}

int64_t
zone_date(const struct zone *z, int64_t utc)
{
	return floor_to(utc + zone_offset(z, utc), DAY_MS) / DAY_MS;
}

int
zone_weekday(const struct zone *z, int64_t utc)
{
	int64_t day = zone_date(z, utc) + THURSDAY;

	return (int)(day - floor_to(day, 7));
}

struct interval
zone_slice(const struct zone *z, int64_t utc, int64_t len)
{
	size_t i = passed(z, utc);
	struct interval all = between(z, i), part;

	part.from = floor_to(utc + offset_of(z, i), len) - offset_of(z, i);
	part.to = part.from + len;
	if (part.from < all.from)
		part.from = all.from;
	if (part.to > all.to)
		part.to = all.to;
	return part;
}

/* The first moment at which clocks show this local time or a later one. */
static int64_t
first_shown(const struct zone *z, int64_t local)
{
	size_t i = passed(z, local - WIDEST);
	int64_t at;

	for (;; i++) {
		struct interval all = between(z, i);

		at = local - offset_of(z, i);
		if (at < all.from)
			at = all.from;
		if (at < all.to)
			return at;
	}
}

struct interval
zone_day(const struct zone *z, int64_t utc, int64_t start)
{
	int64_t local = floor_to(utc + zone_offset(z, utc) - start, DAY_MS) + start;
	int64_t next = first_shown(z, local + DAY_MS);

	/* clocks that were set back over midnight show the day before again */
	if (next <= utc)
		return (struct interval){ next, first_shown(z, local + 2 * DAY_MS) };
	return (struct interval){ first_shown(z, local), next };
}
