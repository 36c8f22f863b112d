#include <string.h>

#include "../../gateway/clock.h"
#include "../../gateway/field/station.h"
#include "../check.h"
#include "instrument.h"

#define S	US_PER_S

static struct block_state blocks[8];
static struct station st;
static struct ask ask;
static enum quality_code code;

static void
begin(struct device *d)
{
	memset(&st, 0, sizeof(st));
	memset(blocks, 0, sizeof(blocks));
	st.blocks = blocks;
	station_init(&st, d, 100 * S);
}

static enum verdict
reply(enum reply_status status, uint8_t exception, int64_t asked, int64_t now)
{
	const struct reply r = { .status = status, .exception = exception, .asked = asked,
	    .heard = now };

	return station_judge(&st, &r, now, &code);
}

static void
ask_at(int64_t now)
{
	memset(&ask, 0, sizeof(ask));
	station_ask(&st, now, &ask);
	station_asked(&st, now);
}

/* One cycle without any answer, at now. */
static void
silent_cycle(int64_t now)
{
	ask_at(now);
	while (reply(REPLY_TIMEOUT, 0, now, now + S / 10) == VERDICT_AGAIN)
		ask_at(now += S / 10);
	station_next(&st, now + S / 10);
}

static void
an_early_cycle_leaves_the_grid_where_it_is(void)
{
	begin(instrument("site/x", "5s", ""));
	station_early(&st, 97 * S);
	station_early(&st, 98 * S);		/* it called twice */
	CHECK(station_wants(&st) == 97 * S);
	silent_cycle(97 * S);
	CHECK(st.due == 100 * S && st.skipped == 0);
	silent_cycle(100 * S);
	CHECK(st.due == 105 * S && st.skipped == 0);
	station_early(&st, 104 * S);
	silent_cycle(107 * S);			/* the line was not free sooner */
	CHECK(st.due == 110 * S && st.skipped == 0);
	station_early(&st, 110 * S);		/* due as it is */
	silent_cycle(110 * S);
	CHECK(st.due == 115 * S);
}

static void
one_that_sleeps_is_asked_nothing_until_it_wakes(void)
{
	begin(instrument("site/x", "5s", ""));
	station_sleep(&st);
	CHECK(station_wants(&st) == INT64_MAX);
	station_revive(&st);
	CHECK(station_wants(&st) == INT64_MAX);
	station_wake(&st, 1234 * S);
	CHECK(station_wants(&st) == 1234 * S);
	ask_at(1234 * S);
	CHECK(st.lateness == 0 && st.skipped == 0 && st.cycle == 0);
}

static void
a_cycle_asks_every_block_and_ends_on_the_grid(void)
{
	begin(instrument("site/x", "5s", ""));
	CHECK(st.device->nblocks == 3);
	CHECK(station_wants(&st) == 100 * S);
	for (unsigned i = 0; i < 3; i++) {
		static const uint32_t first[] = { 0, 40, 60 };
		int64_t now = 100 * S + (int64_t)i * 1000;

		CHECK(station_wants(&st) <= now);
		ask_at(now);
		CHECK(ask.number == first[i] && ask.function == 3 && ask.address[0] == 7);
		CHECK(reply(REPLY_OK, 0, now, now + 500) == VERDICT_DECODE);
		station_next(&st, now + 500);
	}
	CHECK(!st.running && station_wants(&st) == 105 * S);
	CHECK(st.polls == 3 && st.answers == 3 && st.skipped == 0);
	CHECK(st.rtt == 500 && st.lateness == 0);
}

static void
a_block_is_tried_once_more_inside_the_period(void)
{
	begin(instrument("site/x", "5s", ""));
	ask_at(100 * S);
	CHECK(reply(REPLY_TIMEOUT, 0, 100 * S, 101 * S) == VERDICT_AGAIN);
	CHECK(station_wants(&st) <= 101 * S);
	ask_at(101 * S);
	CHECK(ask.number == 0);
	CHECK(reply(REPLY_TIMEOUT, 0, 101 * S, 102 * S) == VERDICT_BAD);
	CHECK(code == Q_COMM_FAILURE);
	CHECK(st.timeouts == 2);
}

