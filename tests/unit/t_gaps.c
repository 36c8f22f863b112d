#include "../../devices/gaps.h"
#include "../check.h"

#define T	29000000	/* minutes since 1970 */

static void
what_was_told_is_known(void)
{
	struct gaps g = { 0 };

	CHECK(!gaps_told(&g, T) && !gaps_told(&g, 0));
	gaps_tell(&g, T);
	gaps_tell(&g, T + 5);
	gaps_tell(&g, T + 2);
	CHECK(gaps_told(&g, T) && gaps_told(&g, T + 2) && gaps_told(&g, T + 5));
	CHECK(!gaps_told(&g, T + 1) && !gaps_told(&g, T + 6) && g.newest == T + 5);
	gaps_tell(&g, T + GAPS_PERIODS);	/* the oldest goes */
	CHECK(!gaps_told(&g, T) && gaps_told(&g, T + 2));
	gaps_tell(&g, T);			/* and cannot come again */
	CHECK(!gaps_told(&g, T) && !gaps_told(&g, T + 2 * GAPS_PERIODS));
	gaps_tell(&g, T + 10 * GAPS_PERIODS);
	CHECK(!gaps_told(&g, T + 5) && gaps_told(&g, T + 10 * GAPS_PERIODS));
	gaps_tell(&g, -5);
	gaps_tell(&g, 0);
	CHECK(g.newest == T + 10 * GAPS_PERIODS);
}

/* Ten minutes apart: what lies between is no gap. */
static void
its_own_step_says_what_is_missing(void)
{
	struct gaps g = { 0 };
	struct gap_span span;

	CHECK(gaps_step(&g) == 0 && !gaps_oldest(&g, 0, 100, &span));
	gaps_tell(&g, T);
	gaps_tell(&g, T + 10);
	CHECK(gaps_step(&g) == 0 && !gaps_oldest(&g, 0, 100, &span));
	gaps_tell(&g, T + 20);
	CHECK(gaps_step(&g) == 10 && !gaps_oldest(&g, 0, 100, &span));
	gaps_tell(&g, T + 60);
	CHECK(gaps_oldest(&g, 0, 100, &span) && span.from == T + 30 && span.to == T + 50);
	CHECK(gaps_oldest(&g, 0, 2, &span) && span.from == T + 30 && span.to == T + 40);
	CHECK(gaps_oldest(&g, 0, 1, &span) && span.from == T + 30 && span.to == T + 30);
	gaps_close(&g, &span);
	CHECK(gaps_oldest(&g, 0, 100, &span) && span.from == T + 40 && span.to == T + 50);
	gaps_tell(&g, T + 50);
	CHECK(gaps_oldest(&g, 0, 100, &span) && span.from == T + 40 && span.to == T + 40);
	gaps_close(&g, &span);
	CHECK(!gaps_oldest(&g, 0, 100, &span));
}

/* What is too old is left, and of two the older goes first. */
static void
the_oldest_goes_first(void)
{
	struct gaps g = { 0 };
	struct gap_span span;

	for (int64_t i = 0; i < 100; i++)
		if (i != 10 && i != 50 && i != 51)
			gaps_tell(&g, T + i);
	CHECK(gaps_oldest(&g, T, 100, &span) && span.from == T + 10 && span.to == T + 10);
	CHECK(gaps_oldest(&g, T + 9, 100, &span) && span.from == T + 10);
	CHECK(gaps_oldest(&g, T + 11, 100, &span) && span.from == T + 50 && span.to == T + 51);
	CHECK(!gaps_oldest(&g, T + 52, 100, &span) && !gaps_oldest(&g, T + 1000, 100, &span));
	gaps_tell(&g, T + 99 + GAPS_PERIODS - 5);	/* a gap as long as all that is known */
	CHECK(gaps_oldest(&g, 0, GAPS_PERIODS, &span));
	CHECK(span.from == T + 100 && span.to == T + 99 + GAPS_PERIODS - 6);
	gaps_close(&g, &span);
	CHECK(!gaps_oldest(&g, 0, GAPS_PERIODS, &span));
}

int
main(void)
{
	RUN(what_was_told_is_known);
	RUN(its_own_step_says_what_is_missing);
	RUN(the_oldest_goes_first);
	return 0;
}
