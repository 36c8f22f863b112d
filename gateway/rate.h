#ifndef GATEWAY_RATE_H
#define GATEWAY_RATE_H

#include <stdint.h>

#define RATE_SAMPLES	16

/* How fast a count grows, over the last while: fifteen times every. */
struct rate {
	int64_t		every;			/* us between two samples */
	int64_t		at[RATE_SAMPLES];	/* mono us; a ring */
	uint64_t	count[RATE_SAMPLES];
	unsigned	n, next;
};

/* A count that has become less began anew. */
void	rate_note(struct rate *, uint64_t count, int64_t now);
/* A second, from the oldest sample to now; 0: there is none that is every old. */
double	rate_of(const struct rate *, uint64_t count, int64_t now);

#endif
