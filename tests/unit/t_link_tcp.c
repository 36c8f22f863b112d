#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/link/resolve.h"
#include "../check.h"
#include "line.h"

/* A listening socket on a free port, or on one that was free before. */
static int
serve(int64_t *port, int backlog)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0);
	CHECK(bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	CHECK(listen(fd, backlog) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
	*port = ntohs(a.sin_port);
	return fd;
}

/* From now on every segment to this socket is lost: the far end is dead
 * without a word. */
static void
deafen(int fd)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = { .len = 1, .filter = &none };

	CHECK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) == 0);
}

static struct link_conf
conf(const char *host, int64_t port)
{
	return (struct link_conf){ .name = "plc", .proto = "", .host = host, .port = port,
	    .keepalive = 20 * US_PER_S };
}

static bool
heard_12(const struct rig *rig)
{
	return rig->nheard >= 12;
}

static void
connects_and_carries_both_ways(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	int listener = serve(&rig.conf.port, 1), far;
	uint8_t frame[12] = { 0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 50 }, got[12];

	rig_start(&rig, "tcp");
	CHECK(rig.link.state == LINK_CLOSED && rig.ups == 0);	/* nothing before the loop */
	CHECK(link_send(&rig.link, frame, 12, 0) == -1);
	CHECK(rig_until(&rig, is_up, 2000));
	far = accept(listener, NULL, NULL);
	CHECK(link_send(&rig.link, frame, 12, system_clock.mono()) == 0);
	CHECK(recv(far, got, 12, MSG_WAITALL) == 12 && memcmp(got, frame, 12) == 0);
	CHECK(send(far, frame, 5, 0) == 5);
	CHECK(send(far, frame + 5, 7, 0) == 7);
	CHECK(rig_until(&rig, heard_12, 2000));
	CHECK(rig.nheard == 12 && memcmp(rig.heard, frame, 12) == 0);
	CHECK(rig.link.tx == 12 && rig.link.rx == 12);
	CHECK(rig.link.ups == 1 && rig.link.downs == 0 && rig.downs == 0);
	rig_stop(&rig);
	CHECK(recv(far, got, 12, 0) == 0);
	close(far);
	close(listener);
}

static int
option(const struct rig *rig, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	CHECK(getsockopt(rig->link.source.fd, level, name, &value, &n) == 0);
	return value;
}

static void
looks_for_dead_peers(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	int listener = serve(&rig.conf.port, 1);

	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_up, 2000));
	CHECK(option(&rig, IPPROTO_TCP, TCP_NODELAY) != 0);
	CHECK(option(&rig, SOL_SOCKET, SO_KEEPALIVE) != 0);
	CHECK(option(&rig, IPPROTO_TCP, TCP_USER_TIMEOUT) == 20000);
	CHECK(option(&rig, IPPROTO_TCP, TCP_KEEPIDLE) == 20);
	CHECK(option(&rig, IPPROTO_TCP, TCP_KEEPIDLE) + option(&rig, IPPROTO_TCP, TCP_KEEPINTVL) *
	    option(&rig, IPPROTO_TCP, TCP_KEEPCNT) <= 60);
	rig_stop(&rig);
	close(listener);
}

static void
a_refused_line_is_told_once(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	int listener = serve(&rig.conf.port, 1);

	close(listener);
	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_down, 2000));
	CHECK(strstr(rig.why, "refused") != NULL && strstr(rig.why, "127.0.0.1") != NULL);
	for (int i = 0; i < 5; i++) {
		rig_hurry(&rig);
		rig_until(&rig, NULL, 20);
	}
	CHECK(rig.downs == 1 && rig.ups == 0);
	CHECK(rig.link.downs == 0);		/* it was never up */
	rig_stop(&rig);
}

static void
backs_off_to_a_minute(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	int listener = serve(&rig.conf.port, 1);
	int64_t expect = US_PER_S, now, wait, distinct = 0, before = 0;

	close(listener);
	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_down, 2000));
	for (int i = 0; i < 12; i++) {
		now = rig.link.since;
		wait = rig.link.retry.at - now;
		CHECK(wait > expect * 3 / 4 && wait <= expect);
		distinct += wait != before;
		before = wait;
		expect = expect * 2 > 60 * US_PER_S ? 60 * US_PER_S : expect * 2;
		rig_hurry(&rig);
		rig_until(&rig, NULL, 10);
	}
	CHECK(expect == 60 * US_PER_S && distinct > 8);
	rig_stop(&rig);
}

static void
an_absent_device_is_found_when_it_starts(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	int listener = serve(&rig.conf.port, 1);

	close(listener);
	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_down, 2000));
	listener = serve(&rig.conf.port, 1);
	CHECK(rig_until(&rig, is_up, 3000));	/* by its own back-off */
	CHECK(rig.ups == 1 && rig.link.why[0] == '\0');
	rig_stop(&rig);
	close(listener);
}

