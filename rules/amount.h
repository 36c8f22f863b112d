#ifndef RULES_AMOUNT_H
#define RULES_AMOUNT_H

#include <stdbool.h>

#include "../conf/unit.h"

/* What the amount of a statistic is.  The numbers are on disk. */
enum amount_kind {
	AMOUNT_NONE	= 0,
	AMOUNT_RATE	= 1,	/* of a rate: its integral, of m3/h m3 */
	AMOUNT_COUNTER	= 2,	/* of a counter: by how much it went on */
	AMOUNT_LOAD	= 3	/* of a concentration and a flow: kg */
};

extern const char *const amount_names[];	/* "auto" "none" "rate" "counter"; NULL */

/* The unit of what a rate of this unit amounts to, and what one of the rate gives
 * in an hour.  NULL: it is no rate. */
const char	*amount_of_rate(const struct unit *, double *an_hour);
/* The same of a concentration weighted with a flow, in kg. */
bool		 amount_of_load(const struct unit *concentration, const struct unit *flow,
		    double *an_hour);
/* Does a point of this unit count, whatever is said of it? */
bool		 amount_counts(const struct unit *);
/* The unit of an amount, of a series of this unit; "": none. */
const char	*amount_unit(enum amount_kind, const char *unit);

#endif
