#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/door/field_line.h"
#include "../../gateway/link/door_calls.h"
#include "../../gateway/link/letterbox.h"
#include "../../gateway/link/private_port.h"
#include "../../gateway/log.h"
#include "../check.h"

/* Both ends of the line between the door and the field role, in one loop. */

static char dir[] = "/tmp/t_door.XXXXXX";
static char control[64], messages[80], streams[80];
static struct loop *loop;
static struct letterbox *box;
static struct field_line *line;

static bool (*wanted)(void);
static int64_t give_up;

static void
look(struct timer *t, int64_t now)
{
	if (wanted() || now > give_up)
		loop_stop(loop);
	else
		loop_arm(loop, t, now + 1000);
}

/* Turns until it is so. */
static void
until(bool (*so)(void))
{
	struct timer t = { .fire = look };

	wanted = so;
	give_up = system_clock.mono() + 60 * US_PER_S;
	loop_arm(loop, &t, 0);
	loop_run(loop, system_clock.mono);
	loop_disarm(loop, &t);
	CHECK(so());
}

static struct { unsigned times; char digest[65]; unsigned connected; } told;

static void
renewed(void *arg, const char *digest, int64_t now)
{
	(void)arg;
	(void)now;
	told.times++;
	snprintf(told.digest, sizeof(told.digest), "%s", digest);
}

static void
connected(void *arg, int64_t now)
{
	(void)arg;
	(void)now;
	told.connected++;
}

static const struct field_line_owner owner = { .renewed = renewed, .connected = connected };

struct one {
	struct delivery	 d;
	unsigned	 times;
	enum door_code	 code;
	char		 why[80];
};

static void
answered(struct delivery *d, enum door_code code, const char *why, int64_t now)
{
	struct one *o = owner_of(d, struct one, d);

	(void)now;
	o->times++;
	o->code = code;
	snprintf(o->why, sizeof(o->why), "%s", why);
}

static struct {
	unsigned	 times;
	enum door_code	 code;
	const char	*why;
	uint64_t	 seq;
	char		 path[DOOR_PATH_MAX + 1];
	size_t		 n;
} brought;

static enum door_code
said(struct addressee *a, const struct door_packet *p, int64_t now, uint64_t *seq,
    const char **why)
{
	(void)a;
	(void)now;
	brought.times++;
	snprintf(brought.path, sizeof(brought.path), "%s", p->path);
	brought.n = p->n;
	*seq = brought.seq;
	*why = brought.why != NULL ? brought.why : "";
	return brought.code;
}

static struct addressee proven = { .receiver = "coap", .identity = "meter-7", .said = said };
static struct addressee plain = { .receiver = "coap", .identity = "meter-8", .unproven = true,
    .said = said };

static bool
both_up(void)
{
	return field_line_up(line) && letterbox_connected(box) && told.times > 0;
}

static void
begin(void)
{
	memset(&told, 0, sizeof(told));
	memset(&brought, 0, sizeof(brought));
	loop = loop_new(16);
	box = letterbox_new(messages, loop, NULL);
	letterbox_renewed(box, "d1");
	letterbox_want(box, true, 0);
	letterbox_expect(box, &proven);
	letterbox_expect(box, &plain);
	line = field_line_new(control, loop, &owner, NULL, 0);
	until(both_up);
}

static void
end(void)
{
	field_line_free(line);
	letterbox_free(box);
	loop_free(loop);
}

static bool
send_one(struct one *o, const char *identity, bool proof, const void *bytes, size_t n)
{
	struct door_packet p = { .kind = DOOR_MESSAGE, .name = "coap", .peer = "10.0.0.1 port 9",
	    .identity = identity, .proven = proof, .path = "/3303/0/5700", .bytes = bytes,
	    .n = n };

	*o = (struct one){ .d = { .answered = answered } };
	return field_line_send(line, &o->d, &p, system_clock.mono());
}

static struct one a, b, c;

static bool
a_answered(void)
{
	return a.times > 0;
}

static bool
b_answered(void)
{
	return b.times > 0;
}

