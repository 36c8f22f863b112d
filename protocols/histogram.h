#ifndef PROTOCOLS_HISTOGRAM_H
#define PROTOCOLS_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS	96	/* a quarter of an octave each, 64 us to 18 min */

/* How long things took (us), and how rare the long ones are.  All zero is an
 * empty one; it needs no more room however many are counted. */
struct histogram {
	uint32_t	n;		/* sum of counts */
	uint16_t	counts[HISTOGRAM_BUCKETS];	/* halved now and then: they age */
};

void	histogram_count(struct histogram *, int64_t took);
/* At most one of so many took longer, to a quarter: 2 is the median, 100 the
 * 99th percentile.  0: nothing was counted. */
int64_t	histogram_rarer(const struct histogram *, uint32_t of);

#endif
