#include "../../protocols/traffic.h"
#include "../check.h"

/* A connection over IPv4 with time stamps: three segments to begin, a question of
 * 12 bytes and an answer of 29, each acknowledged by itself. */
static void
heads_are_counted(void)
{
	struct tcp_counts c = { .sent = 12, .received = 29, .segs_out = 4, .segs_in = 3,
	    .established = true, .dialled = true, .stamps = true };
	struct traffic t = traffic_tcp(&c);

	/* out: SYN 60, ACK 52, question 52 + 12, ACK 52; in: SYN 60, ACK 52, answer 52 + 29 */
	CHECK(t.tx == 60 + 52 + 64 + 52);
	CHECK(t.rx == 60 + 52 + 81);
	c.ipv6 = true;
	t = traffic_tcp(&c);
	CHECK(t.tx == 80 + 72 + 84 + 72 && t.rx == 80 + 72 + 101);
	c.ipv6 = c.stamps = false;
	t = traffic_tcp(&c);
	CHECK(t.tx == 60 + 40 + 52 + 40 && t.rx == 60 + 40 + 69);
}

/* The kernel gives an accepted connection no handshake: its first segment is the
 * third. */
static void
an_accepted_one_has_its_handshake(void)
{
	struct tcp_counts c = { .received = 12, .segs_in = 2, .segs_out = 1,
	    .established = true, .stamps = true };
	struct traffic t = traffic_tcp(&c);

	CHECK(t.rx == 60 + 2 * 52 + 12);
	CHECK(t.tx == 60 + 52);
}

static void
one_that_never_came_about_costs_its_tries(void)
{
	struct tcp_counts c = { .segs_out = 5, .dialled = true };
	struct traffic t = traffic_tcp(&c);

	CHECK(t.tx == 5 * 60 && t.rx == 0);
	c.segs_out = c.segs_in = 1;		/* refused: a reset has no options */
	t = traffic_tcp(&c);
	CHECK(t.tx == 60 && t.rx == 40);
	t = traffic_tcp_end(&c, false);
	CHECK(t.tx == 0 && t.rx == 0);
}

/* What was sent again is in what was sent, and a segment more. */
static void
what_is_sent_again_counts(void)
{
	struct tcp_counts c = { .sent = 1000, .segs_out = 3, .segs_in = 2, .established = true,
	    .dialled = true, .stamps = true };
	struct traffic before = traffic_tcp(&c), after;

	c.sent += 1000;
	c.segs_out++;
	after = traffic_tcp(&c);
	CHECK(after.tx - before.tx == 1052 && after.rx == before.rx);
	before = after;
	c.disordered = 2;		/* of theirs, told by us */
	after = traffic_tcp(&c);
	CHECK(after.tx - before.tx == 24 && after.rx == before.rx);
}

static void
the_end_is_two_segments_each_way(void)
{
	struct tcp_counts c = { .established = true, .stamps = true };
	struct traffic t = traffic_tcp_end(&c, false);

	CHECK(t.rx == 104 && t.tx == 104);
	t = traffic_tcp_end(&c, true);
	CHECK(t.rx == 52 && t.tx == 52);
}

static void
a_month_begins_with_its_bill(void)
{
	static const struct { uint32_t day; unsigned billing_day; uint32_t begins; } cases[] = {
		{ 20261125, 1, 20261101 }, { 20261101, 1, 20261101 }, { 20261031, 1, 20261001 },
		{ 20261125, 26, 20261026 }, { 20261126, 26, 20261126 },
		{ 20260105, 26, 20251226 }, { 20261231, 31, 20261231 },
		{ 20270101, 31, 20261231 },
		/* no 31st: the bill begins a day later, on the first */
		{ 20260301, 31, 20260301 }, { 20260228, 31, 20260131 },
		{ 20260330, 31, 20260301 }, { 20260331, 31, 20260331 },
		{ 20280228, 29, 20280129 }, { 20280229, 29, 20280229 },	/* a leap year */
		{ 20260228, 29, 20260129 }, { 20260301, 29, 20260301 },
		{ 20000229, 29, 20000229 }, { 21000301, 29, 21000301 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK(traffic_month(cases[i].day, cases[i].billing_day) == cases[i].begins);
}

int
main(void)
{
	RUN(heads_are_counted);
	RUN(an_accepted_one_has_its_handshake);
	RUN(one_that_never_came_about_costs_its_tries);
	RUN(what_is_sent_again_counts);
	RUN(the_end_is_two_segments_each_way);
	RUN(a_month_begins_with_its_bill);
	return 0;
}