static bool
brought_two(void)
{
	return brought.times >= 2;
}

static bool
c_answered(void)
{
	return c.times > 0;
}

static void
it_is_answered_when_it_is_durable_and_not_before(void)
{
	begin();
	CHECK(strcmp(told.digest, "d1") == 0 && told.connected == 1);
	brought.seq = 7;
	CHECK(send_one(&a, "meter-7", true, "21.5", 4));
	CHECK(send_one(&b, "meter-8", false, "", 0));
	until(brought_two);
	CHECK(strcmp(brought.path, "/3303/0/5700") == 0);
	letterbox_durable(box, 6, 0);
	CHECK(send_one(&c, "nobody", true, "", 0));	/* a whole way there and back */
	until(c_answered);
	CHECK(a.times == 0 && b.times == 0);
	letterbox_durable(box, 7, 0);
	until(b_answered);
	CHECK(a.times == 1 && a.code == DOOR_STORED && b.code == DOOR_STORED);
	CHECK(c.times == 1 && c.code == DOOR_NOBODY);
	/* what was durable already is answered at once */
	CHECK(send_one(&c, "meter-7", true, "1", 1));
	until(c_answered);
	CHECK(c.code == DOOR_STORED);
	end();
}

static void
what_is_refused_says_why(void)
{
	begin();
	CHECK(send_one(&a, "meter-7", false, "1", 1));
	until(a_answered);
	CHECK(a.code == DOOR_UNPROVEN && brought.times == 0);
	brought.code = DOOR_UNSOUND;
	brought.why = "no number: \"x\"";
	CHECK(send_one(&b, "meter-8", false, "x", 1));
	until(b_answered);
	CHECK(b.code == DOOR_UNSOUND && strcmp(b.why, "no number: \"x\"") == 0);
	letterbox_leave(&plain);
	CHECK(send_one(&c, "meter-8", false, "x", 1));
	until(c_answered);
	CHECK(c.code == DOOR_NOBODY && brought.times == 1);
	/* one that the door knows comes again while links may still be opened */
	CHECK(send_one(&c, "meter-8", false, "x", 1));
	c.d.known = true;
	until(c_answered);
	CHECK(c.code == DOOR_BUSY);
	end();
}

#define MANY	6000

static struct one many[MANY];

static bool
all_brought(void)
{
	return brought.times >= MANY;
}

static bool
all_answered(void)
{
	return many[MANY - 1].times > 0;
}

/* More than a socket takes, with a field role that does not look meanwhile. */
static void
six_thousand_at_once(void)
{
	static const uint8_t bytes[500];

	begin();
	brought.seq = 5;
	for (size_t i = 0; i < MANY; i++)
		CHECK(send_one(&many[i], i % 2 != 0 ? "meter-7" : "meter-8", true, bytes,
		    sizeof(bytes)));
	until(all_brought);
	CHECK(brought.times == MANY && many[0].times == 0);
	letterbox_durable(box, 5, 0);
	until(all_answered);
	for (size_t i = 0; i < MANY; i++)
		CHECK(many[i].times == 1 && many[i].code == DOOR_STORED);
	end();
}

static bool room;

static bool
admits(void *arg, size_t bytes, int64_t now)
{
	(void)now;
	return *(bool *)arg && bytes > 0;
}

static int rounds;

static bool
some_rounds(void)
{
	return ++rounds > 20;
}

/* While the store is full it waits in the door, and nobody is turned away. */
static void
what_has_no_room_is_not_read(void)
{
	begin();
	room = false;
	rounds = 0;
	letterbox_admission(box, admits, &room);
	CHECK(send_one(&a, "meter-7", true, "1", 1));
	CHECK(send_one(&b, "meter-8", false, "2", 1));
	until(some_rounds);
	CHECK(brought.times == 0);
	letterbox_look(box, 0);
	rounds = 0;
	until(some_rounds);
	CHECK(brought.times == 0 && a.times == 0);
	room = true;
	letterbox_durable(box, 1, 0);
	until(b_answered);
	CHECK(brought.times == 2 && a.code == DOOR_STORED && b.code == DOOR_STORED);
	room = false;
	CHECK(send_one(&c, "meter-7", true, "1", 1));
	rounds = 0;
	until(some_rounds);
	field_line_free(line);			/* the door dies meanwhile */
	line = field_line_new(control, loop, &owner, NULL, 0);
	memset(&told, 0, sizeof(told));
	until(both_up);
	room = true;
	CHECK(send_one(&c, "meter-7", true, "1", 1));
	until(c_answered);
	CHECK(c.code == DOOR_STORED);
	end();
}

