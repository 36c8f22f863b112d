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

static void
give_way(struct caller *c)
{
	c->listener->status.refused += !c->nobody;	/* who is nobody was counted */
	drop(c);
}

/* Room for one more: the oldest gives way, of its own address where that has its
 * share, else of all.  Who means well has said who he is by now; and from behind the
 * address of a carrier, where all of them are, a flood keeps nobody else out. */
static void
make_room(struct listener *l, const union address *from)
{
	const struct listener_conf *conf = l->conf;
	struct caller *oldest = NULL;
	int64_t same = 0;

	for (struct caller *c = l->first; c != NULL; c = c->next)
		if (address_near(&c->from, from)) {
			oldest = oldest != NULL ? oldest : c;
			same++;
		}
	if (same >= conf->per_address)
		give_way(oldest);
	else if ((int64_t)l->status.callers >= conf->callers)
		give_way(l->first);
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

/* Who says nothing of himself is known by what the door found out, else by where he
 * calls from: with the port, where a link is known by both. */
static void
name_of(const struct listener *l, const union address *from, struct dtu *dtu)
{
	char host[48], both[64];

	address_host(from, host, sizeof(host));
	snprintf(dtu->is.id, sizeof(dtu->is.id), "%.40s", dtu->proven[0] != '\0' ? dtu->proven :
	    listener_awaited(l, address_place(from, both)) != NULL ? both : host);
}

static void
name_by_address(struct caller *c, int64_t now)
{
	uint8_t none[1];
	const struct dtu_out out = { .payload = { .at = none }, .reply = { .at = none },
	    .registered = true };
	struct awaited *a;

	name_of(c->listener, &c->from, &c->dtu);
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

	if (l == NULL || l->conf->tls == LISTENER_PLAIN || strlen(proven) > DTU_ID_MAX) {
		if (l != NULL)
			l->status.refused++;
		close(fd);
		return;
	}
	make_room(l, from);
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

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			listener_pause(l, errno, now);
		return false;
	}
	make_room(l, &from);
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

static bool
names_itself(struct listener *l, const union address *from, struct dtu *dtu, const uint8_t *p,
    size_t n, struct dtu_out *out)
{
	dtu_init(dtu, &l->dtu);
	dtu->datagrams = true;
	if (!l->dtu.format->by_address)
		return dtu_hear(dtu, p, n, out) && out->registered;
	name_of(l, from, dtu);
	buf_putbytes(&out->payload, p, n);
	return true;
}

/* A NAT gives an address that was one's to the next, and what that says is no answer
 * of the first: it has that address who registers from it.  A name that ends where it
 * likes must be all of the packet, for data might begin so. */
static bool
is_another(const struct listener *l, const struct bound *b, const struct dtu *dtu,
    const struct dtu_out *out)
{
	return strcmp(b->to->id, dtu->is.id) != 0 && listener_awaited(l, dtu->is.id) != NULL &&
	    (!l->dtu.reg.open || out->payload.len == 0);
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
	bool named;

	named = names_itself(l, from, &dtu, p, n, &out);
	if (b != NULL && !(named && is_another(l, b, &dtu, &out))) {
		b->to->datagram(b->to, p, n, now);
		return;
	}
	l->status.accepted++;
	if (!named) {
		l->status.refused++;
		tell_bytes(l, from, p, n, now);
		return;
	}
	a = whose(l, from, &dtu, now);
	if (a != NULL && b != NULL)
		b->to->usurped(b->to, now);
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
