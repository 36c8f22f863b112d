#include "rtt.h"

#define FIRST_OCTAVE	6
#define AGE_AT		60000	/* below what a count can hold */

static int64_t
clamp(int64_t v, int64_t least, int64_t most)
{
	return v < least ? least : v > most ? most : v;
}

void
rtt_reset(struct rtt *r, int64_t least, int64_t most)
{
	r->least = least;
	r->most = most;
	r->smooth = r->spread = 0;
	r->timeout = most;
}

static unsigned
bucket_of(int64_t us)
{
	unsigned octave, quarter, at;

	if (us < 1 << FIRST_OCTAVE)
		return 0;
	octave = 63 - (unsigned)__builtin_clzll((unsigned long long)us);
	quarter = (unsigned)(us >> (octave - 2)) & 3;
	at = 4 * (octave - FIRST_OCTAVE) + quarter;
	return at < RTT_BUCKETS ? at : RTT_BUCKETS - 1;
}

/* What all round trips of a bucket stay below. */
static int64_t
top_of(unsigned bucket)
{
	return (int64_t)(5 + bucket % 4) << (bucket / 4 + FIRST_OCTAVE - 2);
}

static void
count(struct rtt *r, int64_t took)
{
	r->counts[bucket_of(took)]++;
	if (++r->n < AGE_AT)
		return;
	r->n = 0;
	for (unsigned i = 0; i < RTT_BUCKETS; i++) {
		r->counts[i] = (uint16_t)((r->counts[i] + 1) / 2);
		r->n += r->counts[i];
	}
}

/* RFC 6298, 2.2 and 2.3. */
void
rtt_sample(struct rtt *r, int64_t took)
{
	int64_t off;

	if (took < 1)
		took = 1;
	count(r, took);
	if (r->smooth == 0) {
		r->smooth = took;
		r->spread = took / 2;
	} else {
		off = took > r->smooth ? took - r->smooth : r->smooth - took;
		r->spread += (off - r->spread) / 4;
		r->smooth += (took - r->smooth) / 8;
	}
	r->timeout = clamp(r->smooth + 4 * r->spread, r->least, r->most);
}

/* RFC 6298, 5.5. */
void
rtt_back_off(struct rtt *r)
{
	r->timeout = clamp(2 * r->timeout, r->least, r->most);
}

int64_t
rtt_p999(const struct rtt *r)
{
	uint32_t rarer = 0;
	unsigned i = RTT_BUCKETS;

	if (r->n == 0)
		return 0;
	while (i-- > 0) {
		rarer += r->counts[i];
		if (rarer > r->n / 1000)
			break;
	}
	return top_of(i);
}
