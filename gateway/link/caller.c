#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "../crypt.h"
#include "../room.h"
#include "listener_own.h"

#define AT_ONCE		64	/* in one turn: others have their turn too */
#define ABOVE		1024
#define PIECE		1500	/* bytes heard at once */

#define NOBODY		"nobody is expected by that name"
#define WRONG_TOKEN	"its token is another one"
#define NO_PROOF	"it proved nothing"
#define ANOTHER		"it proved to be another one"
#define NO_FORMAT	"it says nothing of this format"
#define TOO_LATE	"it did not say who it is"

static void	adopt(struct listener *, int64_t now);

static void
drop(struct caller *c)
{
	struct listener *l = c->listener;

	*(c->prev != NULL ? &c->prev->next : &l->first) = c->next;
	*(c->next != NULL ? &c->next->prev : &l->last) = c->prev;
	l->status.callers--;
	if (c->source.fd >= 0) {
		loop_remove(l->all->loop, &c->source);
		close(c->source.fd);
	}
	free(c);
}

static void
arm_cut(struct listener *l)
{
	if (l->first != NULL)
		loop_arm(l->all->loop, &l->cut, l->first->until);
	else
		loop_disarm(l->all->loop, &l->cut);
}

void
caller_drop_all(struct listener *l)
{
	while (l->first != NULL)
		drop(l->first);
	arm_cut(l);
}

/* All have the same time, so the first is the oldest. */
void
caller_cut(struct timer *t, int64_t now)
{
	struct listener *l = owner_of(t, struct listener, cut);

	if (l->newcomers)
		adopt(l, now);
	while (l->first != NULL && l->first->until <= now) {
		if (!l->first->nobody) {
			l->status.late++;
			listener_stranger(l, &l->first->from, "", TOO_LATE, now);
		}
		drop(l->first);
	}
	arm_cut(l);
}

/* The first bytes of what is none of the format, for who has to set it up. */
static void
tell_bytes(struct listener *l, const union address *from, const uint8_t *p, size_t n,
    int64_t now)
{
	char hex[DTU_ID_MAX + 1] = "";

	for (size_t i = 0; i < n && 3 * i + 3 < sizeof(hex); i++)
		snprintf(hex + 3 * i, sizeof(hex) - 3 * i, "%02x ", p[i]);
	if (hex[0] != '\0')
		hex[strlen(hex) - 1] = '\0';
	listener_stranger(l, from, hex, NO_FORMAT, now);
}

/* Constant text; NULL: he may have the line. */
static const char *
why_not(const struct listener *l, const struct awaited *a, const struct dtu *dtu)
{
	if (dtu->proven[0] != '\0' && strcmp(dtu->proven, dtu->is.id) != 0)
		return ANOTHER;
	if (listener_proves(l->conf) && dtu->proven[0] == '\0')
		return NO_PROOF;
	return a->token[0] != '\0' && !crypt_same(a->token, dtu->is.token) ? WRONG_TOKEN : NULL;
}

/* Whose call it is; NULL: nobody's, which was told. */
static struct awaited *
whose(struct listener *l, const union address *from, const struct dtu *dtu, int64_t now)
{
	const struct dtu_found *is = &dtu->is;
	struct awaited *a = listener_awaited(l, is->id);

	if (a == NULL)
		listener_stranger(l, from, is->id, NOBODY, now);
	else if (why_not(l, a, dtu) != NULL) {
		listener_stranger(l, from, is->id, why_not(l, a, dtu), now);
		a = NULL;
	}
	if (a == NULL)
		l->status.refused++;
	else
		l->status.claimed++;
	return a;
}

/* It is nobody's any more: its link has it, or waits to see whether it shall. */
static void
hand_over(struct caller *c, struct awaited *a, const struct dtu_out *out, int64_t now)
{
	struct listener *l = c->listener;
	union address from = c->from;
	struct dtu dtu = c->dtu;
	int fd = c->source.fd;

	loop_remove(l->all->loop, &c->source);
	c->source.fd = -1;
	drop(c);
	arm_cut(l);
	a->called(a, fd, &from, &dtu, out, now);
}

/* A configuration that was read anew, or a start, may come behind the call. */
static void
adopt(struct listener *l, int64_t now)
{
	l->newcomers = false;
	for (struct caller *c = l->first, *next; c != NULL; c = next) {
		uint8_t none[1];
		struct dtu_out out = { .payload = { .at = none }, .registered = true,
		    .reply = { .at = l->dtu.reg_reply.bytes, .len = l->dtu.reg_reply.n,
		    .cap = l->dtu.reg_reply.n } };
		struct awaited *a;

		next = c->next;
		a = c->nobody ? listener_awaited(l, c->dtu.is.id) : NULL;
		if (a != NULL && why_not(l, a, &c->dtu) == NULL) {
			l->status.claimed++;
			hand_over(c, a, &out, now);
		}
	}
}

static void
said(struct caller *c, const uint8_t *p, size_t n, int64_t now)
{
	uint8_t payload[PIECE + 2 * DTU_WORD_MAX], reply[2 * PIECE + 2 * DTU_WORD_MAX];
	struct dtu_out out = { .payload = { .at = payload, .cap = sizeof(payload) },
	    .reply = { .at = reply, .cap = sizeof(reply) } };
	struct awaited *a;

	if (c->nobody)
		return;			/* told nothing, and heard no more */
	if (!dtu_hear(&c->dtu, p, n, &out)) {
		c->listener->status.refused++;
		tell_bytes(c->listener, &c->from, p, n, now);
		c->nobody = true;
		return;
	}
	if (!out.registered)
		return;
	a = whose(c->listener, &c->from, &c->dtu, now);
	if (a != NULL)
		hand_over(c, a, &out, now);
	else
		c->nobody = true;
}

