#ifndef RULES_STATISTIC_CONF_H
#define RULES_STATISTIC_CONF_H

#include <stdbool.h>

#include "../conf/key.h"

#define STATISTIC_OPEN_MOST	60	/* intervals that late readings may find open */

/* In the order of amount_names. */
enum amount_wish { WISH_AUTO, WISH_NONE, WISH_RATE, WISH_COUNTER };

/* Which intervals of which points, as configured.  Of several entries that select
 * a point the first is that of the point. */
struct statistic_conf {
	struct place	 place;
	const char	*select;	/* glob over DEVICE.POINT */
	int64_t		 minute;	/* us; 0: none */
	bool		 hour, day;
	int		 day_start;	/* hour of the clock */
	const char	*weight;	/* point that the mean is weighted with; "" */
	int		 amount;	/* enum amount_wish */
	double		 wrap;		/* where a counter begins anew; 0: nowhere */
	int64_t		 late;		/* us: readings are waited for so long */
	double		 valid;		/* %, from which an interval is good */
};

extern const struct key statistic_keys[];

/* The interval by the clock, us, that is nearest to a span: that itself if it is
 * one. */
int64_t	statistic_nearest(int64_t us);
/* The entry of a point; NULL: none selects it.  What was refused of an entry
 * selects nothing. */
const struct statistic_conf *statistic_conf_of(const struct statistic_conf *, size_t n,
	    const char *device, const char *point);
/* Of the intervals that it makes the nearest to a span, us; 0: it makes none. */
int64_t	statistic_conf_nearest(const struct statistic_conf *, int64_t us);

/* What can be said of an entry alone.  -1: see errs. */
int	statistic_conf_check(const struct statistic_conf *, struct errs *);

#endif