static void
a_device_may_be_tried_more_often_or_waited_for_longer(void)
{
	begin(instrument("site/x", "5s", "retries = 3; timeout = \"2s\";"));
	for (int i = 0; i < 4; i++) {
		int64_t now = 100 * S + i * S / 10;

		ask_at(now);
		CHECK(ask.timeout == 2 * S);
		CHECK(reply(REPLY_TIMEOUT, 0, now, now + S / 10) ==
		    (i < 3 ? VERDICT_AGAIN : VERDICT_BAD));
	}
	begin(instrument("site/x", "5s", "retries = 0;"));
	ask_at(100 * S);
	CHECK(ask.timeout == 0);
	CHECK(reply(REPLY_TIMEOUT, 0, 100 * S, 101 * S) == VERDICT_BAD);
}

static void
a_retry_that_would_run_into_the_next_period_is_not_made(void)
{
	begin(instrument("site/x", "5s", ""));
	ask_at(100 * S);
	CHECK(reply(REPLY_TIMEOUT, 0, 100 * S, 103 * S) == VERDICT_BAD);
}

static void
a_silent_device_is_not_asked_its_other_blocks(void)
{
	begin(instrument("site/x", "5s", ""));
	silent_cycle(100 * S);
	CHECK(!st.running && st.failures == 1 && !station_dark(&st));
	CHECK(station_wants(&st) == 105 * S);
}

static void
two_silent_cycles_open_the_breaker_and_probes_back_off_to_a_minute(void)
{
	int64_t now = 100 * S, wait, last = 0;

	begin(instrument("site/x", "5s", ""));
	silent_cycle(now);
	silent_cycle(now = station_wants(&st));
	CHECK(station_dark(&st));
	for (int i = 0; i < 12; i++) {
		uint64_t polls = st.polls;

		wait = station_wants(&st) - now;
		CHECK(wait >= last && wait <= 66 * S);
		last = wait;
		silent_cycle(now = station_wants(&st));
		CHECK(st.polls == polls + 1);		/* a probe, no retry */
	}
	CHECK(last >= 60 * S);
}

static void
an_answered_probe_closes_the_breaker_at_once(void)
{
	int64_t now = 100 * S;

	begin(instrument("site/x", "5s", ""));
	for (int i = 0; i < 6; i++)
		silent_cycle(now = station_wants(&st));
	now = station_wants(&st);
	ask_at(now);
	CHECK(reply(REPLY_OK, 0, now, now + 1000) == VERDICT_DECODE);
	station_next(&st, now + 1000);
	CHECK(st.running);			/* and the rest of the cycle goes on */
	ask_at(now + 2000);
	reply(REPLY_OK, 0, now + 2000, now + 3000);
	station_next(&st, now + 3000);
	ask_at(now + 3000);
	reply(REPLY_OK, 0, now + 3000, now + 4000);
	station_next(&st, now + 4000);
	CHECK(!station_dark(&st) && st.failures == 0);
	CHECK(station_wants(&st) - now <= 5 * S);
	CHECK((st.due - 100 * S) % (5 * S) == 0);
}