static void
heard(struct source *source, uint32_t events, int64_t now)
{
	struct caller *c = owner_of(source, struct caller, source);
	struct listener *l = c->listener;
	uint8_t bytes[PIECE];
	ssize_t n = recv(source->fd, bytes, sizeof(bytes), 0);

	(void)events;
	if (n > 0) {
		said(c, bytes, (size_t)n, now);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	drop(c);
	arm_cut(l);
}

/* Room for one more; of one address not more than its share, and the oldest of all
 * gives way: who means well has said who he is by now. */
static bool
make_room(struct listener *l, const union address *from)
{
	const struct listener_conf *conf = l->conf;
	int64_t same = 0;

	for (const struct caller *c = l->first; c != NULL; c = c->next)
		same += address_same(&c->from, from, false);
	if (same >= conf->per_address)
		return false;
	if ((int64_t)l->status.callers >= conf->callers)
		drop(l->first);
	return true;
}

static void
tune(int fd)
{
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static struct caller *
add(struct listener *l, int fd, const union address *from, int64_t now)
{
	struct caller *c = room_for(1, sizeof(*c));

	c->listener = l;
	c->source = (struct source){ .fd = fd, .ready = heard };
	c->from = *from;
	c->until = now + l->conf->within;
	dtu_init(&c->dtu, &l->dtu);
	c->prev = l->last;
	*(l->last != NULL ? &l->last->next : &l->first) = c;
	l->last = c;
	l->status.callers++;
	l->status.accepted++;
	tune(fd);
	return c;
}

/* Who says nothing of himself is known by what the door found out, else by where
 * he calls from. */
static void
name_by_address(struct caller *c, int64_t now)
{
	uint8_t none[1];
	const struct dtu_out out = { .payload = { .at = none }, .reply = { .at = none },
	    .registered = true };
	char who[64], *port = strstr(address_write(&c->from, who), " port");
	struct awaited *a;

	if (port != NULL)
		*port = '\0';
	snprintf(c->dtu.is.id, sizeof(c->dtu.is.id), "%.40s",
	    c->dtu.proven[0] != '\0' ? c->dtu.proven : who);
	a = whose(c->listener, &c->from, &c->dtu, now);
	if (a != NULL)
		hand_over(c, a, &out, now);
	else
		c->nobody = true;
}

static void
begin(struct caller *c, int64_t now)
{
	struct listener *l = c->listener;

	if (loop_add(l->all->loop, &c->source, EPOLLIN) < 0)
		drop(c);
	else if (l->dtu.format->by_address)
		name_by_address(c, now);
	arm_cut(l);
}

/* Libraries with select need the low descriptors. */
static int
move_up(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE);

	if (high < 0)
		return fd;
	close(fd);
	return high;
}

void
caller_of_door(struct listener *l, int fd, const union address *from, const char *proven,
    int64_t now)
{
	struct caller *c;

	if (l == NULL || l->conf->tls == LISTENER_PLAIN || strlen(proven) > DTU_ID_MAX ||
	    !make_room(l, from)) {
		if (l != NULL)
			l->status.refused++;
		close(fd);
		return;
	}
	c = add(l, move_up(fd), from, now);
	strcpy(c->dtu.proven, proven);
	begin(c, now);
}

static bool
take_one(struct listener *l, int64_t now)
{
	union address from;
	socklen_t len = sizeof(from);
	int fd = accept4(l->source.fd, &from.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return false;
	if (!make_room(l, &from)) {
		l->status.refused++;
		close(fd);
		return true;
	}
	begin(add(l, move_up(fd), &from, now), now);
	return true;
}

void
caller_ready(struct source *source, uint32_t events, int64_t now)
{
	struct listener *l = owner_of(source, struct listener, source);

	(void)events;
	for (int i = 0; i < AT_ONCE && take_one(l, now); i++)
		;
}

/* Of datagrams nothing is kept of who is nobody's: each says who it is of, or
 * comes from an address that is somebody's. */
static void
datagram(struct listener *l, const union address *from, const uint8_t *p, size_t n,
    int64_t now)
{
	uint8_t payload[PIECE + 2 * DTU_WORD_MAX], reply[2 * PIECE + 2 * DTU_WORD_MAX];
	struct dtu_out out = { .payload = { .at = payload, .cap = sizeof(payload) },
	    .reply = { .at = reply, .cap = sizeof(reply) } };
	struct bound *b = listener_bound(l, from);
	struct awaited *a;
	struct dtu dtu;

	if (b != NULL) {
		b->to->datagram(b->to, p, n, now);
		return;
	}
	dtu_init(&dtu, &l->dtu);
	l->status.accepted++;
	if (!dtu_hear(&dtu, p, n, &out) || !out.registered) {
		l->status.refused++;
		tell_bytes(l, from, p, n, now);
		return;
	}
	a = whose(l, from, &dtu, now);
	if (a != NULL)
		a->called(a, -1, from, &dtu, &out, now);
}

void
caller_datagrams(struct source *source, uint32_t events, int64_t now)
{
	struct listener *l = owner_of(source, struct listener, source);
	uint8_t bytes[PIECE];
	union address from;

	(void)events;
	for (int i = 0; i < AT_ONCE && source->fd >= 0; i++) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(source->fd, bytes, sizeof(bytes), 0, &from.sa, &len);

		if (n < 0 && errno != EINTR && errno != ECONNREFUSED)
			return;
		if (n > 0)
			datagram(l, &from, bytes, (size_t)n, now);
	}
}
