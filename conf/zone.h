#ifndef CONF_ZONE_H
#define CONF_ZONE_H

#include <stddef.h>
#include <stdint.h>

/* What the clocks on the wall show: local = UTC + offset, all in ms.  Who knows
 * the zone makes the table. */
struct zone_change {
	int64_t	at;		/* UTC ms */
	int32_t	offset;		/* from then on */
};

struct zone {
	const struct zone_change	*changes;	/* in the order of time */
	size_t				 n;
	int32_t				 offset;	/* before the first */
};

/* From from on, before to, UTC ms. */
struct interval {
	int64_t	from, to;
};

int32_t		zone_offset(const struct zone *, int64_t utc);
/* Minutes since the midnight of clocks on the wall; days since Monday. */
int		zone_minute(const struct zone *, int64_t utc);
int		zone_weekday(const struct zone *, int64_t utc);
/* The day of the calendar, from 1970-01-01. */
int64_t		zone_date(const struct zone *, int64_t utc);

/* The interval of a whole part of an hour, or of an hour, around a moment, as
 * clocks on the wall have it.  None runs over a change of the offset: an hour
 * that comes twice is two. */
struct interval	zone_slice(const struct zone *, int64_t utc, int64_t len);
/* The day around a moment, from the first time that the clocks show start (ms
 * since midnight) or have passed it, until they do so again: 23 to 25 hours
 * where an offset of an hour changes.  It is made of whole hours. */
struct interval	zone_day(const struct zone *, int64_t utc, int64_t start);

#endif