static void
slow_points_are_read_in_one_of_so_many_periods(void)
{
	int64_t now = 100 * S;
	unsigned asked[100] = { 0 };

	begin(instrument("site/x", "5s", "slow = (\"b\", \"d\"); every = 3;"));
	CHECK(device_every(st.device, 0) == 1);		/* a is read with b */
	CHECK(device_every(st.device, 2) == 3);
	CHECK(device_period(st.device, &st.device->profile->points[3]) == 15 * S);
	for (int cycle = 0; cycle < 7; cycle++) {
		now = station_wants(&st);
		CHECK(now == (100 + 5 * cycle) * S);
		do {
			ask_at(now);
			asked[ask.number]++;
			reply(REPLY_OK, 0, now, now + 500);
			station_next(&st, now + 500);
		} while (st.running);
	}
	CHECK(asked[0] == 7 && asked[40] == 7 && asked[60] == 3);
	silent_cycle(now = station_wants(&st));
	now = station_wants(&st);
	memset(asked, 0, sizeof(asked));
	do {
		ask_at(now);
		asked[ask.number]++;
		reply(REPLY_OK, 0, now, now + 500);
		station_next(&st, now + 500);
	} while (st.running);
	CHECK(asked[60] == 1);				/* back: all of it is asked */
	CHECK(st.worst_lateness == 0);
}

static void
probes_on_a_shared_line_are_seldom_and_for_life_often(void)
{
	static const struct { bool shared, life; int64_t first, last; } rows[] = {
		{ false, false, 1 * S, 60 * S }, { true, false, 10 * S, 60 * S },
		{ false, true, 1 * S, 20 * S }, { true, true, 10 * S, 20 * S },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t now = 100 * S, wait = 0;

		begin(instrument("site/x", "1s", ""));
		station_probes(&st, rows[i].shared, rows[i].life);
		silent_cycle(now);
		silent_cycle(now = station_wants(&st));
		CHECK(station_wants(&st) - now >= rows[i].first);
		CHECK(station_wants(&st) - now <= rows[i].first + S);
		for (int k = 0; k < 10; k++) {
			silent_cycle(now = station_wants(&st));
			wait = station_wants(&st) - now;
		}
		CHECK(wait >= rows[i].last && wait <= rows[i].last + S);
	}
}

/* 97 cycles that began 1 ms after they were due, two 100 ms, one a second. */
static void
a_bar_that_is_lifted_waits_no_longer(void)
{
	begin(instrument("site/x", "5s", ""));
	station_ask(&st, 100 * S, &ask);
	CHECK(station_barred(&st, 103 * S, 100 * S) && station_wants(&st) == 103 * S);
	station_unbarred(&st);
	CHECK(station_wants(&st) == 100 * S);
	/* a block after the first leaves the line to those behind it */
	ask_at(100 * S);
	CHECK(reply(REPLY_OK, 0, 100 * S, 100 * S) == VERDICT_DECODE);
	station_next(&st, 100 * S);
	ask_at(100 * S);
	CHECK(reply(REPLY_TIMEOUT, 0, 100 * S, 101 * S) == VERDICT_AGAIN);
	CHECK(station_barred(&st, 102 * S, 101 * S) && station_wants(&st) == 102 * S);
	CHECK(!station_barred(&st, 130 * S, 101 * S));
	/* a busy device is left alone all the same */
	station_next(&st, 101 * S);
	ask_at(101 * S);
	CHECK(reply(REPLY_EXCEPTION, 6, 101 * S, 101 * S) == VERDICT_AGAIN);
	station_unbarred(&st);
	CHECK(station_wants(&st) == 101 * S + 5 * S / 8);
}

static void
a_last_try_is_of_use_until_the_next_is_due(void)
{
	begin(instrument("site/x", "64s", ""));
	ask_at(100 * S);
	CHECK(station_patience(&st, 0, 100 * S) == 100 * S);	/* a second may follow */
	CHECK(station_patience(&st, 56 * S - 1, 100 * S) == 100 * S);
	CHECK(station_patience(&st, 56 * S, 100 * S) == 163 * S);	/* but not so late */
	CHECK(reply(REPLY_TIMEOUT, 0, 100 * S, 101 * S) == VERDICT_AGAIN);
	CHECK(station_patience(&st, 0, 101 * S) == 163 * S);
	CHECK(station_patience(&st, 0, 156 * S) == 156 * S);
	/* others of its blocks would lose their turn */
	ask_at(101 * S);
	CHECK(reply(REPLY_OK, 0, 101 * S, 101 * S) == VERDICT_DECODE);
	station_next(&st, 101 * S);
	CHECK(station_patience(&st, 56 * S, 101 * S) == 101 * S);
	station_skip(&st, 101 * S);
	for (int i = 0; i < 3; i++)
		silent_cycle(station_wants(&st));
	CHECK(station_dark(&st));
	CHECK(station_patience(&st, 56 * S, st.due) == st.due);
}

