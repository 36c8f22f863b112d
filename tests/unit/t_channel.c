#include <string.h>

#include "../../protocols/channel.h"
#include "../check.h"

#define S	INT64_C(1000000)
#define MS	INT64_C(1000)

static const struct line line = {
	.timeout_min = 200 * MS, .timeout_max = 2 * S, .max_late = 3 * S,
};

static struct shape
shape_of(uint8_t unit, uint16_t count)
{
	struct ask ask = { .function = 3, .count = count };

	ask.address[0] = unit;
	return pdu_shape(&ask);
}

/* RFC 6298: 1 + 4 * 0.5 times the first, then by eighths and quarters. */
static void
time_out_of_the_standard(void)
{
	struct rtt r = { 0 };

	rtt_reset(&r, 1, 100 * S);
	CHECK(r.timeout == 100 * S);
	rtt_sample(&r, 800 * MS);
	CHECK(r.smooth == 800 * MS && r.spread == 400 * MS && r.timeout == 2400 * MS);
	rtt_sample(&r, 1600 * MS);
	CHECK(r.spread == 500 * MS && r.smooth == 900 * MS && r.timeout == 2900 * MS);
	rtt_back_off(&r);
	CHECK(r.timeout == 5800 * MS);
	rtt_sample(&r, 900 * MS);
	CHECK(r.spread == 375 * MS && r.smooth == 900 * MS && r.timeout == 2400 * MS);
}

static void
time_out_in_its_bounds(void)
{
	struct rtt r = { 0 };

	rtt_reset(&r, 200 * MS, S);
	for (int i = 0; i < 100; i++)
		rtt_sample(&r, 3 * MS);
	CHECK(r.timeout == 200 * MS);
	for (int i = 0; i < 10; i++)
		rtt_back_off(&r);
	CHECK(r.timeout == S);
	rtt_sample(&r, 60 * S);
	CHECK(r.timeout == S);
	rtt_sample(&r, 0);
	rtt_sample(&r, -5);
	CHECK(r.timeout >= 200 * MS && r.timeout <= S);
}

/* Never under the true one, and at most a quarter of an octave above. */
static void
rare_round_trips(void)
{
	struct rtt r = { 0 };

	CHECK(rtt_p999(&r) == 0);
	rtt_sample(&r, 900 * MS);
	CHECK(rtt_p999(&r) >= 900 * MS && rtt_p999(&r) <= 1125 * MS);
	for (int i = 0; i < 998; i++)
		rtt_sample(&r, 10 * MS);
	CHECK(rtt_p999(&r) >= 900 * MS);	/* one of 999 */
	rtt_sample(&r, 10 * MS);
	rtt_sample(&r, 10 * MS);
	CHECK(rtt_p999(&r) >= 10 * MS && rtt_p999(&r) <= 13 * MS);
	for (int i = 0; i < 200000; i++)
		rtt_sample(&r, 50 * MS);	/* the line is another now */
	CHECK(rtt_p999(&r) >= 50 * MS && rtt_p999(&r) <= 65 * MS);
	rtt_sample(&r, INT64_MAX / 4);
	CHECK(rtt_p999(&r) > 0);
}

static void
every_length_of_trip(void)
{
	for (int64_t us = 1; us < INT64_C(1) << 30; us += us / 7 + 1) {
		struct rtt r = { 0 };

		rtt_sample(&r, us);
		CHECK(rtt_p999(&r) > us);
		CHECK(us < 64 || rtt_p999(&r) <= us + us / 4 + 1);
	}
}

static void
asks(struct channel *c, const struct shape *shape, int64_t now)
{
	struct out out;
	bool doubted;

	out_clear(&out, NULL, 0);
	CHECK(channel_ready(c, 0, now, &out));
	CHECK(channel_parted(c, shape, &(struct bypass){ 0 }, now, &out, &doubted));
	channel_ask(c, shape, 0, doubted, 7, now);
	CHECK(channel_deadline(c) == now + c->rtt.timeout);
}

/* Returns the moment at which it was given up. */
static int64_t
gives_up(struct channel *c, const struct shape *shape, int64_t now)
{
	struct out out;

	asks(c, shape, now);
	now = channel_deadline(c);
	out_clear(&out, NULL, 0);
	channel_tick(c, now - 1, &out);
	CHECK(out.nreplies == 0 && out.deadline == now);
	out_clear(&out, NULL, 0);
	channel_tick(c, now, &out);
	CHECK(out.nreplies == 1 && out.replies[0].status == REPLY_TIMEOUT);
	CHECK(out.replies[0].cookie == 7 && out.deadline == INT64_MAX);
	return now;
}

