#ifndef CONF_CONSTANTS_H
#define CONF_CONSTANTS_H

#include "key.h"

/* What a number is from a day on: the zero of a gauge that was levelled anew. */
struct dated {
	int64_t	day;		/* from 1970-01-01 */
	double	number;
};

/* Named numbers that rules may use: constants = { limit = { fume = 2.0; }; }
 * makes "limit.fume".  A date is the number of its day, a time of day its hours. */
struct constant {
	const char		*name;
	double			 number;
	const struct dated	*dated;		/* in the order of days */
	size_t			 ndated;	/* 0: it is number at all times */
};

struct constants {
	const struct constant	*at;
	size_t			 n;
};

int	constants_read(const struct node *, struct constants *, struct arena *,
	    struct errs *);
bool			 constant_same(const struct constant *, const struct constant *);
bool			 constants_same(const struct constants *, const struct constants *);
/* NULL: there is none of that name. */
const struct constant	*constants_find(const struct constants *, const char *name);

#endif
