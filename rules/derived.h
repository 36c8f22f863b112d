#ifndef RULES_DERIVED_H
#define RULES_DERIVED_H

#include "../conf/zone.h"
#include "../devices/device.h"
#include "expr.h"

/* Points that are reckoned from others: converted concentrations, ratios, slopes.
 * Each device that they are on has them as if they were read; their readings are
 * stored, told and judged as all others are. */

struct derived_conf {
	struct place	 place;
	const char	*name;
	const char	*on;		/* glob over names of devices */
	const char	*value;		/* in the language of rules */
	const char	*unit;		/* "": a number without one */
	int64_t		 decimals;	/* -1: as it comes */
	int64_t		 max_age;	/* us; as of rules */
	const char	*zh, *en;	/* "": as the name */
	const char	*basis;		/* measured, rated, declared; "": not said */
	struct formula	 formula;
};

extern const struct key derived_keys[];

int	derived_compile(struct derived_conf *, const struct constants *, struct arena *,
	    struct errs *);
bool	derived_same(const struct derived_conf *, const struct derived_conf *);
/* The profile of a device with the points that are derived on it; the profile
 * itself when there are none.  NULL: see errs. */
const struct profile *derived_profile(const struct derived_conf *, size_t n,
	    const char *device, const struct profile *, struct arena *, struct errs *);

struct derived;

/* After all devices were bound, and before the rules are: the periods of derived
 * points are those of what they hang on.  NULL: see errs. */
struct derived	*derived_new(const struct derived_conf *, size_t n, struct device *,
		    size_t ndevices, struct arena *, struct errs *);
/* After the series of all taps are numbered. */
void		 derived_start(struct derived *, const struct zone *, int64_t now);
/* As rules_resume and rules_reach. */
void		 derived_resume(struct derived *, int64_t now);
int64_t		 derived_reach(const struct derived *);
size_t		 derived_count(const struct derived *);
/* What follows from n readings of one moment is put behind them; there is room for
 * derived_count more.  Returns how many there are now. */
size_t		 derived_hear(struct derived *, struct reading *, size_t n, int64_t now,
		    int64_t wall);
/* Is it so of the series of any point that is reckoned from this one, by way of
 * however many others? */
bool		 derived_leads(const struct derived *, uint32_t series,
		    bool (*so)(const void *, uint32_t), const void *owner);
/* A point and, where it is derived, all that it hangs on; of those that are derived
 * each once in a round, which counts from 1. */
void		 derived_sources(struct derived *, const struct device *,
		    const struct point *, uint32_t round,
		    void (*visit)(void *, const struct device *, const struct point *),
		    void *owner);
/* As rules_take_over. */
void		 derived_take_over(struct derived *, const struct derived *was,
		    const struct device *devices, const struct device *const *alike);

#endif
