#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "tls_own.h"

#define AT_ONCE		32	/* accepted in one turn */
#define PIECE		1460	/* bytes at once, each way: what a DTU sends in one */
#define TURN_MOST	8	/* pieces of one call in one turn */
#define TELL_MOST	20	/* strangers in a second */

static struct tls_calls *
list_of(struct tls_call *c)
{
	return c->until > 0 ? &c->port->shaking : &c->port->open;
}

/* Which share its address belongs to. */
static uint16_t *
share_of(struct tls_call *c)
{
	size_t n;
	const uint8_t *at = address_network(&c->from, &n);
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < n; i++)
		h = (h ^ at[i]) * 16777619U;
	return &c->port->shares[(h ^ h >> 16) & (TLS_SHARES - 1)];
}

static void
unlink_call(struct tls_call *c)
{
	struct tls_calls *l = list_of(c);

	if (c->until > 0 && c->tls != NULL) {
		c->port->nhalf--;
		--*share_of(c);
	}
	*(c->prev != NULL ? &c->prev->next : &l->first) = c->next;
	*(c->next != NULL ? &c->next->prev : &l->last) = c->prev;
	l->n--;
}

static void
link_call(struct tls_call *c)
{
	struct tls_calls *l = list_of(c);

	c->next = NULL;
	c->prev = l->last;
	*(l->last != NULL ? &l->last->next : &l->first) = c;
	l->last = c;
	l->n++;
}

static void
close_source(struct loop *loop, struct source *s)
{
	if (s->fd < 0)
		return;
	loop_remove(loop, s);
	close(s->fd);
	s->fd = -1;
}

static void
drop(struct tls_call *c)
{
	struct loop *loop = c->port->door->loop;

	unlink_call(c);
	if (c->tls != NULL)
		tls_bye(c->tls);
	tls_free(c->tls);
	close_source(loop, &c->outer);
	close_source(loop, &c->inner);
	free(c->up.at);
	free(c->down.at);
	free(c);
}

static void
arm_cut(struct tls_port *p)
{
	if (p->shaking.first != NULL)
		loop_arm(p->door->loop, &p->cut, p->shaking.first->until);
	else
		loop_disarm(p->door->loop, &p->cut);
}

/* Who has to set up the DTU wants to know; a flood wants to be told of too, and is
 * only counted. */
static void
refuse(struct tls_call *c, enum door_code code)
{
	struct tls_port *p = c->port;
	char who[64];

	p->refused++;
	if (p->told++ < TELL_MOST)
		field_line_tell(p->door->line, &(struct door_packet){ .kind = DOOR_REFUSED,
		    .name = p->conf.name, .peer = address_write(&c->from, who),
		    .identity = c->tls != NULL ? tls_claim(c->tls) : "", .code = code });
	drop(c);
	arm_cut(p);
}

void
tls_port_cut(struct timer *t, int64_t now)
{
	struct tls_port *p = owner_of(t, struct tls_port, cut);

	while (p->shaking.first != NULL && p->shaking.first->until <= now) {
		p->late++;
		refuse(p->shaking.first, DOOR_NO_TLS);
	}
	arm_cut(p);
}

void
tls_port_drop_all(struct tls_port *p)
{
	while (p->shaking.first != NULL)
		drop(p->shaking.first);
	while (p->open.first != NULL)
		drop(p->open.first);
	arm_cut(p);
}

/* What the sockets are to wake for.  Nothing is read that could not be passed on. */
static void
watch(struct tls_call *c)
{
	struct loop *loop = c->port->door->loop;
	uint32_t outer = c->up.at == NULL ? EPOLLIN : 0, inner = 0;

	if (c->down.at != NULL || c->outer_writes)
		outer |= EPOLLOUT;
	if (c->down.at == NULL)
		inner |= EPOLLIN;
	if (c->up.at != NULL)
		inner |= EPOLLOUT;
	if (outer != c->outer_for)
		loop_change(loop, &c->outer, c->outer_for = outer);
	if (c->inner.fd >= 0 && inner != c->inner_for)
		loop_change(loop, &c->inner, c->inner_for = inner);
}

static bool
keep_rest(struct unsent *r, const uint8_t *bytes, size_t n)
{
	r->at = malloc(n);
	if (r->at == NULL)
		return false;
	memcpy(r->at, bytes, n);
	r->n = n;
	r->pos = 0;
	return true;
}

static void
free_rest(struct unsent *r)
{
	free(r->at);
	r->at = NULL;
}

