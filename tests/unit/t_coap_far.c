#include <arpa/inet.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/clock.h"
#include "../../gateway/door/coap_far.h"
#include "../../gateway/link/coap_conf.h"
#include "../../gateway/loop.h"
#include "../check.h"

static bool
same(const char *is, const char *wanted)
{
	if (strcmp(is, wanted) != 0)
		fprintf(stderr, "it is: %s\n", is);
	return strcmp(is, wanted) == 0;
}

#define CHECK_STR(is, wanted)	CHECK(same((is), (wanted)))

/* What the name server says: addresses, or an error after a while. */
static struct {
	const char	*at[RESOLVE_MAX + 2];
	int		 error;
	unsigned	 wait;		/* us */
	_Atomic unsigned asked;
} server;

/* Instead of that of the C library. */
int
getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
    struct addrinfo **to)
{
	struct addrinfo **end = to;

	(void)host;
	(void)hints;
	server.asked++;
	usleep(server.wait);
	*to = NULL;
	for (const char *const *at = server.at; server.error == 0 && *at != NULL; at++) {
		struct addrinfo *one = calloc(1, sizeof(*one) + sizeof(union address));
		union address *a = (union address *)(void *)(one + 1);

		CHECK(resolve_numeric(*at, (uint16_t)atoi(port), a));
		one->ai_addr = &a->sa;
		one->ai_addrlen = address_length(a);
		*end = one;
		end = &one->ai_next;
	}
	return server.error;
}

void
freeaddrinfo(struct addrinfo *info)
{
	while (info != NULL) {
		struct addrinfo *next = info->ai_next;

		free(info);
		info = next;
	}
}

static struct loop *loop;
static struct coap_far far;
static struct { unsigned times; const char *why; } told;

static void
found(struct coap_far *f, const char *why, int64_t now)
{
	(void)now;
	CHECK(f == &far);
	told.times++;
	told.why = why;
	loop_stop(loop);
}

static void
over(struct timer *t, int64_t now)
{
	(void)t;
	(void)now;
	loop_stop(loop);
}

/* A round of a name, looked up. */
static const char *
look_up(void)
{
	struct timer limit = { .fire = over };

	told.why = NULL;
	CHECK(coap_far_begin(&far) == 0);
	CHECK(coap_far_next(&far) == NULL);	/* not before it is found */
	loop_arm(loop, &limit, system_clock.mono() + 60 * US_PER_S);
	while (told.why == NULL && limit.at > system_clock.mono())
		loop_run(loop, system_clock.mono);
	loop_disarm(loop, &limit);
	CHECK(told.why != NULL);
	return told.why;
}

static const char *
next(void)
{
	static char text[64];
	const union address *a = coap_far_next(&far);

	return a != NULL ? address_write(a, text) : "none";
}

static void
begin(const char *host)
{
	loop = loop_new(4);
	coap_far_init(&far, loop, host, 5684, found);
}

static void
end(void)
{
	coap_far_end(&far);
	loop_free(loop);
}

static void
digits_are_no_matter_of_a_name_server(void)
{
	unsigned before = server.asked;

	begin("fd00::5");
	CHECK_STR(next(), "none");		/* no round was begun */
	for (int round = 0; round < 2; round++) {
		CHECK(coap_far_begin(&far) == 0);
		CHECK_STR(next(), "fd00::5 port 5684");
		CHECK_STR(next(), "none");
	}
	end();
	begin("fe80::1%lo");
	CHECK(coap_far_begin(&far) == 0);
	CHECK(coap_far_next(&far)->in6.sin6_scope_id == 1);
	end();
	begin("10.0.0.5");
	CHECK(coap_far_begin(&far) == 0);
	CHECK_STR(next(), "10.0.0.5 port 5684");
	coap_far_works(&far);
	CHECK_STR(next(), "none");
	CHECK(coap_far_begin(&far) == 0);
	CHECK_STR(next(), "10.0.0.5 port 5684");
	end();
	CHECK(server.asked == before && told.times == 0);
}

static void
say(const char *first, const char *second)
{
	server.error = 0;
	server.at[0] = first;
	server.at[1] = second;
}

static void
each_address_is_tried_once_a_round(void)
{
	begin("river.example.org");
	say("fd00::5", "10.0.0.5");
	CHECK_STR(look_up(), "");
	CHECK_STR(next(), "fd00::5 port 5684");
	CHECK_STR(next(), "10.0.0.5 port 5684");
	CHECK_STR(next(), "none");
	CHECK_STR(look_up(), "");
	CHECK_STR(next(), "fd00::5 port 5684");
	CHECK_STR(next(), "10.0.0.5 port 5684");
	coap_far_works(&far);
	CHECK_STR(next(), "none");
	CHECK_STR(look_up(), "");
	CHECK_STR(next(), "10.0.0.5 port 5684");	/* it worked: it is the first */
	CHECK_STR(next(), "fd00::5 port 5684");
	CHECK_STR(next(), "none");
	end();
}

static void
an_address_that_changed_is_found(void)
{
	begin("river.example.org");
	say("10.0.0.5", NULL);
	CHECK_STR(look_up(), "");
	CHECK_STR(next(), "10.0.0.5 port 5684");
	coap_far_works(&far);
	say("10.0.0.6", NULL);
	CHECK_STR(look_up(), "");
	CHECK_STR(next(), "10.0.0.6 port 5684");
	CHECK_STR(next(), "none");
	end();
}