static void
lateness_is_kept_as_shares(void)
{
	begin(instrument("site/x", "5s", ""));
	CHECK(station_lateness(&st, 2) == 0 && station_lateness(&st, 100) == 0);
	for (int i = 0; i < 100; i++) {
		int64_t now = st.due + (i == 50 ? S : i % 49 == 20 ? S / 10 : 1000);

		ask_at(now);
		do {
			reply(REPLY_OK, 0, now, now);
			station_next(&st, now);
		} while (st.running);
	}
	CHECK(st.latenesses.n == 100 && st.worst_lateness == S);
	CHECK(station_lateness(&st, 2) > 1000 && station_lateness(&st, 2) <= 1250);
	CHECK(station_lateness(&st, 100) > S / 10 && station_lateness(&st, 100) <= S / 8);
	CHECK(station_lateness(&st, 1000) == S);	/* never past the longest */
}

static void
a_probe_is_not_late(void)
{
	begin(instrument("site/x", "5s", ""));
	station_probes(&st, true, false);
	for (int i = 0; i < 6; i++)
		silent_cycle(station_wants(&st));
	CHECK(station_dark(&st) && station_wants(&st) > st.due);
	CHECK(st.late == 0 && st.worst_lateness == 0 && st.latenesses.n == 2);
	ask_at(station_wants(&st));
	CHECK(reply(REPLY_OK, 0, st.probe_at, st.probe_at) == VERDICT_DECODE);
	CHECK(st.late == 0 && st.latenesses.n == 2);
}

static void
a_line_that_comes_up_forgets_the_back_off(void)
{
	begin(instrument("site/x", "5s", ""));
	for (int i = 0; i < 8; i++)
		silent_cycle(station_wants(&st));
	CHECK(station_wants(&st) - st.due > 5 * S);
	station_revive(&st);
	CHECK(!station_dark(&st) && station_wants(&st) == st.due);
}

static void
cycles_that_are_passed_over_are_counted_and_not_caught_up(void)
{
	begin(instrument("site/x", "5s", ""));
	ask_at(122 * S);			/* 100 105 110 115 are gone */
	CHECK(st.due == 120 * S && st.skipped == 4 && st.lateness == 2 * S);
	reply(REPLY_OK, 0, 122 * S, 122 * S);
	station_next(&st, 122 * S);
	station_skip(&st, 122 * S);
	CHECK(st.due == 125 * S && st.skipped == 5);
	station_skip(&st, 136 * S);
	CHECK(st.due == 140 * S && st.skipped == 8);
}

static void
busy_means_later_and_once(void)
{
	begin(instrument("site/x", "8s", ""));
	ask_at(100 * S);
	CHECK(reply(REPLY_EXCEPTION, 6, 100 * S, 100 * S) == VERDICT_AGAIN);
	CHECK(station_wants(&st) == 101 * S);
	ask_at(101 * S);
	CHECK(ask.number == 0);
	CHECK(reply(REPLY_EXCEPTION, 5, 101 * S, 101 * S) == VERDICT_BAD);
	CHECK(code == Q_REFUSED);
	station_next(&st, 101 * S);
	CHECK(st.running && station_wants(&st) <= 101 * S && st.block == 1);
	CHECK(st.failures == 0);		/* it is there, only busy */
}

