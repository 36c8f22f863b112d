#include "rtt.h"

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

/* RFC 6298, 2.2 and 2.3. */
void
rtt_sample(struct rtt *r, int64_t took)
{
	int64_t off;

	if (took < 1)
		took = 1;
	histogram_count(&r->took, took);
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
	return histogram_rarer(&r->took, 1000);
}
