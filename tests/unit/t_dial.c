#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/link/link.h"
#include "../../gateway/link/listener_own.h"
#include "../../gateway/log.h"
#include "../check.h"

/* Who may call, how long, and whose the line is; over real sockets, by a clock that
 * is the test's. */

#define S	US_PER_S
#define EVERY	(60 * S)

static int64_t moment = 1000 * S;
static struct loop *loop;
static struct listeners *listeners;
static struct listener *at;
static uint16_t port;

static struct listener_conf conf;
static struct link_conf link_conf = { .name = "shop17", .proto = "modbus-rtu", .listener = "dtu",
    .identity = "1001", .token = "", .psk = "", .cipher = "" };
static struct link line;
static struct { unsigned ups, downs, proves, duplicates; size_t heard; } told;

static void up(struct link *l, int64_t now) { (void)l; (void)now; told.ups++; }

static void
down(struct link *l, const char *why, int64_t now)
{
	(void)l;
	(void)why;
	(void)now;
	told.downs++;
}

static void
heard(struct link *l, const uint8_t *p, size_t n, int64_t now)
{
	(void)l;
	(void)p;
	(void)now;
	told.heard += n;
}

static void prove(struct link *l, int64_t now) { (void)l; (void)now; told.proves++; }

static void
duplicate(struct link *l, const char *from, int64_t now)
{
	(void)l;
	(void)now;
	CHECK(strncmp(from, "127.0.0.1 port ", 15) == 0);
	told.duplicates++;
}

static const struct link_owner owner = { .up = up, .down = down, .heard = heard, .prove = prove,
    .duplicate = duplicate };

static int64_t
mono(void)
{
	return moment;
}

static void
stop(struct timer *t, int64_t now)
{
	(void)t;
	(void)now;
	loop_stop(loop);
}

static void
turn(void)
{
	struct timer t = { .fire = stop };

	loop_arm(loop, &t, moment);
	loop_run(loop, mono);
	loop_disarm(loop, &t);
}

/* What is on its way arrives; no time passes. */
static void
until(bool (*so)(void))
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	int64_t end = system_clock.mono() + 90 * S;

	for (turn(); !so() && system_clock.mono() < end; turn())
		nanosleep(&nap, NULL);
	CHECK(so());
}

static void
pass(int64_t us)
{
	for (int64_t end = moment + us; moment < end; turn())
		moment = moment + S / 4 < end ? moment + S / 4 : end;
}

static struct listener_status
status(void)
{
	struct listener_status s;

	CHECK(listener_look(listeners, "dtu", &s));
	return s;
}

static void
begin(enum transport transport, int64_t callers, int64_t per_address)
{
	struct sockaddr_in a;
	socklen_t n = sizeof(a);

	conf = (struct listener_conf){ .name = "dtu", .address = "127.0.0.1",
	    .transport = (int)transport, .reg = "REG:{id:4}", .reg_reply = "", .beat_reply = "",
	    .every = EVERY, .cert = "", .key = "", .ca = "", .within = 30 * S,
	    .callers = callers, .per_address = per_address };
	memset(&told, 0, sizeof(told));
	loop = loop_new(16);
	listeners = listeners_new(loop);
	listeners_renew(listeners, &conf, 1, moment);
	at = listeners_find(listeners, "dtu");
	CHECK(getsockname(at->source.fd, (struct sockaddr *)&a, &n) == 0);
	port = ntohs(a.sin_port);
	link_conf.kind = 0;
	while (strcmp(link_kind_at((size_t)link_conf.kind)->name, "dial") != 0)
		link_conf.kind++;
	line = (struct link){ .conf = &link_conf, .kind = link_kind_at((size_t)link_conf.kind),
	    .owner = &owner, .listeners = listeners };
	link_start(&line, loop, moment);
	turn();
	CHECK(line.state == LINK_OPENING);
}

static void
end(void)
{
	link_stop(&line);
	listeners_free(listeners);
	loop_free(loop);
}

static int
call(const char *says)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, (conf.transport == TRANSPORT_TCP ? SOCK_STREAM : SOCK_DGRAM) |
	    SOCK_CLOEXEC, 0);

	CHECK(connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0);
	if (says[0] != '\0')
		CHECK(send(fd, says, strlen(says), MSG_NOSIGNAL) == (ssize_t)strlen(says));
	return fd;
}

