#include <string.h>

#include "gaps.h"

#define KNOWN	3	/* periods from which the step is read */

static size_t
place(int64_t period)
{
	return (size_t)(period % GAPS_PERIODS);
}

static bool
is_within(const struct gaps *g, int64_t period)
{
	return period > 0 && period <= g->newest && period > g->newest - GAPS_PERIODS;
}

bool
gaps_told(const struct gaps *g, int64_t period)
{
	return is_within(g, period) && g->told[place(period) / 64] >> place(period) % 64 & 1;
}

void
gaps_tell(struct gaps *g, int64_t period)
{
	if (period <= 0)
		return;
	if (g->newest == 0 || period - g->newest >= GAPS_PERIODS) {
		memset(g->told, 0, sizeof(g->told));
		g->newest = period;
	}
	while (g->newest < period) {
		size_t at = place(++g->newest);

		g->told[at / 64] &= ~((uint64_t)1 << at % 64);
	}
	if (is_within(g, period))
		g->told[place(period) / 64] |= (uint64_t)1 << place(period) % 64;
}

/* The next one that was told, from this one on; past the newest: none. */
static int64_t
next_told(const struct gaps *g, int64_t from)
{
	int64_t oldest = g->newest - GAPS_PERIODS + 1;

	for (from = from < oldest ? oldest : from; from <= g->newest; from++)
		if (gaps_told(g, from))
			break;
	return from;
}

int64_t
gaps_step(const struct gaps *g)
{
	int64_t least = 0, n = 0, last = 0;

	if (g->newest == 0)
		return 0;
	for (int64_t at = next_told(g, 1); at <= g->newest; at = next_told(g, at + 1)) {
		if (n++ > 0 && (least == 0 || at - last < least))
			least = at - last;
		last = at;
	}
	return n >= KNOWN ? least : 0;
}

bool
gaps_oldest(const struct gaps *g, int64_t since, int64_t most, struct gap_span *span)
{
	int64_t step = gaps_step(g), last, at;

	if (step == 0)
		return false;
	last = next_told(g, since > 1 ? since : 1);
	while (last <= g->newest && (at = next_told(g, last + 1)) <= g->newest) {
		if (at - last >= 2 * step) {
			span->from = last + step;
			span->to = at - step;
			if (span->to - span->from >= most * step)
				span->to = span->from + (most - 1) * step;
			return true;
		}
		last = at;
	}
	return false;
}

void
gaps_close(struct gaps *g, const struct gap_span *span)
{
	int64_t step = gaps_step(g);

	for (int64_t at = span->from; step > 0 && at <= span->to; at += step)
		gaps_tell(g, at);
}