static void
too_many_are_refused_and_not_kept(void)
{
	static const uint8_t bytes[DOOR_BYTES_MAX];
	size_t taken = 0;

	begin();
	while (taken < MANY && send_one(&many[taken], "meter-8", false, bytes, sizeof(bytes)))
		taken++;
	CHECK(taken > 100 && taken < 500);	/* 4 MiB */
	CHECK(many[taken].times == 0 && many[taken].d.token == 0);
	field_line_free(line);
	letterbox_free(box);
	loop_free(loop);
}

static bool
line_down(void)
{
	return !field_line_up(line);
}

/* Whoever waits hears of it, and it goes on where there is somebody again. */
static void
the_field_role_goes_and_comes_back(void)
{
	begin();
	brought.seq = 99;
	CHECK(send_one(&a, "meter-7", true, "1", 1));
	CHECK(send_one(&b, "meter-7", true, "1", 1));
	until(brought_two);
	field_line_forget(line, &b.d);
	letterbox_free(box);
	until(line_down);
	CHECK(a.times == 1 && a.code == DOOR_BUSY && b.times == 0);
	CHECK(!send_one(&c, "meter-7", true, "1", 1));
	memset(&told, 0, sizeof(told));
	box = letterbox_new(messages, loop, NULL);
	letterbox_renewed(box, "d2");
	letterbox_want(box, true, 0);
	letterbox_expect(box, &proven);
	letterbox_expect(box, &plain);
	until(both_up);
	CHECK(strcmp(told.digest, "d2") == 0);
	letterbox_renewed(box, "d3");
	brought.seq = 0;
	CHECK(send_one(&c, "meter-7", true, "1", 1));
	until(c_answered);
	CHECK(c.code == DOOR_STORED && strcmp(told.digest, "d3") == 0);
	end();
}

static bool
state_known(void)
{
	return letterbox_listener(box, "dtu") != NULL;
}

static bool
receiver_known(void)
{
	return letterbox_receiver(box, "dtu") != NULL;
}

static bool
no_door(void)
{
	return !letterbox_connected(box);
}

static void
how_a_listener_fares_is_known_while_the_door_is_there(void)
{
	begin();
	field_line_tell(line, &(struct door_packet){ .kind = DOOR_STATE, .name = "dtu",
	    .why = "port 1: in use", .callers = 4, .accepted = 9, .refused = 2, .late = 1 });
	until(state_known);
	CHECK(strcmp(letterbox_listener(box, "dtu")->why, "port 1: in use") == 0);
	CHECK(letterbox_listener(box, "dtu")->accepted == 9);
	CHECK(letterbox_receiver(box, "dtu") == NULL);
	field_line_tell(line, &(struct door_packet){ .kind = DOOR_RECEIVER, .name = "dtu",
	    .why = "", .callers = 3, .counts = { [DOOR_STORED] = 5 }, .last = 77 });
	until(receiver_known);
	CHECK(letterbox_receiver(box, "dtu")->counts[DOOR_STORED] == 5);
	CHECK(letterbox_receiver(box, "dtu")->last == 77 &&
	    letterbox_listener(box, "dtu")->accepted == 9);
	field_line_free(line);
	until(no_door);
	CHECK(letterbox_listener(box, "dtu") == NULL);
	letterbox_free(box);
	loop_free(loop);
}

static int rogue;

static bool
rogue_cut(void)
{
	char byte;

	return recv(rogue, &byte, 1, MSG_DONTWAIT) == 0 ||
	    (errno != EAGAIN && errno != EWOULDBLOCK);
}