/* Of questions that may still be answered none is forgotten: the line waits. */
static void
no_more_than_are_remembered(void)
{
	struct channel c = { .nwaiting = 0 };
	struct out out;
	struct shape shape;
	int64_t now = S, until;
	struct line slow = line;

	slow.max_late = 1000 * S;
	channel_init(&c, &slow, now);
	for (uint16_t i = 0; i < GIVEN_UP_MAX; i++) {
		shape = shape_of(1, (uint16_t)(i + 1));
		now = gives_up(&c, &shape, now);
	}
	until = c.given_up[0].until;
	out_clear(&out, NULL, 0);
	CHECK(!channel_ready(&c, 0, now, &out) && out.deadline == until);
	out_clear(&out, NULL, 0);
	CHECK(!channel_ready(&c, 0, until - 1, &out));
	CHECK(channel_ready(&c, 0, until, &out));
	shape = shape_of(1, 100);
	gives_up(&c, &shape, until);
}

/* The very same asked again and again fills no room, and each of its answers is owed. */
static void
alike_ones_share_a_place(void)
{
	struct channel c = { .nwaiting = 0 };
	struct shape shape = shape_of(1, 1);
	struct bypass by = { 0 };
	struct out out;
	struct line slow = line;
	int64_t now = S, last;
	bool doubted;

	slow.max_late = 1000 * S;
	channel_init(&c, &slow, now);
	for (int i = 0; i < 2 * GIVEN_UP_MAX; i++) {
		out_clear(&out, NULL, 0);
		CHECK(channel_ready(&c, 0, now, &out));
		channel_ask(&c, &shape, 0, true, 1, now);
		now = channel_deadline(&c);
		channel_tick(&c, now, &out);
	}
	last = c.given_up[c.ngiven_up - 1].until;
	out_clear(&out, NULL, 0);
	CHECK(!channel_parted(&c, &shape, &by, now, &out, &doubted) && out.deadline == last);
	for (int i = 1; i < 2 * GIVEN_UP_MAX; i++) {
		channel_late(&c, 0, now);
		CHECK(!channel_parted(&c, &shape, &by, now, &out, &doubted));
	}
	channel_late(&c, 0, now);
	CHECK(channel_parted(&c, &shape, &by, now, &out, &doubted) && !doubted);
	CHECK(c.tally.late == 2 * GIVEN_UP_MAX);
}

/* Twice what one of a thousand takes, where that is more than max_late. */
static void
silence_follows_the_line(void)
{
	struct channel c = { .nwaiting = 0 };
	struct shape shape = shape_of(1, 1);
	int64_t now = S;

	channel_init(&c, &line, now);
	now = gives_up(&c, &shape, now);
	CHECK(c.given_up[0].until == now + 3 * S);
	now += 2 * S;
	channel_late(&c, 0, now);
	CHECK(c.ngiven_up == 0 && c.tally.late == 1);
	now = gives_up(&c, &shape, now);
	CHECK(c.given_up[0].until >= now + 8 * S && c.given_up[0].until <= now + 10 * S);
}

/* No answer that may belong to another question teaches the time-out. */
static void
doubt_measures_nothing(void)
{
	struct channel c = { .nwaiting = 0 };
	struct shape shape = shape_of(1, 1);
	struct out out;
	int64_t now = gives_up((channel_init(&c, &line, S), &c), &shape, S);

	now = c.given_up[0].until;
	asks(&c, &shape, now);
	out_clear(&out, NULL, 0);
	channel_answer(&c, 0, FIT_DATA, (const uint8_t *)"\x03\x02xy", 4, now + 1, &out);
	CHECK(out.nreplies == 1 && out.replies[0].after_barrier);
	CHECK(out.replies[0].len == 2 && memcmp(out.replies[0].data, "xy", 2) == 0);
	CHECK(c.rtt.took.n == 0 && c.tally.barriers == 1);
}

/* What was on the wire when the link went down is owed no reply, and may yet
 * be answered. */
static void
a_link_comes_up_again(void)
{
	struct channel c = { .nwaiting = 0 };
	struct shape shape = shape_of(1, 1), other = shape_of(1, 2);
	struct out out;
	bool doubted;

	channel_init(&c, &line, S);
	asks(&c, &shape, S);
	channel_init(&c, &line, 2 * S);
	CHECK(c.nwaiting == 0 && c.ngiven_up == 1 && c.tally.asked == 1);
	out_clear(&out, NULL, 0);
	CHECK(!channel_parted(&c, &shape, &(struct bypass){ 0 }, 2 * S, &out, &doubted));
	CHECK(out.deadline == 5 * S);
	CHECK(channel_parted(&c, &other, &(struct bypass){ 0 }, 2 * S, &out, &doubted) && !doubted);
}