/* The gateway hung up, and said not a word. */
static bool
hung_up(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);

	CHECK(n <= 0);
	return n == 0 || errno != EAGAIN;
}

static bool one_claimed(void) { return status().claimed == 1; }
static bool two_claimed(void) { return status().claimed == 2; }
static bool three_claimed(void) { return status().claimed == 3; }

static void
a_line_that_was_silent_for_one_and_a_half_heartbeats_gives_way_at_once(void)
{
	int old, new;

	begin(TRANSPORT_TCP, 10, 10);
	old = call("REG:1001");
	until(one_claimed);
	CHECK(told.ups == 1 && told.proves == 0);
	pass(EVERY * 3 / 2 + S);
	new = call("REG:1001x");
	until(two_claimed);
	CHECK(line.state == LINK_UP && told.ups == 2 && told.downs == 1 && told.heard == 1);
	CHECK(told.proves == 0 && told.duplicates == 0);
	CHECK(hung_up(old) && !hung_up(new));
	close(old);
	close(new);
	end();
}

static void
an_answer_disproves_a_second_claim(void)
{
	int old, new;

	begin(TRANSPORT_TCP, 10, 10);
	old = call("REG:1001");
	until(one_claimed);
	pass(EVERY * 3 / 2);
	new = call("REG:1001");
	until(two_claimed);
	CHECK(told.proves == 1 && told.ups == 1 && !hung_up(new));
	pass(4 * S);
	line.answered = moment;
	CHECK(told.duplicates == 0 && !hung_up(new));
	pass(S + S / 4);
	CHECK(told.duplicates == 1 && line.duplicates == 1 && told.ups == 1 && told.downs == 0);
	CHECK(hung_up(new) && !hung_up(old));
	close(old);
	close(new);
	end();
}

/* From the first claim on: the next ones put it off no further, and cost nothing. */
static void
silence_for_five_seconds_decides_for_the_newest(void)
{
	int old, new, newest;

	begin(TRANSPORT_TCP, 10, 10);
	old = call("REG:1001");
	until(one_claimed);
	pass(10 * S);
	new = call("REG:1001");
	until(two_claimed);
	pass(4 * S);
	newest = call("REG:1001");
	until(three_claimed);
	CHECK(told.proves == 1 && told.ups == 1 && hung_up(new));
	pass(S - S / 4);
	CHECK(told.ups == 1 && !hung_up(old));
	pass(S / 2);
	CHECK(told.ups == 2 && told.duplicates == 0 && hung_up(old) && !hung_up(newest));
	close(old);
	close(new);
	close(newest);
	end();
}

static size_t wanted;

static bool heard_all(void) { return told.heard >= wanted; }

static void
two_silent_heartbeats_are_the_end_of_a_line(void)
{
	struct { int level, name, least, most; } options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 1, EVERY / S },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, 1, 2 * EVERY / 1000 },
	};
	int old, value;
	socklen_t n = sizeof(value);

	begin(TRANSPORT_TCP, 10, 10);
	old = call("REG:1001");
	until(one_claimed);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		CHECK(getsockopt(line.source.fd, options[i].level, options[i].name, &value,
		    &n) == 0);
		CHECK(value >= options[i].least && value <= options[i].most);
	}
	CHECK(line.source.fd >= 1024);
	pass(100 * S);
	wanted = told.heard + 2;
	CHECK(send(old, "HB", 2, MSG_NOSIGNAL) == 2);
	until(heard_all);
	pass(2 * EVERY - S);
	CHECK(line.state == LINK_UP && told.downs == 0);
	pass(2 * S);
	CHECK(told.downs == 1 && strstr(line.why, "two heartbeats") != NULL && hung_up(old));
	close(old);
	end();
}

static bool two_accepted(void) { return status().accepted == 2; }
static bool three_accepted(void) { return status().accepted == 3; }
static bool refused(void) { return status().refused == 1; }

/* However busily they talk. */
static void
who_does_not_say_who_it_is_is_cut_off(void)
{
	int mute, slow;

	begin(TRANSPORT_TCP, 10, 10);
	mute = call("");
	slow = call("R");
	until(two_accepted);
	for (int i = 0; i < 2; i++) {
		pass(14 * S);
		CHECK(send(slow, "EG" + i, 1, MSG_NOSIGNAL) == 1);
		turn();
	}
	CHECK(status().callers == 2 && !hung_up(mute) && !hung_up(slow));
	pass(3 * S);
	CHECK(status().callers == 0 && status().late == 2 && hung_up(mute) && hung_up(slow));
	close(mute);
	close(slow);
	end();
}

