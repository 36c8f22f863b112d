#include "rate.h"

static unsigned
newest(const struct rate *r)
{
	return (r->next + RATE_SAMPLES - 1) % RATE_SAMPLES;
}

void
rate_note(struct rate *r, uint64_t count, int64_t now)
{
	if (r->n > 0 && count < r->count[newest(r)])
		r->n = 0;
	if (r->n > 0 && now < r->at[newest(r)] + r->every)
		return;
	r->at[r->next] = now;
	r->count[r->next] = count;
	r->next = (r->next + 1) % RATE_SAMPLES;
	if (r->n < RATE_SAMPLES)
		r->n++;
}

double
rate_of(const struct rate *r, uint64_t count, int64_t now)
{
	unsigned oldest = (r->next + RATE_SAMPLES - r->n) % RATE_SAMPLES;

	if (r->n == 0 || count < r->count[oldest] || now < r->at[oldest] + r->every)
		return 0;
	return (double)(count - r->count[oldest]) * 1e6 / (double)(now - r->at[oldest]);
}
