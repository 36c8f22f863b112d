#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "dial_site.h"
#include "../../gateway/link/resolve.h"
#include "../check.h"

struct dial_site site = { .now = 1000 * S };

static struct link_conf link_conf = { .name = "shop17", .proto = "modbus-rtu", .listener = "dtu",
    .identity = "1001", .token = "", .psk = "", .cipher = "" };
static size_t wanted;

static void up(struct link *l, int64_t now) { (void)l; (void)now; site.told.ups++; }

static void
down(struct link *l, const char *why, int64_t now)
{
	(void)l;
	(void)why;
	(void)now;
	site.told.downs++;
}

static void
heard(struct link *l, const uint8_t *p, size_t n, int64_t now)
{
	(void)l;
	(void)p;
	(void)now;
	site.told.heard += n;
}

static void prove(struct link *l, int64_t now) { (void)l; (void)now; site.told.proves++; }

static void
duplicate(struct link *l, const char *from, int64_t now)
{
	(void)l;
	(void)now;
	CHECK(strncmp(from, "127.0.0.", 8) == 0 && strstr(from, " port ") != NULL);
	site.told.duplicates++;
}

static const struct link_owner owner = { .up = up, .down = down, .heard = heard, .prove = prove,
    .duplicate = duplicate };

static int64_t
mono(void)
{
	return site.now;
}

static void
stop(struct timer *t, int64_t now)
{
	(void)t;
	(void)now;
	loop_stop(site.loop);
}

void
site_turn(void)
{
	struct timer t = { .fire = stop };

	loop_arm(site.loop, &t, site.now);
	loop_run(site.loop, mono);
	loop_disarm(site.loop, &t);
}

void
site_until(bool (*so)(void))
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	int64_t end = system_clock.mono() + 90 * S;

	for (site_turn(); !so() && system_clock.mono() < end; site_turn())
		nanosleep(&nap, NULL);
	CHECK(so());
}

void
site_pass(int64_t us)
{
	for (int64_t end = site.now + us; site.now < end; site_turn())
		site.now = site.now + S / 4 < end ? site.now + S / 4 : end;
}

struct listener_status
site_status(void)
{
	struct listener_status s;

	CHECK(listener_look(site.listeners, "dtu", &s));
	return s;
}

static bool heard_all(void) { return site.told.heard >= wanted; }

void
site_hears(size_t n)
{
	wanted = n;
	site_until(heard_all);
}

void
site_as(const struct listener_conf *conf)
{
	union address a;
	socklen_t n = sizeof(a);

	site.conf = *conf;
	memset(&site.told, 0, sizeof(site.told));
	site.loop = loop_new(16);
	site.listeners = listeners_new(site.loop);
	listeners_renew(site.listeners, &site.conf, 1, site.now);
	site.at = listeners_find(site.listeners, "dtu");
	CHECK(getsockname(site.at->source.fd, &a.sa, &n) == 0);
	site.port = ntohs(a.sa.sa_family == AF_INET ? a.in.sin_port : a.in6.sin6_port);
	link_conf.kind = 0;
	while (strcmp(link_kind_at((size_t)link_conf.kind)->name, "dial") != 0)
		link_conf.kind++;
	site.line = (struct link){ .conf = &link_conf,
	    .kind = link_kind_at((size_t)link_conf.kind), .owner = &owner,
	    .listeners = site.listeners };
	link_start(&site.line, site.loop, site.now);
	site_turn();
	CHECK(site.line.state == LINK_OPENING);
}

void
site_begin(enum transport transport, int64_t callers, int64_t per_address)
{
	site_as(&(struct listener_conf){ .name = "dtu", .address = "127.0.0.1",
	    .transport = (int)transport, .reg = "REG:{id:4}", .reg_reply = "", .beat_reply = "",
	    .every = EVERY, .cert = "", .key = "", .ca = "", .within = 30 * S,
	    .callers = callers, .per_address = per_address });
}

void
site_end(void)
{
	link_stop(&site.line);
	listeners_free(site.listeners);
	loop_free(site.loop);
}

int
site_call_from(const char *address, const char *says)
{
	union address from, to;
	int fd;

	CHECK(resolve_numeric(address, 0, &from));
	CHECK(resolve_numeric(from.sa.sa_family == AF_INET ? "127.0.0.1" : "::1", site.port, &to));
	fd = socket(to.sa.sa_family, (site.conf.transport == TRANSPORT_TCP ? SOCK_STREAM :
	    SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	CHECK(bind(fd, &from.sa, address_length(&from)) == 0);
	CHECK(connect(fd, &to.sa, address_length(&to)) == 0);
	if (says[0] != '\0')
		CHECK(send(fd, says, strlen(says), MSG_NOSIGNAL) == (ssize_t)strlen(says));
	return fd;
}

int
site_call(const char *says)
{
	return site_call_from("127.0.0.1", says);
}

bool
site_hung_up(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT);

	CHECK(n <= 0);
	return n == 0 || errno != EAGAIN;
}