static bool two_strangers(void) { return listeners_stranger(listeners, 1) != NULL; }

static void
strangers_are_told_nothing_and_hold_a_place_of_2_kib_at_most(void)
{
	int unknown, browser;

	CHECK(sizeof(struct caller) + 64 <= 2048);
	begin(TRANSPORT_TCP, 10, 10);
	unknown = call("REG:9999");
	browser = call("GET / HTTP/1.1\r\n\r\n");
	until(two_strangers);
	CHECK(status().callers == 2 && told.ups == 0);
	pass(29 * S);
	CHECK(!hung_up(unknown) && !hung_up(browser));
	pass(2 * S);
	CHECK(hung_up(unknown) && hung_up(browser) && status().callers == 0);
	close(unknown);
	close(browser);
	end();
}

static void
of_one_address_no_more_than_its_share_and_the_oldest_gives_way(void)
{
	int fds[3];

	begin(TRANSPORT_TCP, 10, 2);
	for (int i = 0; i < 3; i++)
		fds[i] = call("R");
	until(refused);
	CHECK(status().callers == 2 && hung_up(fds[2]) && !hung_up(fds[0]));
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	end();

	begin(TRANSPORT_TCP, 2, 10);
	for (int i = 0; i < 3; i++)
		fds[i] = call("R");
	until(three_accepted);
	CHECK(status().callers == 2 && status().refused == 0);
	CHECK(hung_up(fds[0]) && !hung_up(fds[1]) && !hung_up(fds[2]));
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	end();
}

/* A NAT that forgot gives it another port: that is a claim like any other. */
static void
datagrams_follow_who_they_are_of(void)
{
	int old, new;

	begin(TRANSPORT_UDP, 10, 10);
	old = call("REG:1001");
	until(one_claimed);
	wanted = 2;
	CHECK(send(old, "ab", 2, MSG_NOSIGNAL) == 2);
	until(heard_all);
	new = call("REG:1001");
	until(two_claimed);
	CHECK(told.proves == 1 && told.ups == 1);
	pass(6 * S);
	CHECK(told.ups == 2 && line.state == LINK_UP);
	wanted = 4;
	CHECK(send(new, "cd", 2, MSG_NOSIGNAL) == 2);
	until(heard_all);
	/* the old address is nobody's now */
	CHECK(send(old, "ef", 2, MSG_NOSIGNAL) == 2);
	until(refused);
	CHECK(told.heard == 4);
	close(old);
	close(new);
	end();
}

/* Each format has its row, with an example, in the manual. */
static void
every_format_is_described(void)
{
	static char text[64 * 1024];
	FILE *f = fopen("docs/dtu.md", "r");
	size_t n;

	CHECK(f != NULL);
	n = fread(text, 1, sizeof(text) - 1, f);
	CHECK(n > 0 && n < sizeof(text) - 1);
	fclose(f);
	for (size_t i = 0; dtu_format_at(i) != NULL; i++) {
		char row[64];
		const char *found, *line_end;

		snprintf(row, sizeof(row), "\n| `%s` |", dtu_format_at(i)->name);
		found = strstr(text, row);
		CHECK(found != NULL);
		line_end = strchr(found + 1, '\n');
		CHECK(line_end != NULL && memcmp(line_end - 3, "` |", 3) == 0);
	}
}

int
main(void)
{
	log_open(LOG_LEVEL_ERR);
	RUN(a_line_that_was_silent_for_one_and_a_half_heartbeats_gives_way_at_once);
	RUN(an_answer_disproves_a_second_claim);
	RUN(silence_for_five_seconds_decides_for_the_newest);
	RUN(two_silent_heartbeats_are_the_end_of_a_line);
	RUN(who_does_not_say_who_it_is_is_cut_off);
	RUN(strangers_are_told_nothing_and_hold_a_place_of_2_kib_at_most);
	RUN(of_one_address_no_more_than_its_share_and_the_oldest_gives_way);
	RUN(datagrams_follow_who_they_are_of);
	RUN(every_format_is_described);
	return 0;
}