/* Who is no door is hung up on, and the field role goes on. */
static void
nonsense_is_hung_up_on(void)
{
	char byte;

	begin();
	rogue = private_call(messages, SOCK_SEQPACKET);
	CHECK(rogue >= 0 && send(rogue, "\1\2nonsense", 10, MSG_NOSIGNAL) == 10);
	until(line_down);		/* the newest one is the door */
	until(both_up);			/* and now it is this one again */
	while (recv(rogue, &byte, 1, MSG_DONTWAIT) > 0)	/* it was greeted first */
		;
	until(rogue_cut);
	close(rogue);
	CHECK(send_one(&a, "meter-8", false, "1", 1));
	until(a_answered);
	CHECK(a.code == DOOR_STORED);
	end();
}

static void
only_this_user_may_call(void)
{
	struct stat st;

	begin();
	CHECK(stat(messages, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0600);
	end();
	CHECK(stat(messages, &st) < 0 && errno == ENOENT);
}

static struct listeners *listeners;
static struct awaited dtu;
static struct { unsigned times; int fd; char who[64], proof[DTU_ID_MAX + 1]; } call;

static void
called(struct awaited *of, int fd, const union address *from, const struct dtu *d,
    const struct dtu_out *out, int64_t now)
{
	(void)of;
	(void)out;
	(void)now;
	call.times++;
	call.fd = fd;
	address_write(from, call.who);
	strcpy(call.proof, d->proven);
}

static bool
was_called(void)
{
	return call.times > 0;
}

static bool
was_refused(void)
{
	struct listener_status s;

	return listener_look(listeners, "dtu", &s) && s.refused > 0;
}

static struct door_calls *calls;
static struct listener_conf conf = { .name = "dtu", .address = "127.0.0.1",
    .reg = "REG:{id}", .reg_reply = "", .beat_reply = "", .every = 60000000,
    .cert = "", .key = "", .ca = "", .within = 60000000, .callers = 4, .per_address = 3 };

static void
begin_calls(const char *id, enum listener_tls tls)
{
	memset(&call, 0, sizeof(call));
	conf.tls = (int)tls;
	loop = loop_new(16);
	listeners = listeners_new(loop);
	listeners_renew(listeners, &conf, 1, 0);
	calls = door_calls_new(streams, loop, listeners);
	door_calls_want(calls, true, 0);
	line = field_line_new(control, loop, &owner, NULL, 0);
	dtu = (struct awaited){ .id = id, .token = "", .called = called };
	CHECK(listener_await(listeners, "dtu", &dtu) == 0);
}

static void
end_calls(void)
{
	field_line_free(line);
	door_calls_free(calls);
	listeners_free(listeners);
	loop_free(loop);
}

static int
stream(const char *identity, const char *says)
{
	struct door_stream s = { .listener = "dtu", .peer = "10.8.0.17 port 40312" };
	int fd;

	snprintf(s.identity, sizeof(s.identity), "%s", identity);
	fd = field_line_stream(line, &s);
	CHECK(fd >= 0);
	CHECK(send(fd, says, strlen(says), MSG_NOSIGNAL) == (ssize_t)strlen(says));
	return fd;
}

static void
who_proved_who_he_is_gets_the_line(void)
{
	char byte = 0;
	int fd;

	begin_calls("shop17", LISTENER_PSK);
	fd = stream("shop17", "REG:shop17");
	until(was_called);
	CHECK(strcmp(call.who, "10.8.0.17 port 40312") == 0);
	CHECK(strcmp(call.proof, "shop17") == 0);
	CHECK(send(call.fd, "x", 1, MSG_NOSIGNAL) == 1 && recv(fd, &byte, 1, 0) == 1);
	CHECK(byte == 'x');
	close(fd);
	close(call.fd);
	end_calls();
}

static void
who_proved_to_be_another_one_gets_nothing(void)
{
	int fd;

	begin_calls("shop17", LISTENER_PSK);
	fd = stream("shop18", "REG:shop17");
	until(was_refused);
	CHECK(call.times == 0);
	CHECK(strcmp(listeners_stranger(listeners, 0)->said, "shop17") == 0);
	CHECK(strstr(listeners_stranger(listeners, 0)->why, "another one") != NULL);
	close(fd);
	end_calls();
	begin_calls("shop17", LISTENER_PSK);
	fd = stream("", "REG:shop17");
	until(was_refused);
	CHECK(call.times == 0);
	CHECK(strstr(listeners_stranger(listeners, 0)->why, "proved nothing") != NULL);
	close(fd);
	end_calls();
}

/* Caps hold for who comes through the door too. */
static void
of_one_address_no_more_than_its_share(void)
{
	int fds[4];

	begin_calls("shop17", LISTENER_CERTIFICATE);
	for (size_t i = 0; i < 4; i++)
		fds[i] = stream("", "R");
	until(was_refused);
	CHECK(call.times == 0);
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
	end_calls();
}

/* Within five seconds, and at once where it is none. */
static void
a_stream_without_a_head_is_cut(void)
{
	begin_calls("shop17", LISTENER_CERTIFICATE);
	rogue = private_call(streams, SOCK_STREAM);
	CHECK(rogue >= 0 && send(rogue, "half", 4, MSG_NOSIGNAL) == 4);
	until(rogue_cut);
	close(rogue);
	rogue = private_call(streams, SOCK_STREAM);
	for (int i = 0; i < 64; i++)
		CHECK(send(rogue, "none", 4, MSG_NOSIGNAL) == 4);
	until(rogue_cut);
	close(rogue);
	end_calls();
}

static uint16_t
free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(bind(fd, (struct sockaddr *)&at, len) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	close(fd);
	return ntohs(at.sin_port);
}

/* Its port is free again before somebody else wants it. */
static void
a_listener_that_is_renamed_has_its_port_at_once(void)
{
	struct listener_conf now[2] = { conf, conf };
	struct listener_status s;

	now[0].tls = now[1].tls = LISTENER_PLAIN;
	now[0].port = free_port();
	now[1].port = 0;
	now[1].name = "other";
	loop = loop_new(16);
	listeners = listeners_new(loop);
	listeners_renew(listeners, now, 2, 0);
	dtu = (struct awaited){ .id = "shop17", .token = "", .called = called };
	CHECK(listener_await(listeners, "other", &dtu) == 0);
	CHECK(listener_look(listeners, "dtu", &s) && s.why[0] == '\0');
	now[0].name = "renamed";
	listeners_renew(listeners, now, 2, 0);
	CHECK(!listener_look(listeners, "dtu", &s));
	CHECK(listener_look(listeners, "renamed", &s) && strcmp(s.why, "") == 0);
	CHECK(dtu.at == listeners_find(listeners, "other") && dtu.at != NULL);
	listeners_free(listeners);
	CHECK(dtu.at == NULL);
	loop_free(loop);
}

int
main(void)
{
	log_open(LOG_LEVEL_ERR);
	CHECK(mkdtemp(dir) != NULL);
	snprintf(control, sizeof(control), "%s/control", dir);
	snprintf(messages, sizeof(messages), "%s" DOOR_MESSAGES, control);
	snprintf(streams, sizeof(streams), "%s" DOOR_STREAMS, control);
	RUN(it_is_answered_when_it_is_durable_and_not_before);
	RUN(what_is_refused_says_why);
	RUN(six_thousand_at_once);
	RUN(what_has_no_room_is_not_read);
	RUN(too_many_are_refused_and_not_kept);
	RUN(the_field_role_goes_and_comes_back);
	RUN(how_a_listener_fares_is_known_while_the_door_is_there);
	RUN(nonsense_is_hung_up_on);
	RUN(only_this_user_may_call);
	RUN(who_proved_who_he_is_gets_the_line);
	RUN(who_proved_to_be_another_one_gets_nothing);
	RUN(of_one_address_no_more_than_its_share);
	RUN(a_stream_without_a_head_is_cut);
	RUN(a_listener_that_is_renamed_has_its_port_at_once);
	rmdir(dir);
	return 0;
}