static void
a_refused_block_falls_into_its_points_for_good(void)
{
	int64_t now = 100 * S;

	begin(instrument("site/x", "5s", ""));
	ask_at(now);
	CHECK(ask.number == 0 && ask.count == 2);
	CHECK(reply(REPLY_EXCEPTION, 2, now, now) == VERDICT_AGAIN);
	CHECK(st.device->nblocks == 4 && st.splits == 1);
	ask_at(now);
	CHECK(ask.number == 0 && ask.count == 1);
	CHECK(reply(REPLY_EXCEPTION, 2, now, now) == VERDICT_BAD && code == Q_REFUSED);
	for (int i = 0; i < 3; i++) {
		station_next(&st, now);
		ask_at(now);
		CHECK(ask.count == 1);
		CHECK(reply(REPLY_OK, 0, now, now) == VERDICT_DECODE);
	}
	CHECK(ask.number == 1);			/* point b, at the end */
	station_next(&st, now);
	CHECK(!st.running);
}

static void
an_illegal_function_is_no_reason_to_split(void)
{
	begin(instrument("site/x", "5s", ""));
	ask_at(100 * S);
	CHECK(reply(REPLY_EXCEPTION, 1, 100 * S, 100 * S) == VERDICT_BAD);
	CHECK(st.device->nblocks == 3);
}

static void
trouble_is_told_once_and_then_every_ten_minutes(void)
{
	begin(instrument("site/x", "5s", ""));
	CHECK(station_tell(&st, 0, 0, Q_COMM_FAILURE, 100 * S));
	CHECK(!station_tell(&st, 0, 0, Q_COMM_FAILURE, 105 * S));
	CHECK(station_tell(&st, 1, 0, Q_COMM_FAILURE, 105 * S));
	CHECK(station_tell(&st, 0, 0, Q_REFUSED, 110 * S));
	CHECK(!station_tell(&st, 0, 0, Q_REFUSED, 709 * S));
	CHECK(station_tell(&st, 0, 0, Q_REFUSED, 710 * S));
	CHECK(station_tell(&st, 0, 0, Q_GOOD, 711 * S));
	CHECK(station_tell(&st, 0, 0, Q_REFUSED, 712 * S));
}

/* What of a block was read in a slice, while the rest was not, has no value either once
 * nothing answers. */
static void
trouble_of_more_of_a_block_is_told_too(void)
{
	begin(instrument("site/x", "5s", ""));
	CHECK(station_tell(&st, 0, 3, Q_COMM_FAILURE, 100 * S));
	CHECK(!station_tell(&st, 0, 3, Q_COMM_FAILURE, 105 * S));
	CHECK(station_tell(&st, 0, 0, Q_COMM_FAILURE, 110 * S));
	CHECK(!station_tell(&st, 0, 0, Q_COMM_FAILURE, 115 * S));
	CHECK(!station_tell(&st, 0, 3, Q_COMM_FAILURE, 120 * S));	/* up to 3 it was read */
	CHECK(station_tell(&st, 0, 1, Q_COMM_FAILURE, 125 * S));
}

static void
a_barred_question_waits_or_ends_the_cycle(void)
{
	begin(instrument("site/x", "5s", ""));
	/* nothing was asked: the cycle begins when it may */
	station_ask(&st, 100 * S, &ask);
	CHECK(station_barred(&st, 103 * S, 100 * S));
	CHECK(!st.running && station_wants(&st) == 103 * S);
	ask_at(103 * S);
	CHECK(st.lateness == 3 * S);
	/* the second try: later in this cycle, or not at all */
	CHECK(reply(REPLY_TIMEOUT, 0, 103 * S, 103 * S + S / 2) == VERDICT_AGAIN);
	CHECK(station_barred(&st, 105 * S - 1, 104 * S) && station_wants(&st) == 105 * S - 1);
	/* nothing else is asked meanwhile: what bars it may come sooner */
	CHECK(station_barred(&st, 130 * S, 104 * S));
	CHECK(station_wants(&st) == 100 * S + 5 * S / 8 * 7);
	CHECK(!station_barred(&st, 130 * S, station_wants(&st)));
	station_next(&st, 104 * S);
	CHECK(!st.running && station_wants(&st) == 105 * S);
}

