#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../gateway/link/resolve.h"
#include "../../gateway/log.h"
#include "../check.h"
#include "dial_site.h"

/* A network that means no good: floods, forged sources, an address that a NAT has
 * given away, a machine without descriptors. */

static bool one_claimed(void) { return site_status().claimed == 1; }
static bool two_claimed(void) { return site_status().claimed == 2; }
static bool one_accepted(void) { return site_status().accepted == 1; }
static bool three_accepted(void) { return site_status().accepted == 3; }

/* Behind the one address of a carrier there are all of them, and who floods it: who
 * says at once who he is comes in. */
static void
a_flood_from_its_own_address_keeps_nobody_out(void)
{
	int fds[3], own, other;

	site_begin(TRANSPORT_TCP, 10, 3);
	for (int i = 0; i < 3; i++)
		fds[i] = site_call("R");
	site_until(three_accepted);
	other = site_call_from("127.0.0.9", "R");
	own = site_call("REG:1001");
	site_until(one_claimed);
	CHECK(site.line.state == LINK_UP && !site_hung_up(own));
	CHECK(site_hung_up(fds[0]) && !site_hung_up(fds[1]) && !site_hung_up(fds[2]));
	CHECK(!site_hung_up(other) && site_status().refused == 1);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	close(own);
	close(other);
	site_end();
}

/* Who has a network of his own by IPv6 has 2^64 addresses. */
static void
a_network_of_ipv6_is_one_address(void)
{
	static const struct { const char *a, *b; bool near; } rows[] = {
		{ "10.0.0.1", "10.0.0.1", true },
		{ "10.0.0.1", "10.0.0.2", false },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.1", true },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.2", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		union address a, b;

		CHECK(resolve_numeric(rows[i].a, 1, &a) && resolve_numeric(rows[i].b, 2, &b));
		CHECK(address_near(&a, &b) == rows[i].near);
	}
}

static void
callers_by_ipv6_are_heard(void)
{
	struct listener_conf both;
	int old;

	site_begin(TRANSPORT_TCP, 10, 10);
	both = site.conf;
	site_end();
	both.address = "";
	site_as(&both);
	old = site_call_from("::1", "REG:1001");
	site_until(one_claimed);
	CHECK(site.line.state == LINK_UP && !site_hung_up(old));
	close(old);
	site_end();
}

/* A source can be forged: what is nothing of the format is none of its DTU. */
static void
a_forged_datagram_tears_no_line(void)
{
	struct listener_conf ddp;
	int old;

	site_begin(TRANSPORT_UDP, 10, 10);
	ddp = site.conf;
	site_end();
	ddp.reg = "";
	while (strcmp(dtu_format_at((size_t)ddp.format)->name, "hongdian") != 0)
		ddp.format++;
	site_as(&ddp);
	old = site_call("\x7b\x09\0\x11" "1001");
	CHECK(send(old, "\x7b\x09\0\x11" "1001\0\0\0\0\0\0\0a\x7b", 17, 0) == 17);
	site_until(one_claimed);
	CHECK(site.line.state == LINK_UP);
	site_pass(EVERY);
	CHECK(send(old, "garbage", 7, 0) == 7);
	CHECK(send(old, "\x7b\x09\0\x11" "1001\0\0\0\0\0\0\0b\x7b", 17, 0) == 17);
	site_hears(2);
	CHECK(site.line.state == LINK_UP && site.told.downs == 0);
	CHECK(send(old, "\x7b\x09\0\x11" "7777\0\0\0\0\0\0\0c\x7b", 17, 0) == 17);
	CHECK(send(old, "\x7b\x09\0\x11" "1001\0\0\0\0\0\0\0d\x7b", 17, 0) == 17);
	site_hears(3);
	CHECK(site.told.downs == 0);
	/* and gives no sign of life */
	site_pass(2 * EVERY - S);
	CHECK(send(old, "garbage", 7, 0) == 7);
	site_pass(2 * S);
	CHECK(site.told.downs == 1 && strstr(site.line.why, "two heartbeats") != NULL);
	close(old);
	site_end();
}

static unsigned called_too;

static void
other_called(struct awaited *a, int fd, const union address *from, const struct dtu *dtu,
    const struct dtu_out *out, int64_t now)
{
	(void)fd;
	(void)dtu;
	(void)out;
	(void)now;
	called_too++;
	listener_bind(a->at, from, a);
}

static void
other_hears(struct awaited *a, const uint8_t *p, size_t n, int64_t now)
{
	(void)a;
	(void)p;
	(void)n;
	(void)now;
}

static bool one_called_too(void) { return called_too == 1; }

/* A NAT may give the address of one DTU to the next: what that says is no answer of
 * the first. */