/* To the field role.  False: it is gone. */
static bool
pass_up(struct tls_call *c, const uint8_t *bytes, size_t n)
{
	ssize_t sent = send(c->inner.fd, bytes, n, MSG_NOSIGNAL);

	if (sent < 0 && errno != EAGAIN && errno != EINTR)
		return false;
	sent = sent < 0 ? 0 : sent;
	return (size_t)sent == n || keep_rest(&c->up, bytes + sent, n - (size_t)sent);
}

/* False: it is over. */
static bool
hear_outer(struct tls_call *c)
{
	uint8_t bytes[PIECE];
	size_t got;

	c->outer_writes = false;
	/* what OpenSSL has read already wakes nobody: it is taken to its end */
	for (int i = 0; c->up.at == NULL && (i < TURN_MOST || tls_has_more(c->tls)); i++) {
		enum tls_state state = tls_read(c->tls, bytes, sizeof(bytes), &got);

		c->outer_writes = state == TLS_WANTS_WRITE;
		if (state == TLS_WANTS_READ || state == TLS_WANTS_WRITE)
			return true;
		if (state != TLS_GOES_ON || !pass_up(c, bytes, got))
			return false;
	}
	return true;
}

/* To the DTU.  False: it is gone. */
static bool
flush_down(struct tls_call *c)
{
	while (c->down.at != NULL) {
		size_t put = 0;
		enum tls_state state = tls_write(c->tls, c->down.at + c->down.pos,
		    c->down.n - c->down.pos, &put);

		if (state == TLS_WANTS_READ || state == TLS_WANTS_WRITE)
			return true;
		if (state != TLS_GOES_ON)
			return false;
		c->down.pos += put;
		if (c->down.pos == c->down.n)
			free_rest(&c->down);
	}
	return true;
}

static bool
flush_up(struct tls_call *c)
{
	while (c->up.at != NULL) {
		ssize_t sent = send(c->inner.fd, c->up.at + c->up.pos, c->up.n - c->up.pos,
		    MSG_NOSIGNAL);

		if (sent < 0)
			return errno == EAGAIN || errno == EINTR;
		c->up.pos += (size_t)sent;
		if (c->up.pos == c->up.n)
			free_rest(&c->up);
	}
	return true;
}

static bool
hear_inner(struct tls_call *c)
{
	uint8_t bytes[PIECE];

	for (int i = 0; i < TURN_MOST && c->down.at == NULL; i++) {
		ssize_t n = recv(c->inner.fd, bytes, sizeof(bytes), 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0 || !keep_rest(&c->down, bytes, (size_t)n) || !flush_down(c))
			return false;
	}
	return true;
}

static void
inner_ready(struct source *source, uint32_t events, int64_t now)
{
	struct tls_call *c = owner_of(source, struct tls_call, inner);
	bool goes_on = (events & (EPOLLHUP | EPOLLERR)) == 0 || c->down.at == NULL;

	(void)now;
	if (goes_on && (events & EPOLLOUT) != 0)	/* what waited behind it may go too */
		goes_on = flush_up(c) && hear_outer(c);
	if (goes_on && (events & ~(uint32_t)EPOLLOUT) != 0)
		goes_on = hear_inner(c);
	if (goes_on)
		watch(c);
	else
		drop(c);
}

/* It is let in: from now on it is a stream of the field role. */
static void
let_in(struct tls_call *c)
{
	struct tls_port *p = c->port;
	struct door_stream head = { .listener = "" };
	char who[64];

	snprintf(head.listener, sizeof(head.listener), "%s", p->conf.name);
	snprintf(head.peer, sizeof(head.peer), "%s", address_write(&c->from, who));
	snprintf(head.identity, sizeof(head.identity), "%s", tls_identity(c->tls));
	c->inner.fd = field_line_stream(p->door->line, &head);
	if (c->inner.fd < 0 || loop_add(p->door->loop, &c->inner, EPOLLIN) < 0) {
		if (c->inner.fd >= 0)
			close(c->inner.fd);
		c->inner.fd = -1;
		drop(c);		/* it calls again; the field role is not there */
		arm_cut(p);
		return;
	}
	unlink_call(c);
	c->until = 0;
	link_call(c);
	arm_cut(p);
	if (hear_outer(c))
		watch(c);
	else
		drop(c);
}

/* The oldest of the address that has most of them: who means well is done by now, and
 * a flood from somewhere is no harm to who calls from elsewhere. */