/* Behind a DTU a bar is longer than a minute, and what is owed comes in seconds. */
static void
a_long_bar_is_waited_for_a_while(void)
{
	begin(instrument("site/x", "64s", ""));
	ask_at(100 * S);
	CHECK(reply(REPLY_OK, 0, 100 * S, 100 * S) == VERDICT_DECODE);
	station_next(&st, 100 * S);
	ask_at(100 * S);
	CHECK(reply(REPLY_TIMEOUT, 0, 100 * S, 103 * S) == VERDICT_AGAIN);
	CHECK(station_barred(&st, 167 * S, 103 * S) && station_wants(&st) == 123 * S);
	/* it came: the block is asked again, and may be barred anew */
	station_unbarred(&st);
	CHECK(station_wants(&st) == 100 * S && st.running);
	CHECK(station_barred(&st, 167 * S, 105 * S) && station_wants(&st) == 125 * S);
	/* it did not: the blocks behind it have their turn */
	CHECK(!station_barred(&st, 167 * S, 125 * S));
}

/* All blocks are barred: the one that may go first is not kept waiting for the last. */
static void
blocks_passed_over_go_when_the_first_of_them_may(void)
{
	begin(instrument("site/x", "5s", ""));
	station_probes(&st, false, true);
	station_ask(&st, 100 * S, &ask);
	CHECK(ask.number == 0 && station_passes(&st, 118 * S, 100 * S));
	station_ask(&st, 100 * S, &ask);
	CHECK(ask.number == 40 && station_passes(&st, 104 * S, 100 * S));
	station_ask(&st, 100 * S, &ask);
	CHECK(ask.number == 60 && !station_passes(&st, 160 * S, 100 * S));
	CHECK(station_barred(&st, 160 * S, 100 * S));
	CHECK(station_wants(&st) == 104 * S);
	/* the next cycle is another one */
	station_ask(&st, 104 * S, &ask);
	CHECK(ask.number == 0 && station_barred(&st, 118 * S, 104 * S));
	CHECK(station_wants(&st) == 118 * S);
}

int
main(void)
{
	RUN(a_long_bar_is_waited_for_a_while);
	RUN(an_early_cycle_leaves_the_grid_where_it_is);
	RUN(one_that_sleeps_is_asked_nothing_until_it_wakes);
	RUN(a_cycle_asks_every_block_and_ends_on_the_grid);
	RUN(a_block_is_tried_once_more_inside_the_period);
	RUN(a_device_may_be_tried_more_often_or_waited_for_longer);
	RUN(a_retry_that_would_run_into_the_next_period_is_not_made);
	RUN(a_silent_device_is_not_asked_its_other_blocks);
	RUN(two_silent_cycles_open_the_breaker_and_probes_back_off_to_a_minute);
	RUN(an_answered_probe_closes_the_breaker_at_once);
	RUN(slow_points_are_read_in_one_of_so_many_periods);
	RUN(probes_on_a_shared_line_are_seldom_and_for_life_often);
	RUN(a_bar_that_is_lifted_waits_no_longer);
	RUN(a_last_try_is_of_use_until_the_next_is_due);
	RUN(lateness_is_kept_as_shares);
	RUN(a_probe_is_not_late);
	RUN(a_line_that_comes_up_forgets_the_back_off);
	RUN(cycles_that_are_passed_over_are_counted_and_not_caught_up);
	RUN(busy_means_later_and_once);
	RUN(a_refused_block_falls_into_its_points_for_good);
	RUN(an_illegal_function_is_no_reason_to_split);
	RUN(a_barred_question_waits_or_ends_the_cycle);
	RUN(blocks_passed_over_go_when_the_first_of_them_may);
	RUN(trouble_is_told_once_and_then_every_ten_minutes);
	RUN(trouble_of_more_of_a_block_is_told_too);
	return 0;
}
