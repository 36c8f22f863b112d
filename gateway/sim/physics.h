#ifndef GATEWAY_SIM_PHYSICS_H
#define GATEWAY_SIM_PHYSICS_H

#include "../../devices/point.h"

/* How a quantity of nature goes: it sways slowly about a base, with noise on
 * top, or counts up.  Everything is a function of time alone, so that the same
 * seed and moment give the same figure wherever it is reckoned. */
struct wave {
	double		base, swing;	/* in the unit of the point */
	double		noise;		/* the most it is off, either way */
	double		per_hour;	/* what a counter gains; 0: it sways */
	int64_t		period;		/* us of one sway */
};

/* What is plausible for a point of a profile (its name), by its own name or
 * else by its unit or range. */
struct wave	wave_of(const char *profile, const struct point *);
/* What a text says. */
const char	*text_of(const char *profile, const struct point *);
/* The figure at a moment, us from the start; within the range of the point. */
double		wave_at(const struct wave *, const struct point *, uint64_t seed, int64_t us);

/* A stretch of time: from <= t < until, us from the start. */
struct span {
	int64_t	from, until;
};

/* "15s-35s", "15s-" for ever after, "" for always.  -1: not understood. */
int	span_of(const char *text, struct span *);
bool	span_holds(const struct span *, int64_t us);

#endif
