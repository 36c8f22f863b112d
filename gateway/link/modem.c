#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../clock.h"
#include "../room.h"
#include "link.h"

/* The modem of a way that sends messages: it has the line, and asks for us what we
 * want to know, between its own.  One command a packet, with a number that its
 * answer bears. */

#define PACKET	1100
#define HEAD	4

struct shared {
	uint32_t	number;		/* of the command asked last */
};

static const struct key keys[] = {
	{ .name = "way", .type = KEY_STRING, .offset = offsetof(struct link_conf, way),
	  .example = "\"sms\"",
	  .help = "The way of kind modem that has its line." },
	{ .name = "guard", .type = KEY_SPAN, .offset = offsetof(struct link_conf, guard),
	  .fallback = "0s", .min = 0, .max = 1e6,
	  .help = "Pause between an answer and the next command." },
	{ 0 }
};

static int
modem_check(const struct link_conf *conf, struct errs *errs)
{
	if (conf->proto[0] == '\0' || strcmp(conf->proto, "at") == 0)
		return 0;
	return err_add(errs, conf->place.file, conf->place.line,
	    "%s: a modem that sends messages speaks at and nothing else", conf->name);
}

/* An answer to one that was given up belongs to nobody. */
static void
take(struct link *link, const uint8_t *packet, size_t n, int64_t now)
{
	const struct shared *s = link->kind_data;
	uint32_t number = (uint32_t)packet[0] | (uint32_t)packet[1] << 8 |
	    (uint32_t)packet[2] << 16 | (uint32_t)packet[3] << 24;

	if (number == s->number)
		link_heard(link, packet + HEAD, n - HEAD, now);
}

static void
ready(struct source *source, uint32_t events, int64_t now)
{
	struct link *link = owner_of(source, struct link, source);
	uint8_t packet[PACKET];
	ssize_t n = recv(source->fd, packet, sizeof(packet), MSG_DONTWAIT);

	(void)events;
	if (n > HEAD)
		take(link, packet, (size_t)n, now);
	else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		link_is_down(link, "the way gave its modem up", now);
}

static int
fail(struct link *link)
{
	int error = errno;

	if (link->source.fd >= 0)
		close(link->source.fd);
	link->source.fd = -1;
	return link_fail(link, "the modem of way %s is not to be had: %s", link->conf->way,
	    error == ENOENT || error == ECONNREFUSED ? "it is not open" :
	    strerrordesc_np(error));
}

static int
modem_open(struct link *link, int64_t now)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	if (link->kind_data == NULL)
		link->kind_data = room_for(1, sizeof(struct shared));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", link->conf->path);
	link->source.ready = ready;
	link->source.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->source.fd < 0 ||
	    connect(link->source.fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    loop_add(link->loop, &link->source, EPOLLIN) < 0)
		return fail(link);
	link_is_up(link, now);
	return 0;
}

static void
modem_close(struct link *link)
{
	if (link->source.fd < 0)
		return;
	loop_remove(link->loop, &link->source);
	close(link->source.fd);
	link->source.fd = -1;
}

/* The session ends each command with a carriage return, which is the way's. */
static int
modem_send(struct link *link, const uint8_t *bytes, size_t n)
{
	struct shared *s = link->kind_data;
	uint8_t packet[PACKET];

	if (n == 0 || n > PACKET - HEAD)
		return link_fail(link, "a command is too long");
	s->number++;
	for (int i = 0; i < HEAD; i++)
		packet[i] = (uint8_t)(s->number >> 8 * i);
	memcpy(packet + HEAD, bytes, n - (bytes[n - 1] == '\r'));
	if (send(link->source.fd, packet, HEAD + n - (bytes[n - 1] == '\r'),
	    MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 0;
	return link_fail(link, "the way takes no command: %s", strerrordesc_np(errno));
}

static void
modem_forget(struct link *link)
{
	free(link->kind_data);
}

const struct link_kind link_modem = {
	.name = "modem",
	.proto = "at",
	.keys = keys,
	.backoff_max = 5 * US_PER_S,
	.check = modem_check,
	.open = modem_open,
	.close = modem_close,
	.send = modem_send,
	.forget = modem_forget,
};
