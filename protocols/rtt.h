#ifndef PROTOCOLS_RTT_H
#define PROTOCOLS_RTT_H

#include "histogram.h"

/* What round trips of a line take: the time-out by RFC 6298, and how rare the
 * long ones are.  All in us; all zero is a line not yet heard. */
struct rtt {
	int64_t		least, most;	/* bounds of the time-out */
	int64_t		smooth, spread;	/* SRTT and RTTVAR; smooth 0: no sample */
	int64_t		timeout;	/* RTO */
	struct histogram took;
};

/* The time-out is most again; what is known of rare ones stays. */
void	rtt_reset(struct rtt *, int64_t least, int64_t most);
void	rtt_sample(struct rtt *, int64_t took);
/* A question was given up: the next waits twice as long, until a sample. */
void	rtt_back_off(struct rtt *);
/* At most one of a thousand took longer; 0: nothing is known. */
int64_t	rtt_p999(const struct rtt *);

#endif
