#ifndef DEVICES_STATUS_H
#define DEVICES_STATUS_H

#include "point.h"

enum status_kind {
	STATUS_STATE,		/* as long as it holds one of some numbers */
	STATUS_AGE,		/* seconds since the result was obtained */
	STATUS_RESULT		/* another number with each new result */
};

/* A register that says what the figures beside it are worth.  It yields no
 * reading of its own: a point at the same place may show it. */
struct status {
	struct point	 at;		/* where and how it is written */
	enum status_kind kind;
	uint8_t		 means;		/* of status_means */
	uint8_t		 code, flags;	/* what points become while it holds */
	const double	*when;		/* the numbers of a state that do; NULL: all
					 * but 0 */
	size_t		 nwhen;
	const uint16_t	*points;	/* indices of those it speaks of */
	size_t		 npoints;	/* 0: of all */
	int64_t		 max_age;	/* us; older results are stale; 0: never */
};

bool		status_concerns(const struct status *, size_t point);
/* Of a state. */
bool		status_holds(const struct status *, double number);
const char	*status_means(size_t i);	/* NULL past the end */

#endif