static void
give_way(struct tls_port *p, const struct tls_call *newest)
{
	struct tls_call *victim = NULL;

	for (struct tls_call *c = p->shaking.first; c != NULL; c = c->next)
		if (c->tls != NULL && c != newest &&
		    (victim == NULL || *share_of(c) > *share_of(victim)))
			victim = c;
	p->refused++;
	drop(victim);
	arm_cut(p);
}

/* It says something: what it says it to is made now, as who says nothing is to cost
 * nothing.  False: it cannot be. */
static bool
begin_shaking(struct tls_call *c)
{
	struct tls_port *p = c->port;

	c->tls = p->terms != NULL ? tls_new(p->terms, c->outer.fd) : NULL;
	if (c->tls == NULL)
		return false;
	++*share_of(c);
	if (++p->nhalf > TLS_HALF_MOST)
		give_way(p, c);
	return true;
}

static void
shake(struct tls_call *c)
{
	enum tls_state state;

	if (c->tls == NULL && !begin_shaking(c)) {
		refuse(c, DOOR_NO_TLS);
		return;
	}
	state = tls_shake(c->tls);
	if (state == TLS_GOES_ON)
		let_in(c);
	else if (state == TLS_WANTS_READ || state == TLS_WANTS_WRITE) {
		c->outer_writes = state == TLS_WANTS_WRITE;
		watch(c);
	} else {
		refuse(c, tls_claim(c->tls)[0] == '\0' ? DOOR_NO_TLS :
		    tls_wrong_key(c->tls) ? DOOR_WRONG_KEY : DOOR_NOBODY);
	}
}

static void
outer_ready(struct source *source, uint32_t events, int64_t now)
{
	struct tls_call *c = owner_of(source, struct tls_call, outer);
	bool goes_on;

	(void)now;
	if (c->until > 0) {
		shake(c);
		return;
	}
	goes_on = (events & (EPOLLHUP | EPOLLERR)) == 0 || c->up.at == NULL;
	goes_on = goes_on && flush_down(c) && hear_outer(c);
	if (goes_on && c->down.at == NULL && (events & EPOLLOUT) != 0)
		goes_on = hear_inner(c);
	if (goes_on)
		watch(c);
	else
		drop(c);
}

static void
displace(struct tls_call *c)
{
	c->port->refused++;
	drop(c);
}

/* Of one address not more than its share shake hands at once, nor more than callers of
 * all; the oldest gives way, for who means well is done by now.  Who is in has been
 * counted by the field role, which lets in no more than it knows: what is beyond that is
 * its fault. */
static bool
make_room(struct tls_port *p, const union address *from)
{
	struct tls_call *oldest = NULL;
	int64_t same = 0;

	if (p->open.n >= 2 * p->links + (size_t)p->conf.callers)
		return false;
	for (struct tls_call *c = p->shaking.first; c != NULL; c = c->next)
		if (address_near(&c->from, from)) {
			oldest = oldest != NULL ? oldest : c;
			same++;
		}
	if (same >= p->conf.per_address)
		displace(oldest);
	else if ((int64_t)p->shaking.n >= p->conf.callers)
		displace(p->shaking.first);
	return true;
}

static void
add(struct tls_port *p, int fd, const union address *from, int64_t now)
{
	struct tls_call *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		close(fd);
		p->refused++;
		return;
	}
	c->port = p;
	c->outer = (struct source){ .fd = fd, .ready = outer_ready };
	c->inner = (struct source){ .fd = -1, .ready = inner_ready };
	c->from = *from;
	c->until = now + p->conf.within;
	c->outer_for = c->inner_for = EPOLLIN;
	link_call(c);
	/* half-open ones are found as the field role finds those that are plain */
	listener_tune(fd, p->conf.every > 0 ? p->conf.every : LISTENER_SILENT);
	if (loop_add(p->door->loop, &c->outer, EPOLLIN) < 0)
		drop(c);
	arm_cut(p);
}

static bool
take_one(struct tls_port *p, int64_t now)
{
	union address from;
	socklen_t len = sizeof(from);
	int fd = accept4(p->source.fd, &from.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return false;
	p->accepted++;
	if (p->terms == NULL || !make_room(p, &from)) {
		p->refused++;
		close(fd);
		return true;
	}
	add(p, fd, &from, now);
	return true;
}

void
tls_port_ready(struct source *source, uint32_t events, int64_t now)
{
	struct tls_port *p = owner_of(source, struct tls_port, source);

	(void)events;
	for (int i = 0; i < AT_ONCE && take_one(p, now); i++)
		;
}