/* Over a new connection nothing comes as late as over the one it was asked over. */
static void
what_is_carried_over_comes_sooner(void)
{
	struct channel c = { .nwaiting = 0 };
	struct shape first = shape_of(1, 1), second = shape_of(1, 2);
	struct line patient = line;

	patient.max_late = 64 * S;
	patient.max_carried = 20 * S;
	channel_init(&c, &patient, S);
	gives_up(&c, &first, S);
	CHECK(c.given_up[0].until > 64 * S);
	asks(&c, &second, 30 * S);
	channel_init(&c, &patient, 31 * S);
	CHECK(c.ngiven_up == 2);
	CHECK(c.given_up[0].until == 51 * S && c.given_up[1].until == 51 * S);
	channel_init(&c, &patient, 40 * S);
	CHECK(c.given_up[0].until == 51 * S);
	patient.max_carried = 0;
	asks(&c, &second, 60 * S);
	channel_init(&c, &patient, 61 * S);
	CHECK(c.ngiven_up == 2 && c.given_up[1].until == 125 * S);
}

static bool
may_again(struct channel *c, const struct shape *shape, uint16_t id, int64_t now,
    struct out *out)
{
	bool doubted;

	out_clear(out, NULL, 0);
	if (!channel_parted(c, shape, &(struct bypass){ .id = id, .blind = 20 * S }, now, out,
	    &doubted))
		return false;
	CHECK(doubted);
	return true;
}

/* Who must not be blind asks the very same again while its answer is owed, if that of
 * nothing else could be taken for it; and doubts what comes until no more is owed. */
static void
the_same_may_be_asked_again_in_doubt(void)
{
	struct channel c = { .nwaiting = 0 };
	struct shape shape = shape_of(1, 2), other = shape_of(1, 3);
	struct line patient = line;
	struct out out;

	patient.max_late = 64 * S;
	channel_init(&c, &patient, S);
	channel_ask(&c, &shape, 7, false, 1, S);
	out_clear(&out, NULL, 0);
	channel_tick(&c, 3 * S, &out);
	CHECK(c.ngiven_up == 1 && c.given_up[0].until == 67 * S);
	CHECK(!may_again(&c, &shape, 7, 20 * S, &out) && out.barred && out.deadline == 21 * S);
	CHECK(!may_again(&c, &shape, 8, 30 * S, &out) && out.barred && out.deadline == 67 * S);
	CHECK(may_again(&c, &shape, 7, 21 * S, &out));
	channel_ask(&c, &other, 0, false, 1, 22 * S);
	CHECK(!c.waiting[0].again);
	channel_answer(&c, 0, FIT_DATA, (const uint8_t *)"\x03\x04wxyz", 6, 23 * S, &out);
	CHECK(!out.replies[0].after_barrier);
	channel_ask(&c, &shape, 7, true, 1, 24 * S);
	CHECK(c.waiting[0].again);
	channel_answer(&c, 0, FIT_DATA, (const uint8_t *)"\x03\x02xy", 4, 25 * S, &out);
	CHECK(out.replies[1].after_barrier && c.ngiven_up == 1);
	channel_ask(&c, &shape, 7, true, 1, 30 * S);	/* and that is not answered either */
	out_clear(&out, NULL, 0);
	channel_tick(&c, 40 * S, &out);
	CHECK(c.ngiven_up == 2);
	CHECK(!may_again(&c, &shape, 7, 49 * S, &out) && out.deadline == 50 * S);
	CHECK(!may_again(&c, &shape, 8, 70 * S, &out) && out.deadline == 104 * S);
	CHECK(may_again(&c, &shape, 8, 104 * S, &out) && c.ngiven_up == 0);
}

/* A gateway has ten thousand of them. */
static void
a_session_is_small(void)
{
	CHECK(proto_find("modbus-tcp")->size <= 2304);
	CHECK(proto_find("modbus-rtu")->size <= 2600);
}

static void
a_question_can_be_waited_for_longer_but_not_shorter(void)
{
	const struct shape shape = shape_of(1, 2);
	struct channel c = { 0 };

	channel_init(&c, &line, 0);
	channel_ask(&c, &shape, 0, false, 1, 10 * S);
	channel_wait(&c, S);
	CHECK(channel_deadline(&c) == 12 * S);
	channel_wait(&c, 5 * S);
	CHECK(channel_deadline(&c) == 15 * S);
}

int
main(void)
{
	RUN(a_session_is_small);
	RUN(time_out_of_the_standard);
	RUN(time_out_in_its_bounds);
	RUN(rare_round_trips);
	RUN(every_length_of_trip);
	RUN(no_more_than_are_remembered);
	RUN(alike_ones_share_a_place);
	RUN(silence_follows_the_line);
	RUN(doubt_measures_nothing);
	RUN(a_link_comes_up_again);
	RUN(what_is_carried_over_comes_sooner);
	RUN(the_same_may_be_asked_again_in_doubt);
	RUN(a_question_can_be_waited_for_longer_but_not_shorter);
	return 0;
}
