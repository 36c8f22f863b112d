#include "../../gateway/link/repeats.h"
#include "../check.h"

#define S	1000000LL

static struct repeats all;

static bool
known(enum repeat_by by, uint64_t print, int64_t time, int64_t now)
{
	const struct repeat is = { .by = by, .print = print, .time = time };
	uint64_t seq;

	return repeats_know(&all, &is, now, &seq);
}

static void
take(uint64_t print, int64_t time, uint64_t seq, int64_t now)
{
	const struct repeat is = { .by = REPEAT_TIMES, .print = print, .time = time };

	repeats_take(&all, &is, seq, now);
}

static void
what_has_its_times_is_known_for_an_hour(void)
{
	const struct repeat is = { .by = REPEAT_TIMES, .print = 77, .time = 5 };
	uint64_t seq = 0;

	all = (struct repeats){ .next = 0 };
	CHECK(!known(REPEAT_TIMES, 77, 5, 0) && !known(REPEAT_TIMES, 0, 0, 0));
	take(77, 5, 12, S);
	CHECK(repeats_know(&all, &is, 2 * S, &seq) && seq == 12);
	CHECK(known(REPEAT_TIMES, 77, 5, S + REPEATS_KEPT));
	CHECK(!known(REPEAT_TIMES, 77, 5, S + REPEATS_KEPT + 1));
	CHECK(!known(REPEAT_TIMES, 78, 5, 2 * S) && !known(REPEAT_NEVER, 77, 5, 2 * S));
}

/* 30 %LEL, then 0, then 30 again, all of them at 08:00 by a clock that stands: the last
 * one is no repetition. */
static void
a_clock_that_stands_hides_nothing(void)
{
	all = (struct repeats){ .next = 0 };
	take(30, 8, 1, S);
	CHECK(known(REPEAT_TIMES, 30, 8, 2 * S));
	take(99, 8, 2, 60 * S);
	CHECK(!known(REPEAT_TIMES, 30, 8, 120 * S) && known(REPEAT_TIMES, 99, 8, 120 * S));
	take(30, 8, 3, 120 * S);
	CHECK(known(REPEAT_TIMES, 30, 8, 121 * S) && !known(REPEAT_TIMES, 99, 8, 121 * S));
	take(31, 9, 4, 180 * S);
	CHECK(known(REPEAT_TIMES, 30, 8, 181 * S));
	/* a mark of a request needs no clock */
	CHECK(known(REPEAT_REQUEST, 99, 0, 181 * S));
}

/* A detector that wakes each minute, says the same by the same message id, and has
 * another port each time, is heard each time; one that kept its port repeats. */
static void
an_exchange_is_known_as_long_as_it_may_last(void)
{
	all = (struct repeats){ .next = 0 };
	take(0x123450001, 0, 1, S);
	CHECK(known(REPEAT_EXCHANGE, 0x123450001, 0, S + 247 * S));
	CHECK(!known(REPEAT_EXCHANGE, 0x123450001, 0, S + 247 * S + 1));
	CHECK(known(REPEAT_EXCHANGE, 0x12345beef, 0, S + 45 * S));
	CHECK(!known(REPEAT_EXCHANGE, 0x12345beef, 0, S + 60 * S));
	CHECK(!known(REPEAT_EXCHANGE, 0x123460001, 0, 2 * S));
}

static void
what_went_is_not_known(void)
{
	all = (struct repeats){ .next = 0 };
	for (uint64_t i = 1; i <= REPEATS + 2; i++)
		take(i, (int64_t)i, i, S);
	CHECK(!known(REPEAT_TIMES, 2, 2, S) && known(REPEAT_TIMES, 3, 3, S));
	repeats_forsake(&all, 30);
	CHECK(known(REPEAT_TIMES, 30, 30, S) && !known(REPEAT_TIMES, 31, 31, S));
	CHECK(!known(REPEAT_TIMES, REPEATS + 2, REPEATS + 2, S));
}

int
main(void)
{
	RUN(what_has_its_times_is_known_for_an_hour);
	RUN(a_clock_that_stands_hides_nothing);
	RUN(an_exchange_is_known_as_long_as_it_may_last);
	RUN(what_went_is_not_known);
	return 0;
}
