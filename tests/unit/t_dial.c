#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../gateway/log.h"
#include "../check.h"
#include "dial_site.h"

/* Who may call, how long, and whose the line is. */

static bool one_claimed(void) { return site_status().claimed == 1; }
static bool two_claimed(void) { return site_status().claimed == 2; }
static bool three_claimed(void) { return site_status().claimed == 3; }

static void
a_line_that_was_silent_for_one_and_a_half_heartbeats_gives_way_at_once(void)
{
	int old, new;

	site_begin(TRANSPORT_TCP, 10, 10);
	old = site_call("REG:1001");
	site_until(one_claimed);
	CHECK(site.told.ups == 1 && site.told.proves == 0);
	site_pass(EVERY * 3 / 2 + S);
	new = site_call("REG:1001x");
	site_until(two_claimed);
	CHECK(site.line.state == LINK_UP && site.told.ups == 2 && site.told.downs == 1 && site.told.heard == 1);
	CHECK(site.told.proves == 0 && site.told.duplicates == 0);
	CHECK(site_hung_up(old) && !site_hung_up(new));
	close(old);
	close(new);
	site_end();
}

static void
an_answer_disproves_a_second_claim(void)
{
	int old, new;

	site_begin(TRANSPORT_TCP, 10, 10);
	old = site_call("REG:1001");
	site_until(one_claimed);
	site_pass(EVERY * 3 / 2);
	new = site_call("REG:1001");
	site_until(two_claimed);
	CHECK(site.told.proves == 1 && site.told.ups == 1 && !site_hung_up(new));
	site_pass(4 * S);
	site.line.answered = site.now;
	CHECK(site.told.duplicates == 0 && !site_hung_up(new));
	site_pass(S + S / 4);
	CHECK(site.told.duplicates == 1 && site.line.duplicates == 1 && site.told.ups == 1 && site.told.downs == 0);
	CHECK(site_hung_up(new) && !site_hung_up(old));
	close(old);
	close(new);
	site_end();
}

/* From the first claim on: the next ones put it off no further, and cost nothing. */
static void
silence_for_five_seconds_decides_for_the_newest(void)
{
	int old, new, newest;

	site_begin(TRANSPORT_TCP, 10, 10);
	old = site_call("REG:1001");
	site_until(one_claimed);
	site_pass(10 * S);
	new = site_call("REG:1001");
	site_until(two_claimed);
	site_pass(4 * S);
	newest = site_call("REG:1001");
	site_until(three_claimed);
	CHECK(site.told.proves == 1 && site.told.ups == 1 && site_hung_up(new));
	site_pass(S - S / 4);
	CHECK(site.told.ups == 1 && !site_hung_up(old));
	site_pass(S / 2);
	CHECK(site.told.ups == 2 && site.told.duplicates == 0 && site_hung_up(old) && !site_hung_up(newest));
	close(old);
	close(new);
	close(newest);
	site_end();
}

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

	site_begin(TRANSPORT_TCP, 10, 10);
	old = site_call("REG:1001");
	site_until(one_claimed);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		CHECK(getsockopt(site.line.source.fd, options[i].level, options[i].name, &value,
		    &n) == 0);
		CHECK(value >= options[i].least && value <= options[i].most);
	}
	CHECK(site.line.source.fd >= 1024);
	site_pass(100 * S);
	CHECK(send(old, "HB", 2, MSG_NOSIGNAL) == 2);
	site_hears(2);
	site_pass(2 * EVERY - S);
	CHECK(site.line.state == LINK_UP && site.told.downs == 0);
	site_pass(2 * S);
	CHECK(site.told.downs == 1 && strstr(site.line.why, "two heartbeats") != NULL && site_hung_up(old));
	close(old);
	site_end();
}

static bool two_accepted(void) { return site_status().accepted == 2; }
static bool three_accepted(void) { return site_status().accepted == 3; }
static bool refused(void) { return site_status().refused == 1; }

/* However busily they talk. */
static void
who_does_not_say_who_it_is_is_cut_off(void)
{
	int mute, slow;

	site_begin(TRANSPORT_TCP, 10, 10);
	mute = site_call("");
	slow = site_call("R");
	site_until(two_accepted);
	for (int i = 0; i < 2; i++) {
		site_pass(14 * S);
		CHECK(send(slow, "EG" + i, 1, MSG_NOSIGNAL) == 1);
		site_turn();
	}
	CHECK(site_status().callers == 2 && !site_hung_up(mute) && !site_hung_up(slow));
	site_pass(3 * S);
	CHECK(site_status().callers == 0 && site_status().late == 2 && site_hung_up(mute) && site_hung_up(slow));
	close(mute);
	close(slow);
	site_end();
}

static bool two_strangers(void) { return listeners_stranger(site.listeners, 1) != NULL; }

static void
strangers_are_told_nothing_and_hold_a_place_of_2_kib_at_most(void)
{
	int unknown, browser;

	CHECK(sizeof(struct caller) + 64 <= 2048);
	site_begin(TRANSPORT_TCP, 10, 10);
	unknown = site_call("REG:9999");
	browser = site_call("GET / HTTP/1.1\r\n\r\n");
	site_until(two_strangers);
	CHECK(site_status().callers == 2 && site.told.ups == 0);
	site_pass(29 * S);
	CHECK(!site_hung_up(unknown) && !site_hung_up(browser));
	site_pass(2 * S);
	CHECK(site_hung_up(unknown) && site_hung_up(browser) && site_status().callers == 0);
	close(unknown);
	close(browser);
	site_end();
}

static void
of_one_address_no_more_than_its_share_and_the_oldest_gives_way(void)
{
	static const struct { int64_t callers, per_address; } rows[] = { { 10, 2 }, { 2, 10 } };
	int fds[3];

	for (size_t row = 0; row < 2; row++) {
		site_begin(TRANSPORT_TCP, rows[row].callers, rows[row].per_address);
		for (int i = 0; i < 3; i++)
			fds[i] = site_call("R");
		site_until(three_accepted);
		CHECK(site_status().callers == 2 && site_status().refused == 1);
		CHECK(site_hung_up(fds[0]) && !site_hung_up(fds[1]) && !site_hung_up(fds[2]));
		for (int i = 0; i < 3; i++)
			close(fds[i]);
		site_end();
	}
}

/* A NAT that forgot gives it another port: that is a claim like any other. */
static void
datagrams_follow_who_they_are_of(void)
{
	int old, new;

	site_begin(TRANSPORT_UDP, 10, 10);
	old = site_call("REG:1001");
	site_until(one_claimed);
	CHECK(send(old, "ab", 2, MSG_NOSIGNAL) == 2);
	site_hears(2);
	new = site_call("REG:1001");
	site_until(two_claimed);
	CHECK(site.told.proves == 1 && site.told.ups == 1);
	site_pass(6 * S);
	CHECK(site.told.ups == 2 && site.line.state == LINK_UP);
	CHECK(send(new, "cd", 2, MSG_NOSIGNAL) == 2);
	site_hears(4);
	/* the old address is nobody's now */
	CHECK(send(old, "ef", 2, MSG_NOSIGNAL) == 2);
	site_until(refused);
	CHECK(site.told.heard == 4);
	close(old);
	close(new);
	site_end();
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
