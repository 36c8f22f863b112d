#ifndef RULES_COUNTER_H
#define RULES_COUNTER_H

#include "statistic_conf.h"

/* A counter as it was read last. */
struct counter {
	bool	is;		/* known */
	double	figure;
	int64_t	time;		/* UTC ms */
};

/* Reads it.  True: *step is how far it went on, 0 where it was only corrected;
 * false: nothing is known that it went on from, or the reading comes late and is in
 * the step of the one behind it. */
bool	counter_step(const struct statistic_conf *, struct counter *, int64_t time,
	    double figure, double *step);

#endif
