#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "../room.h"
#include "link.h"
#include "resolve.h"

/* A far end that is gone without a word is found by its silence: after this
 * long without acknowledging what we sent, or the probes of an idle line. */
#define DEAD_AFTER	20000	/* ms */
#define PROBES		4

#define DIAL_LIMIT	(10 * US_PER_S)
/* Names wait for one another, in turn: who gives up too soon never has his. */
#define NAME_LIMIT	(120 * US_PER_S)

struct tcp {
	struct link	*link;
	struct resolve	names;		/* addresses are kept here */
	char		*host;		/* of it: a conf may be another one later */
	bool		numeric;	/* and never change */
	size_t		next;		/* address to try next */
	size_t		tried;		/* of this round */
};

static const struct key keys[] = {
	{ .name = "host", .type = KEY_STRING, .offset = offsetof(struct link_conf, host),
	  .example = "\"192.168.10.20\"",
	  .help = "Address or name of the far end." },
	{ .name = "port", .type = KEY_INT, .offset = offsetof(struct link_conf, port),
	  .fallback = "502", .min = 1, .max = 65535, .help = "TCP port of the far end." },
	{ .name = "keepalive", .type = KEY_SPAN, .offset = offsetof(struct link_conf, keepalive),
	  .fallback = "20s", .min = 1e6, .max = 3600e6,
	  .help = "A line that is silent so long is probed; a quarter of it later again." },
	{ .name = "guard", .type = KEY_SPAN, .offset = offsetof(struct link_conf, guard),
	  .fallback = "0s", .min = 0, .max = 1e6,
	  .help = "Pause between an answer and the next question." },
	{ 0 }
};

static int
tcp_check(const struct link_conf *conf, struct errs *errs)
{
	if (conf->host[0] != '\0')
		return 0;
	return err_add(errs, conf->place.file, conf->place.line, "%s: host is empty", conf->name);
}

static const struct link_words told[] = {
	{ ECONNREFUSED, ERR_("refused: nothing listens there") },
	{ ECONNRESET, ERR_("reset by the far end") },
	{ EPIPE, ERR_("closed by the far end") },
	{ ETIMEDOUT, ERR_("timed out: the far end does not answer") },
	{ EHOSTUNREACH, ERR_("no way to the far end") },
	{ ENETUNREACH, ERR_("no way to its network") },
	{ ENETDOWN, ERR_("the network is down") },
	{ EHOSTDOWN, ERR_("the far end is switched off") },
	{ EMFILE, ERR_("too many open files") },
	{ ENFILE, ERR_("too many open files on this machine") },
	{ 0 }
};

static const char *
words(int error)
{
	return link_words(told, error);
}

static int
fail(struct link *link, const char *what)
{
	return link_fail(link, "%s port %lld: %s", link->conf->host,
	    (long long)link->conf->port, what);
}

static void
down(struct link *link, const char *what, int64_t now)
{
	char why[sizeof(link->why)];

	snprintf(why, sizeof(why), "%s port %lld: %s", link->conf->host,
	    (long long)link->conf->port, what);
	link_is_down(link, why, now);
}

/* In order, or by a reset of what lay idle. */
static void
ended(struct link *link, const char *what, int64_t now)
{
	char why[sizeof(link->why)];

	snprintf(why, sizeof(why), "%s port %lld: %s", link->conf->host,
	    (long long)link->conf->port, what);
	link_is_ended(link, why, now);
}

static void
tune(int fd, int64_t keepalive)
{
	int idle = (int)(keepalive / US_PER_S);
	const struct { int level, name, value; } options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, DEAD_AFTER },
		{ IPPROTO_TCP, TCP_KEEPIDLE, idle },
		{ IPPROTO_TCP, TCP_KEEPINTVL, (idle + 3) / 4 },
		{ IPPROTO_TCP, TCP_KEEPCNT, PROBES },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
	};

	/* Each only betters the line; none is worth staying down for. */
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
		    sizeof(options[i].value));
}

static void
drop(struct link *link)
{
	if (link->source.fd < 0)
		return;
	loop_remove(link->loop, &link->source);
	meter_close(&link->meter, link->source.fd);
	close(link->source.fd);
	link->source.fd = -1;
}

/* 0: under way; else why not. */
static int
dial(struct link *link, const union address *a)
{
	int fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return errno;
	link->source.fd = fd;
	tune(fd, link->conf->keepalive);
	meter_dial(&link->meter, fd);
	if (connect(fd, &a->sa, address_length(a)) < 0 && errno != EINPROGRESS)
		error = errno;
	else if (loop_add(link->loop, &link->source, EPOLLOUT) < 0)
		error = errno;
	if (error != 0) {
		meter_close(&link->meter, fd);
		close(fd);
		link->source.fd = -1;
	}
	return error;
}

