#include "../../gateway/clock.h"
#include "../../gateway/uplink/pace.h"
#include "../check.h"

#define MS	1000LL

static void
it_grows_while_batches_are_full_and_quick(void)
{
	struct pace p;

	pace_begin(&p, 4000, 10000);
	CHECK(p.batch == 4000);
	pace_sent(&p, 3999, MS);
	CHECK(p.batch == 4000);		/* there was no more to send */
	pace_sent(&p, 4000, 126 * MS);
	CHECK(p.batch == 4000);		/* twice as many would take too long */
	pace_sent(&p, 4000, 125 * MS);
	CHECK(p.batch == 8000);
	pace_sent(&p, 4000, MS);
	CHECK(p.batch == 8000);
	pace_sent(&p, 8000, MS);
	CHECK(p.batch == 10000);
	pace_sent(&p, 10000, MS);
	CHECK(p.batch == 10000);
}

static void
it_shrinks_on_a_slow_line(void)
{
	struct pace p;

	pace_begin(&p, 4000, 16000);
	pace_sent(&p, 4000, MS);
	pace_sent(&p, 8000, MS);
	pace_sent(&p, 16000, 500 * MS);
	CHECK(p.batch == 16000);
	pace_sent(&p, 100, 501 * MS);
	CHECK(p.batch == 8000);
	pace_sent(&p, 100, US_PER_S);
	CHECK(p.batch == 4000);
	pace_sent(&p, 100, US_PER_S);
	CHECK(p.batch == 4000);
}

static void
it_begins_anew_after_a_failure(void)
{
	struct pace p;

	pace_begin(&p, 10, 80);
	pace_sent(&p, 10, MS);
	pace_sent(&p, 20, MS);
	CHECK(p.batch == 40);
	pace_failed(&p);
	CHECK(p.batch == 10);
}

static void
a_batch_that_was_set_stays(void)
{
	struct pace p;

	pace_begin(&p, 500, 500);
	pace_sent(&p, 500, MS);
	CHECK(p.batch == 500);
	pace_begin(&p, 500, 0);
	pace_sent(&p, 500, MS);
	CHECK(p.batch == 500);
	pace_sent(&p, 500, 60 * US_PER_S);
	CHECK(p.batch == 500);
}

int
main(void)
{
	RUN(it_grows_while_batches_are_full_and_quick);
	RUN(it_shrinks_on_a_slow_line);
	RUN(it_begins_anew_after_a_failure);
	RUN(a_batch_that_was_set_stays);
	return 0;
}
