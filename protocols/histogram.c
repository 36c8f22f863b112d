#include "histogram.h"

#define FIRST_OCTAVE	6
#define AGE_AT		60000	/* below what a count can hold */

static unsigned
bucket_of(int64_t us)
{
	unsigned octave, quarter, at;

	if (us < 1 << FIRST_OCTAVE)
		return 0;
	octave = 63 - (unsigned)__builtin_clzll((unsigned long long)us);
	quarter = (unsigned)(us >> (octave - 2)) & 3;
	at = 4 * (octave - FIRST_OCTAVE) + quarter;
	return at < HISTOGRAM_BUCKETS ? at : HISTOGRAM_BUCKETS - 1;
}

/* What all of a bucket stay below. */
static int64_t
top_of(unsigned bucket)
{
	return (int64_t)(5 + bucket % 4) << (bucket / 4 + FIRST_OCTAVE - 2);
}

void
histogram_count(struct histogram *h, int64_t took)
{
	h->counts[bucket_of(took)]++;
	if (++h->n < AGE_AT)
		return;
	h->n = 0;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		h->counts[i] = (uint16_t)((h->counts[i] + 1) / 2);
		h->n += h->counts[i];
	}
}

int64_t
histogram_rarer(const struct histogram *h, uint32_t of)
{
	uint32_t rarer = 0;
	unsigned i = HISTOGRAM_BUCKETS;

	if (h->n == 0)
		return 0;
	while (i-- > 0) {
		rarer += h->counts[i];
		if (rarer > h->n / of)
			break;
	}
	return top_of(i);
}
