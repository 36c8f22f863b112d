#ifndef PROTOCOLS_SPENDING_H
#define PROTOCOLS_SPENDING_H

#include <stdint.h>

#define SPENDING_HOURS	25	/* a day and the present one */

/* What goes in a day, for the forecast of a plan: the bytes of the last hours.  A
 * kitchen that is dark at night makes an hour tell nothing of the next one; a day
 * does. */
struct spending {
	uint64_t	hours[SPENDING_HOURS];	/* each at its number % SPENDING_HOURS */
	int64_t		hour;			/* the present one, of mono */
	unsigned	whole;			/* hours before it that are known */
	int64_t		since;			/* mono us: it is counted; 0: no */
};

/* A restart knows what went since midnight, of so many hours, and the day before. */
void	spending_seed(struct spending *, uint64_t today, double hours, uint64_t yesterday,
	    int64_t now);
/* The hours, the oldest first and the present one last, to be kept; how many before
 * it are known. */
unsigned spending_keep(struct spending *, uint64_t hours[SPENDING_HOURS], int64_t now);
/* A restart has them, and nothing went in so many hours since; whole is not 0. */
void	spending_resume(struct spending *, const uint64_t hours[SPENDING_HOURS],
	    unsigned whole, unsigned since, int64_t now);
void	spending_add(struct spending *, uint64_t bytes, int64_t now);
/* Bytes a day, by the last so many hours, or as many as are known; below 0: less
 * than one is. */
double	spending_a_day(struct spending *, double hours, int64_t now);

/* What a plan does about it. */
struct thrift_terms {
	double		budget;		/* bytes for all but alarms */
	unsigned	steps;		/* that there are */
	int64_t		settle;		/* us until a step shows what it does */
};

#define THRIFT_STEPS	4

struct thrift {
	unsigned	step;		/* 0: none is taken */
	int64_t		changed;	/* mono us: it was taken or left */
	int64_t		since;		/* mono us: rates are measured and no guess */
	double		before[THRIFT_STEPS];	/* bytes a day when each was taken; 0:
						 * not known */
};

/* How long the rate has been that of this step alone, us. */
int64_t	thrift_settled(const struct thrift *, int64_t now);
/* Used so far, of the cycle that has so many days left, at a rate a day and one of
 * the last hour (below 0: not known).  The step to be at from now on. */
unsigned thrift_step(struct thrift *, const struct thrift_terms *, double used, double left,
	    double a_day, double lately, int64_t now);

#endif
