#ifndef RULES_HOURS_H
#define RULES_HOURS_H

#include <stdbool.h>
#include <stdint.h>

#define DAY_MINUTES	1440

/* A moment as people on the spot call it. */
struct local {
	int64_t	day;		/* since 1970-01-01 */
	int	weekday;	/* 0: Monday */
	int	minute;		/* of the day */
};

/* Hours of the days of a week: "22:00-07:00" reaches into the next morning and
 * belongs to the day on which it begins; "mon-fri 08:00-20:00"; "sat,sun". */
struct hours {
	uint8_t	days;		/* a bit each, from Monday */
	int	from, to;	/* minutes; to may be 1440; from > to: over midnight */
};

/* wall: UTC ms; offset: seconds east of UTC then. */
struct local	local_of(int64_t wall, int64_t offset);
/* -1: not understood. */
int		hours_parse(const char *, struct hours *);
/* Are they now? */
bool		hours_hold(const struct hours *, const struct local *);
/* Did they begin on that day, and hold at that minute of it; or, where that is
 * 1440 and more, of the next? */
bool		hours_reach(const struct hours *, int minute);

#endif