static void
a_restarted_device_is_found_again(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	int listener = serve(&rig.conf.port, 1), far;

	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_up, 2000));
	far = accept(listener, NULL, NULL);
	CHECK(send(far, "123456789012", 12, 0) == 12);
	CHECK(rig_until(&rig, heard_12, 2000));
	close(far);
	close(listener);
	CHECK(rig_until(&rig, is_down, 2000));
	CHECK(strstr(rig.why, "closed by the far end") != NULL);
	CHECK(rig.link.downs == 1);
	CHECK(rig.link.retry.at - rig.link.since <= US_PER_S);	/* it had worked */
	listener = serve(&rig.conf.port, 1);
	CHECK(rig_until(&rig, is_up, 3000));
	CHECK(rig.ups == 2 && rig.downs == 1);
	rig_stop(&rig);
	close(listener);
}

/* One that takes the call and hangs up is not called every second for ever. */
static void
accept_and_close_backs_off(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	int listener = serve(&rig.conf.port, 4);
	int64_t wait = 0;

	rig_start(&rig, "tcp");
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			rig_hurry(&rig);
		CHECK(rig_until(&rig, is_up, 2000));
		close(accept(listener, NULL, NULL));
		rig.downs = 0;
		CHECK(rig_until(&rig, is_down, 2000));
		CHECK(rig.link.retry.at - rig.link.since > wait);
		wait = rig.link.retry.at - rig.link.since;
	}
	CHECK(wait > 6 * US_PER_S);
	rig_stop(&rig);
	close(listener);
}

static void
a_reset_in_mid_frame_is_told(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	struct linger now = { .l_onoff = 1 };
	int listener = serve(&rig.conf.port, 1), far;

	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_up, 2000));
	far = accept(listener, NULL, NULL);
	CHECK(send(far, "\0\1\0\0\0", 5, 0) == 5);
	rig_until(&rig, NULL, 20);
	CHECK(rig.nheard == 5);
	setsockopt(far, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(far);
	CHECK(rig_until(&rig, is_down, 2000));
	CHECK(strstr(rig.why, "reset") != NULL && rig.nheard == 5);
	rig_stop(&rig);
	close(listener);
}

static void
a_far_end_that_reads_nothing_is_down(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	static const uint8_t block[4096];
	int listener = serve(&rig.conf.port, 1), n = 0;
	uint64_t tx;

	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_up, 2000));
	while (link_send(&rig.link, block, sizeof(block), system_clock.mono()) == 0)
		CHECK(++n < 10000);
	CHECK(n > 0 && rig.downs == 1 && is_down(&rig));	/* told before it returned */
	CHECK(strstr(rig.why, "reads nothing") != NULL);
	tx = rig.link.tx;
	CHECK(tx == (uint64_t)n * sizeof(block));
	CHECK(link_send(&rig.link, block, 1, 0) == -1 && rig.link.tx == tx && rig.downs == 1);
	rig_stop(&rig);
	close(listener);
}

/* A host that swallows our SYN: the time limit of a try, shown with less of it. */
static void
a_connect_into_the_void_ends(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	int listener = serve(&rig.conf.port, 1);
	int64_t left;

	deafen(listener);
	rig_start(&rig, "tcp");
	rig_until(&rig, NULL, 100);
	CHECK(rig.link.state == LINK_OPENING && rig.downs == 0);
	left = rig.link.retry.at - rig.link.since;
	CHECK(left > 5 * US_PER_S && left <= 15 * US_PER_S);
	rig_hurry(&rig);
	CHECK(rig_until(&rig, is_down, 500));
	CHECK(strstr(rig.why, "no connection within") != NULL);
	CHECK(rig.link.retry.at > rig.link.since);
	rig_stop(&rig);
	close(listener);
}

/* An established line whose far end lost its power. */
static void
a_half_open_line_is_found(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	int listener = serve(&rig.conf.port, 1), far, soon = 300;

	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_up, 2000));
	far = accept(listener, NULL, NULL);
	deafen(far);
	CHECK(setsockopt(rig.link.source.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &soon,
	    sizeof(soon)) == 0);
	CHECK(link_send(&rig.link, (const uint8_t *)"question", 8, system_clock.mono()) == 0);
	CHECK(rig_until(&rig, is_down, 4000));
	CHECK(strstr(rig.why, "timed out") != NULL);
	rig_stop(&rig);
	close(far);
	close(listener);
}

static void
a_name_is_looked_up(void)
{
	struct rig rig = { .conf = conf("localhost", 0) };
	int listener = serve(&rig.conf.port, 1);

	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_up, 5000));	/* also where ::1 comes first and refuses */
	CHECK(rig.ups == 1 && rig.downs == 0);
	rig_stop(&rig);
	close(listener);
}