static void
where_no_server_answers_the_last_ones_hold(void)
{
	begin("river.example.org");
	server.error = EAI_AGAIN;
	CHECK_STR(look_up(), "the name server does not answer");
	CHECK_STR(next(), "none");
	say("10.0.0.5", "10.0.0.6");
	CHECK_STR(look_up(), "");
	server.error = EAI_AGAIN;
	CHECK_STR(look_up(), "");
	CHECK_STR(next(), "10.0.0.5 port 5684");
	CHECK_STR(next(), "10.0.0.6 port 5684");
	CHECK_STR(next(), "none");
	server.error = EAI_NONAME;
	CHECK_STR(look_up(), "no such name");
	CHECK_STR(next(), "none");
	server.error = EAI_AGAIN;
	CHECK_STR(look_up(), "the name server does not answer");
	CHECK_STR(next(), "none");
	end();
}

static unsigned turns;

static void
turn(struct timer *t, int64_t now)
{
	turns++;
	loop_arm(loop, t, now + 10000);
}

static void
a_slow_server_holds_up_nothing(void)
{
	struct timer t = { .fire = turn };
	unsigned before = server.asked;

	begin("river.example.org");
	say("10.0.0.5", NULL);
	server.wait = 500000;
	turns = 0;
	loop_arm(loop, &t, system_clock.mono());
	CHECK(coap_far_begin(&far) == 0 && coap_far_begin(&far) == 0);
	CHECK_STR(look_up(), "");
	CHECK(turns >= 2);
	CHECK(server.asked == before + 1);	/* asked twice, it is still one question */
	CHECK_STR(next(), "10.0.0.5 port 5684");
	loop_disarm(loop, &t);
	end();
}

/* While it is out; what comes of it is nobody's. */
static void
a_look_up_that_is_given_up_tells_nothing(void)
{
	unsigned before;

	begin("river.example.org");
	server.wait = 200000;
	before = told.times;
	CHECK(coap_far_begin(&far) == 0);
	end();
	memset(&far, 0xff, sizeof(far));
	server.wait = 0;
	begin("lake.example.org");
	say("10.0.0.7", NULL);
	CHECK_STR(look_up(), "");
	CHECK_STR(next(), "10.0.0.7 port 5684");
	CHECK(told.times == before + 1);
	end();
}

static void
no_more_than_there_is_room_for(void)
{
	begin("river.example.org");
	server.error = 0;
	for (int i = 0; i < RESOLVE_MAX + 1; i++)
		server.at[i] = "10.0.0.5";
	CHECK_STR(look_up(), "");
	for (int i = 0; i < RESOLVE_MAX; i++)
		CHECK_STR(next(), "10.0.0.5 port 5684");
	CHECK_STR(next(), "none");
	end();
}

static void
a_uri_is_read(void)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
		bool secure, named;
	} rows[] = {
		{ "coap://10.0.0.5", "10.0.0.5", 5683, false, false },
		{ "coaps://10.0.0.5/", "10.0.0.5", 5684, true, false },
		{ "coap://[fd00::5]:99", "fd00::5", 99, false, false },
		{ "coaps://[::1]", "::1", 5684, true, false },
		{ "coap://[fe80::1%lo]:5683", "fe80::1%lo", 5683, false, false },
		{ "coaps://river.example.org", "river.example.org", 5684, true, true },
		{ "coap://river:5000/", "river", 5000, false, true },
		{ "coap://nb_1.1st-site.lan.", "nb_1.1st-site.lan.", 5683, false, true },
		{ "coap://3com", "3com", 5683, false, true },
		{ "coap://fd00::5", NULL, 0, false, false },
		{ "coap://[10.0.0.5]", NULL, 0, false, false },
		{ "coap://[river]", NULL, 0, false, false },
		{ "coap://[fd00::5", NULL, 0, false, false },
		{ "coap://[]", NULL, 0, false, false },
		{ "coap://10.0.0.256", NULL, 0, false, false },
		{ "coap://10.0.0", NULL, 0, false, false },
		{ "coap://river..lan", NULL, 0, false, false },
		{ "coap://.lan", NULL, 0, false, false },
		{ "coap://-river", NULL, 0, false, false },
		{ "coap://ri%76er", NULL, 0, false, false },
		{ "coap://river:0", NULL, 0, false, false },
		{ "coap://river:65536", NULL, 0, false, false },
		{ "coap://river/3303", NULL, 0, false, false },
		{ "http://river", NULL, 0, false, false },
		{ "coap://", NULL, 0, false, false },
		{ "", NULL, 0, false, false },
	};
	struct coap_uri to;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool is = coap_uri(rows[i].text, &to);

		if (is != (rows[i].host != NULL))
			fprintf(stderr, "it is: %s\n", rows[i].text);
		CHECK(is == (rows[i].host != NULL));
		if (!is)
			continue;
		CHECK_STR(to.host, rows[i].host);
		CHECK(to.port == rows[i].port && to.secure == rows[i].secure);
		CHECK(to.named == rows[i].named);
	}
}

int
main(void)
{
	RUN(digits_are_no_matter_of_a_name_server);
	RUN(each_address_is_tried_once_a_round);
	RUN(an_address_that_changed_is_found);
	RUN(where_no_server_answers_the_last_ones_hold);
	RUN(a_slow_server_holds_up_nothing);
	RUN(a_look_up_that_is_given_up_tells_nothing);
	RUN(no_more_than_there_is_room_for);
	RUN(a_uri_is_read);
	return 0;
}