static void
an_address_that_is_another_ones_now_carries_nothing_of_the_first(void)
{
	struct awaited other = { .id = "1002", .token = "", .called = other_called,
	    .datagram = other_hears };
	int fd;

	site_begin(TRANSPORT_UDP, 10, 10);
	CHECK(listener_await(site.listeners, "dtu", &other) == 0);
	fd = site_call("REG:1001");
	site_until(one_claimed);
	CHECK(send(fd, "ab", 2, 0) == 2);
	site_hears(2);
	/* of nobody's name: that may as well be data */
	CHECK(send(fd, "REG:7777", 8, 0) == 8);
	site_hears(10);
	called_too = 0;
	CHECK(send(fd, "REG:1002", 8, 0) == 8);
	site_until(one_called_too);
	CHECK(site.told.downs == 1 && strstr(site.line.why, "another") != NULL);
	CHECK(send(fd, "cd", 2, 0) == 2);
	site_turn();
	CHECK(site.told.heard == 10);
	/* and the first one comes back from elsewhere */
	close(site_call("REG:1001"));
	site_pass(2 * S);
	CHECK(site.told.ups == 2 && site.line.state == LINK_UP);
	close(fd);
	listener_leave(&other);
	site_end();
}

/* 5 min of a carrier's NAT are less than a heartbeat may be. */
static void
a_place_in_a_nat_is_kept_between_rare_heartbeats(void)
{
	struct listener_conf rare;
	socklen_t n = sizeof(int);
	int old, idle;

	site_begin(TRANSPORT_TCP, 10, 10);
	rare = site.conf;
	site_end();
	rare.every = 600 * S;
	site_as(&rare);
	old = site_call("REG:1001");
	site_until(one_claimed);
	CHECK(getsockopt(site.line.source.fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, &n) == 0);
	CHECK(idle >= 60 && idle <= 240);
	close(old);
	site_end();
}

#ifdef __SANITIZE_ADDRESS__
size_t	__sanitizer_get_current_allocated_bytes(void);

static size_t
taken(void)
{
	return __sanitizer_get_current_allocated_bytes();
}
#else
static size_t
taken(void)
{
	return mallinfo2().uordblks;
}
#endif

/* Measured, as the allocator sees it. */
static void
an_unregistered_connection_takes_2_kib_at_most(void)
{
	enum { N = 200 };
	size_t before;
	int fds[N];

	site_begin(TRANSPORT_TCP, N, N);
	close(site_call("R"));
	site_until(one_accepted);
	before = taken();
	for (int i = 0; i < N; i++) {
		fds[i] = site_call("REG:9");
		site_turn();
	}
	while (site_status().accepted < N + 1)
		site_turn();
	CHECK(site_status().callers >= N - 1);
	CHECK(taken() > before && (taken() - before) / N <= 2048);
	for (int i = 0; i < N; i++)
		close(fds[i]);
	site_end();
}

/* It is told, tried again, and costs no turn after turn. */
static void
a_lack_of_descriptors_is_told_and_passes(void)
{
	struct rlimit limit, low;
	int fd;

	site_begin(TRANSPORT_TCP, 10, 10);
	fd = site_call("REG:1001");
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	low = limit;
	low.rlim_cur = (rlim_t)fd + 1;
	CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
	for (int i = 0; i < 10; i++)
		site_turn();
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK(strstr(site_status().why, "open files") != NULL);
	site_turn();
	CHECK(site_status().accepted == 0);
	site_pass(2 * S);
	CHECK(site_status().claimed == 1 && site_status().why[0] == '\0');
	CHECK(site.line.state == LINK_UP);
	close(fd);
	site_end();
}

static bool three_duplicates(void) { return site.line.duplicates == 3; }

/* What the old line has just answered proves it for a while: who goes on claiming
 * its name costs no question each time, and cannot use up its plan. */
static void
claims_one_after_the_other_cost_few_questions(void)
{
	int old, claims[3];

	site_begin(TRANSPORT_TCP, 10, 10);
	old = site_call("REG:1001");
	site_until(one_claimed);
	claims[0] = site_call("REG:1001");
	site_until(two_claimed);
	CHECK(site.told.proves == 1);
	site.line.answered = site.now + 1;
	site_pass(5 * S + S / 4);
	CHECK(site.told.duplicates == 1 && site_hung_up(claims[0]));
	for (int i = 1; i < 3; i++) {
		claims[i] = site_call("REG:1001");
		site_pass(S / 2);
	}
	site_until(three_duplicates);
	CHECK(site.told.proves == 1 && site_hung_up(claims[1]) && site_hung_up(claims[2]));
	CHECK(site.told.duplicates == 1 && !site_hung_up(old));
	/* and not for long: the line may be dead by now */
	site_pass(60 * S);
	claims[0] = site_call("REG:1001");
	site_pass(S);
	CHECK(site.told.proves == 2);
	site_pass(5 * S);
	CHECK(site.told.ups == 2 && site_hung_up(old));
	close(old);
	for (int i = 0; i < 3; i++)
		close(claims[i]);
	site_end();
}

int
main(void)
{
	log_open(LOG_LEVEL_ERR);
	RUN(a_flood_from_its_own_address_keeps_nobody_out);
	RUN(a_network_of_ipv6_is_one_address);
	RUN(callers_by_ipv6_are_heard);
	RUN(a_forged_datagram_tears_no_line);
	RUN(an_address_that_is_another_ones_now_carries_nothing_of_the_first);
	RUN(a_place_in_a_nat_is_kept_between_rare_heartbeats);
	RUN(an_unregistered_connection_takes_2_kib_at_most);
	RUN(a_lack_of_descriptors_is_told_and_passes);
	RUN(claims_one_after_the_other_cost_few_questions);
	return 0;
}