/* Whatever the resolver says: in words, and the loop turned meanwhile. */
static void
a_name_without_address_is_told(void)
{
	struct rig rig = { .conf = conf("no-such-host.invalid", 502) };
	int64_t longest = 0;

	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_down, 15000));
	CHECK(strstr(rig.why, "no-such-host.invalid port 502: ") == rig.why);
	CHECK(strstr(rig.why, "name") != NULL);
	CHECK(loop_slow(rig.loop, &longest) == 0);
	rig_hurry(&rig);
	rig_until(&rig, NULL, 5);
	rig_stop(&rig);			/* with the question perhaps still out */
	rig = (struct rig){ .conf = conf("localhost", 1) };
	rig_start(&rig, "tcp");
	CHECK(rig_until(&rig, is_down, 12000));
	rig_stop(&rig);
}

/* Names given up and asked again while the helper is at them: each link hears
 * of its own, and nobody of one that is gone. */
static void
many_names_at_once(void)
{
	enum { N = 8 };
	static struct rig rig[N];
	struct loop *loop = loop_new(N + 1);

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < N; i++) {
			rig[i] = (struct rig){ .conf = conf("localhost", 1), .loop = loop };
			rig_start(&rig[i], "tcp");
		}
		rig_until(&rig[0], NULL, round % 4);
		for (int i = round % 3; i < N; i += 3) {
			rig_stop(&rig[i]);
			memset(&rig[i], 0xff, sizeof(rig[i]));
		}
		for (int i = 0; i < N; i++) {
			if (i % 3 == round % 3)
				continue;
			CHECK(rig_until(&rig[i], is_down, 15000));
			CHECK(strstr(rig[i].why, "refused") != NULL);
			rig_stop(&rig[i]);
		}
	}
	loop_free(loop);
}

/* House rule: in steady state the field role allocates nothing, and a line that
 * comes and goes is steady state. */
static void
coming_and_going_takes_no_memory(void)
{
	struct rig rig = { .conf = conf("127.0.0.1", 0) };
	int listener = serve(&rig.conf.port, 4), far;
	long before = 0;

	rig_start(&rig, "tcp");
	for (int i = 0; i < 5; i++) {
		if (i > 0)
			rig_hurry(&rig);
		if (i == 1)
			before = allocations();
		CHECK(rig_until(&rig, is_up, 2000));
		far = accept(listener, NULL, NULL);
		rig.nheard = 0;
		CHECK(link_send(&rig.link, (const uint8_t *)"question", 8, 0) == 0);
		CHECK(send(far, "the answer..", 12, 0) == 12);
		CHECK(rig_until(&rig, heard_12, 2000));
		close(far);
		rig.downs = 0;
		CHECK(rig_until(&rig, is_down, 2000));
	}
	CHECK(allocations() == before);
	loop_free(loop_new(1));
	CHECK(allocations() > before);		/* they are counted */
	rig_stop(&rig);
	close(listener);
}

static void
digits_need_no_look_up(void)
{
	static const struct { const char *host; int family; } row[] = {
		{ "192.168.10.20", AF_INET }, { "::1", AF_INET6 }, { "fe80::1%lo", AF_INET6 },
		{ "2001:db8::20", AF_INET6 }, { "localhost", 0 }, { "192.168.10", 0 },
		{ "192.168.10.256", 0 }, { "127.0.0.1%lo", 0 }, { "", 0 },
		{ "a-very-long-name-that-would-overflow-a-buffer-of-an-address.example", 0 },
	};
	union address a;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		bool is = resolve_numeric(row[i].host, 502, &a);

		CHECK(is == (row[i].family != 0));
		CHECK(!is || (a.sa.sa_family == row[i].family && a.in.sin_port == htons(502)));
	}
	CHECK(resolve_numeric("fe80::1%lo", 502, &a) && a.in6.sin6_scope_id == 1);
}

int
main(void)
{
	RUN(connects_and_carries_both_ways);
	RUN(looks_for_dead_peers);
	RUN(a_refused_line_is_told_once);
	RUN(backs_off_to_a_minute);
	RUN(an_absent_device_is_found_when_it_starts);
	RUN(a_restarted_device_is_found_again);
	RUN(accept_and_close_backs_off);
	RUN(a_reset_in_mid_frame_is_told);
	RUN(a_far_end_that_reads_nothing_is_down);
	RUN(a_connect_into_the_void_ends);
	RUN(a_half_open_line_is_found);
	RUN(a_name_is_looked_up);
	RUN(a_name_without_address_is_told);
	RUN(many_names_at_once);
	RUN(coming_and_going_takes_no_memory);
	RUN(digits_need_no_look_up);
	return 0;
}
