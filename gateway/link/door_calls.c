#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "../door_line.h"
#include "../room.h"
#include "door_calls.h"
#include "listener_own.h"
#include "private_port.h"

#define ARRIVALS	256	/* whose head is not there yet */
#define AT_ONCE		64
#define HEAD_LIMIT	(5 * US_PER_S)

/* A stream without its head. */
struct arrival {
	struct source		 source;	/* fd -1: this place is free */
	struct door_calls	*calls;
	int64_t			 until;
	size_t			 n;
	uint8_t			 head[DOOR_STREAM_HEAD];
};

struct door_calls {
	struct private_port	 port;
	struct loop		*loop;
	struct listeners	*listeners;
	struct timer		 cut;
	struct arrival		*arrivals;
	size_t			 narrivals;
};

static void
let_go(struct arrival *a)
{
	loop_remove(a->calls->loop, &a->source);
	a->source.fd = -1;
	a->calls->narrivals--;
}

static void
drop(struct arrival *a)
{
	int fd = a->source.fd;

	let_go(a);
	close(fd);
}

static void
whole(struct arrival *a, int64_t now)
{
	struct door_stream s;
	union address from;
	int fd = a->source.fd;

	if (!door_get_stream(a->head, &s) || !address_read(s.peer, &from)) {
		drop(a);
		return;
	}
	let_go(a);
	caller_of_door(listeners_find(a->calls->listeners, s.listener), fd, &from, s.identity,
	    now);
}

static void
heard(struct source *source, uint32_t events, int64_t now)
{
	struct arrival *a = owner_of(source, struct arrival, source);
	ssize_t n = recv(source->fd, a->head + a->n, sizeof(a->head) - a->n, 0);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(a);
		return;
	}
	a->n += (size_t)n;
	if (a->n == sizeof(a->head))
		whole(a, now);
}

/* The door sends the head at once: who is without it is none of ours. */
static void
cut(struct timer *t, int64_t now)
{
	struct door_calls *c = owner_of(t, struct door_calls, cut);

	for (size_t i = 0; i < ARRIVALS; i++)
		if (c->arrivals[i].source.fd >= 0 && c->arrivals[i].until <= now)
			drop(&c->arrivals[i]);
	if (c->narrivals > 0)
		loop_arm(c->loop, t, now + US_PER_S);
}

static bool
take_one(struct door_calls *c, int64_t now)
{
	struct arrival *a = c->arrivals;
	int fd = private_accept(c->port.source.fd);

	if (fd < 0)
		return errno == EACCES;
	for (size_t i = 0; i < ARRIVALS && a->source.fd >= 0; i++)
		a++;
	if (c->narrivals >= ARRIVALS) {
		close(fd);
		return true;
	}
	a->source.fd = fd;
	a->until = now + HEAD_LIMIT;
	a->n = 0;
	if (loop_add(c->loop, &a->source, EPOLLIN) < 0) {
		close(fd);
		a->source.fd = -1;
		return true;
	}
	c->narrivals++;
	if (c->cut.place == 0)
		loop_arm(c->loop, &c->cut, a->until);
	return true;
}

static void
ready(struct source *source, uint32_t events, int64_t now)
{
	struct door_calls *c = owner_of(source, struct door_calls, port.source);

	(void)events;
	for (int i = 0; i < AT_ONCE && take_one(c, now); i++)
		;
}

static void
drop_all(struct door_calls *c)
{
	for (size_t i = 0; i < ARRIVALS; i++)
		if (c->arrivals[i].source.fd >= 0)
			drop(&c->arrivals[i]);
	loop_disarm(c->loop, &c->cut);
}

void
door_calls_want(struct door_calls *c, bool wanted, int64_t now)
{
	private_port_want(&c->port, wanted, now);
	if (!wanted)
		drop_all(c);
}

struct door_calls *
door_calls_new(const char *path, struct loop *loop, struct listeners *listeners)
{
	struct door_calls *c = room_for(1, sizeof(*c));

	*c = (struct door_calls){ .loop = loop, .listeners = listeners, .cut = { .fire = cut } };
	private_port_init(&c->port, loop, path, SOCK_STREAM, ready, "nobody can call by TLS");
	c->arrivals = room_for(ARRIVALS, sizeof(*c->arrivals));
	for (size_t i = 0; i < ARRIVALS; i++) {
		c->arrivals[i].source = (struct source){ .fd = -1, .ready = heard };
		c->arrivals[i].calls = c;
	}
	return c;
}

void
door_calls_free(struct door_calls *c)
{
	if (c == NULL)
		return;
	drop_all(c);
	private_port_end(&c->port);
	free(c->arrivals);
	free(c);
}
