#ifndef CONF_CONSTANTS_H
#define CONF_CONSTANTS_H

#include "key.h"

/* Named numbers that rules may use: constants = { limit = { fume = 2.0; }; }
 * makes "limit.fume". */
struct constant {
	const char	*name;
	double		 number;
};

struct constants {
	const struct constant	*at;
	size_t			 n;
};

int	constants_read(const struct node *, struct constants *, struct arena *,
	    struct errs *);
bool			 constants_same(const struct constants *, const struct constants *);
/* NULL: there is none of that name. */
const struct constant	*constants_find(const struct constants *, const char *name);

#endif