/* Tries the addresses one after the other, each once a round, beginning where
 * the last round stopped: a first address that swallows everything until the
 * time is over does not hide the second.  0: one is under way. */
static int
dial_next(struct link *link)
{
	struct tcp *tcp = link->kind_data;
	int error = EHOSTUNREACH;

	while (tcp->tried < tcp->names.n) {
		const union address *a = &tcp->names.at[tcp->next++ % tcp->names.n];

		tcp->tried++;
		error = dial(link, a);
		if (error == 0)
			return 0;
	}
	return error;
}

static void
dial_or_down(struct link *link, int64_t now)
{
	int error = dial_next(link);

	if (error != 0)
		down(link, words(error), now);
}

static void
resolved(struct resolve *r, int64_t now)
{
	struct tcp *tcp = owner_of(r, struct tcp, names);

	if (r->n == 0) {
		down(tcp->link, r->why, now);
		return;
	}
	link_limit(tcp->link, now + DIAL_LIMIT);
	dial_or_down(tcp->link, now);
}

static int
pending_error(int fd)
{
	int error = 0;
	socklen_t n = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0 ? errno : error;
}

static void
dialled(struct link *link, int64_t now)
{
	struct tcp *tcp = link->kind_data;
	int error = pending_error(link->source.fd);

	if (error == 0 && loop_change(link->loop, &link->source, EPOLLIN) < 0)
		error = errno;
	if (error == 0) {
		tcp->next--;		/* this one works: begin with it next time */
		link_is_up(link, now);
		return;
	}
	drop(link);
	if (tcp->tried < tcp->names.n)
		dial_or_down(link, now);
	else
		down(link, words(error), now);
}

/* One read a turn; what is left is told again. */
static void
hear(struct link *link, int64_t now)
{
	uint8_t bytes[2048];
	ssize_t n = recv(link->source.fd, bytes, sizeof(bytes), 0);

	if (n > 0)
		link_heard(link, bytes, (size_t)n, now);
	else if (n == 0 || errno == ECONNRESET)
		ended(link, words(n == 0 ? EPIPE : ECONNRESET), now);
	else if (errno != EAGAIN && errno != EINTR)
		down(link, words(errno), now);
}

static void
ready(struct source *source, uint32_t events, int64_t now)
{
	struct link *link = owner_of(source, struct link, source);

	(void)events;
	if (link->state == LINK_OPENING)
		dialled(link, now);
	else
		hear(link, now);
}

static struct tcp *
make(struct link *link)
{
	struct tcp *tcp = room_for(1, sizeof(*tcp));

	tcp->link = link;
	tcp->host = room_for(strlen(link->conf->host) + 1, 1);
	tcp->names.host = strcpy(tcp->host, link->conf->host);
	tcp->names.port = (uint16_t)link->conf->port;
	tcp->names.done = resolved;
	tcp->numeric = resolve_numeric(tcp->names.host, tcp->names.port, &tcp->names.at[0]);
	tcp->names.n = tcp->numeric;
	link->source.ready = ready;
	return link->kind_data = tcp;
}

static int
tcp_open(struct link *link, int64_t now)
{
	struct tcp *tcp = link->kind_data != NULL ? link->kind_data : make(link);
	int error;

	tcp->tried = 0;
	if (!tcp->numeric) {
		link_limit(link, now + NAME_LIMIT);
		return resolve_ask(&tcp->names, link->loop) == 0 ? 0 :
		    fail(link, "the name cannot be looked up");
	}
	link_limit(link, now + DIAL_LIMIT);
	error = dial_next(link);
	return error == 0 ? 0 : fail(link, words(error));
}

static void
tcp_close(struct link *link)
{
	struct tcp *tcp = link->kind_data;

	resolve_cancel(&tcp->names);
	drop(link);
}

/* A frame is small and the far end's window empty when we ask: what does not
 * fit at once says that nobody reads there. */
static int
tcp_send(struct link *link, const uint8_t *bytes, size_t n)
{
	ssize_t sent = send(link->source.fd, bytes, n, MSG_NOSIGNAL);

	if (sent == (ssize_t)n)
		return 0;
	if (sent >= 0 || errno == EAGAIN)
		return fail(link, "the far end reads nothing");
	return fail(link, words(errno));
}

static void
tcp_forget(struct link *link)
{
	struct tcp *tcp = link->kind_data;

	if (tcp != NULL)
		free(tcp->host);
	free(tcp);
}

const struct link_kind link_tcp = {
	.name = "tcp",
	.proto = "modbus-tcp",
	.keys = keys,
	.backoff_max = 60 * US_PER_S,
	.metered = true,
	.check = tcp_check,
	.open = tcp_open,
	.close = tcp_close,
	.send = tcp_send,
	.forget = tcp_forget,
};
