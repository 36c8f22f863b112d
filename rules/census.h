#ifndef RULES_CENSUS_H
#define RULES_CENSUS_H

#include "../devices/device.h"

/* The devices in the order of their names, so that a rule on one of thousands
 * need not be held against all of them. */
struct census {
	const struct device	**at;
	size_t			  n;
	/* Those that are made: what judges others is on no device.  NULL: nobody
	 * asks. */
	const struct statistic_conf *statistics;
	size_t			  nstatistics;
};

int			 census_take(struct census *, const struct device *, size_t n,
			    struct arena *);	/* -1: no memory */
/* The next device that fits a pattern, from *i on, which begins with 0; NULL: no
 * more. */
const struct device	*census_next(const struct census *, const char *pattern, size_t *i);
const struct device	*census_find(const struct census *, const char *name);
/* Bytes of the site of a device: what stands before the last / of its name. */
size_t			 census_site(const struct device *);

#endif
