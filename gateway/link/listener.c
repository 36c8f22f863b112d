#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "../log.h"
#include "../room.h"
#include "listener_own.h"

#define CHAINS		4096	/* power of two; ten thousand links are three a chain */
#define AGAIN		(5 * US_PER_S)
#define NAT_KEEPS	240		/* s; theirs forgets after 5 min */
#define TELL_MOST	30		/* strangers whom the log tells of in a minute */

static size_t
chain_of(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t h = 14695981039346656037U;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 1099511628211U;
	return (size_t)(h ^ h >> 29) & (CHAINS - 1);
}

static size_t
chain_of_address(const union address *a)
{
	uint16_t port = a->sa.sa_family == AF_INET ? a->in.sin_port : a->in6.sin6_port;

	return (chain_of(a->sa.sa_family == AF_INET ? (const void *)&a->in.sin_addr :
	    (const void *)&a->in6.sin6_addr, a->sa.sa_family == AF_INET ? 4 : 16) ^ port) &
	    (CHAINS - 1);
}

struct awaited *
listener_awaited(const struct listener *l, const char *id)
{
	struct awaited *a = l->ids[chain_of(id, strlen(id))];

	while (a != NULL && strcmp(a->id, id) != 0)
		a = a->next;
	return a;
}

struct bound *
listener_bound(const struct listener *l, const union address *from)
{
	struct bound *b = l->bounds[chain_of_address(from)];

	while (b != NULL && !address_same(&b->from, from, true))
		b = b->next;
	return b;
}

int
listener_await(struct listeners *all, const char *name, struct awaited *a)
{
	struct listener *l = listeners_find(all, name);
	struct awaited **chain;

	if (l == NULL)
		return -1;
	chain = &l->ids[chain_of(a->id, strlen(a->id))];
	a->at = l;
	a->next = *chain;
	*chain = a;
	l->nids++;
	if (l->first != NULL) {		/* who called too early is heard, from the loop */
		l->newcomers = true;
		loop_arm(all->loop, &l->cut, 0);
	}
	return 0;
}

/* Addresses that lead to it go too. */
static void
unbind_all(struct listener *l, const struct awaited *a)
{
	for (size_t i = 0; i < CHAINS && l->nbounds > 0; i++)
		for (struct bound **at = &l->bounds[i]; *at != NULL; ) {
			struct bound *b = *at;

			if (b->to != a) {
				at = &b->next;
				continue;
			}
			*at = b->next;
			free(b);
			l->nbounds--;
		}
}

void
listener_leave(struct awaited *a)
{
	struct listener *l = a->at;

	if (l == NULL)
		return;
	for (struct awaited **at = &l->ids[chain_of(a->id, strlen(a->id))]; *at != NULL;
	    at = &(*at)->next)
		if (*at == a) {
			*at = a->next;
			l->nids--;
			break;
		}
	unbind_all(l, a);
	a->at = NULL;
}

void
listener_bind(struct listener *l, const union address *from, struct awaited *to)
{
	struct bound **at = &l->bounds[chain_of_address(from)], *b;

	while (*at != NULL && !address_same(&(*at)->from, from, true))
		at = &(*at)->next;
	b = *at;
	if (b != NULL && to == NULL) {
		*at = b->next;
		free(b);
		l->nbounds--;
	} else if (b != NULL) {
		b->to = to;
	} else if (to != NULL) {
		*at = b = room_for(1, sizeof(*b));
		*b = (struct bound){ .from = *from, .to = to };
		l->nbounds++;
	}
}

int64_t
listener_keepalive(int64_t every)
{
	return every < NAT_KEEPS * US_PER_S ? every : NAT_KEEPS * US_PER_S;
}

void
listener_tune(int fd, int64_t every)
{
	int silence = (int)(2 * every / 1000);
	int idle = (int)(listener_keepalive(every) / US_PER_S);
	const struct { int level, name, value; } options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, silence },
		{ IPPROTO_TCP, TCP_KEEPIDLE, idle },
		{ IPPROTO_TCP, TCP_KEEPINTVL, idle / 4 + 1 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 4 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
		    sizeof(options[i].value));
}

int
listener_send(struct listener *l, const union address *to, const uint8_t *p, size_t n)
{
	ssize_t sent;

	if (l->source.fd < 0) {
		errno = ENOTCONN;
		return -1;
	}
	sent = sendto(l->source.fd, p, n, MSG_NOSIGNAL, &to->sa, address_length(to));
	if (sent >= 0 && (size_t)sent != n)
		errno = EMSGSIZE;
	return sent == (ssize_t)n ? 0 : -1;
}

const struct listener_conf *
listener_conf(const struct listener *l)
{
	return l->conf;
}

static struct stranger *
stranger_for(struct listeners *all, const char *at, const char *who, const char *said)
{
	struct stranger *oldest = &all->strangers[0];

	for (size_t i = 0; i < all->nstrangers; i++) {
		struct stranger *s = &all->strangers[i];

		if (strncmp(s->at, at, sizeof(s->at) - 1) == 0 && strcmp(s->said, said) == 0 &&
		    (said[0] != '\0' || strcmp(s->address, who) == 0))
			return s;
		if (s->last < oldest->last)
			oldest = s;
	}
	if (all->nstrangers < STRANGERS_MAX)
		oldest = &all->strangers[all->nstrangers++];
	*oldest = (struct stranger){ .why = NULL };
	return oldest;
}

/* A flood fills no log: what is beyond that is counted there, and seen in the status. */
static bool
may_tell(struct listeners *all, int64_t now)
{
	if (now - all->told_since >= 60 * US_PER_S) {
		if (all->ntold > TELL_MOST)
			log_info("listeners: %u more called who are nobody's",
			    all->ntold - TELL_MOST);
		all->told_since = now;
		all->ntold = 0;
	}
	return ++all->ntold <= TELL_MOST;
}

static void
note_stranger(struct listeners *all, const char *where, const char *name,
    const union address *from, const char *said, const char *why, int64_t now)
{
	struct stranger *s;
	char who[64];

	address_host(from, who, sizeof(who));
	s = stranger_for(all, name, who, said);
	if (s->why != why && may_tell(all, now))
		log_info("%s %s: %s calls as \"%s\": %s", where, name, who, said, why);
	snprintf(s->at, sizeof(s->at), "%s", name);
	snprintf(s->address, sizeof(s->address), "%s", who);
	snprintf(s->said, sizeof(s->said), "%s", said);
	s->why = why;
	s->times++;
	s->last = now;
}

void
listener_stranger(struct listener *l, const union address *from, const char *said,
    const char *why, int64_t now)
{
	note_stranger(l->all, "listener", l->conf->name, from, said, why, now);
}

void
listeners_refused(struct listeners *all, const char *name, const char *peer,
    const char *said, const char *why, int64_t now)
{
	const char *where = listeners_find(all, name) != NULL ? "listener" : "receiver";
	union address from;

	if (address_read(peer, &from))
		note_stranger(all, where, name, &from, said, why, now);
}

static int
later_first(const void *a, const void *b)
{
	const struct stranger *x = a, *y = b;

	return x->last < y->last ? 1 : x->last > y->last ? -1 : 0;
}

const struct stranger *
listeners_stranger(const struct listeners *all, size_t i)
{
	if (i == 0)
		qsort((void *)(uintptr_t)all->strangers, all->nstrangers,
		    sizeof(all->strangers[0]), later_first);
	return i < all->nstrangers ? &all->strangers[i] : NULL;
}

static int
type_of(const struct listener_conf *c)
{
	return c->transport == TRANSPORT_TCP ? SOCK_STREAM : SOCK_DGRAM;
}

static int
bind_socket(struct listener *l)
{
	int fd = address_listen(l->conf->address, (uint16_t)l->conf->port, type_of(l->conf),
	    l->status.why, sizeof(l->status.why));

	if (fd < 0)
		return -1;
	l->source.fd = fd;
	l->source.ready = l->conf->transport == TRANSPORT_TCP ? caller_ready : caller_datagrams;
	if (loop_add(l->all->loop, &l->source, EPOLLIN) == 0)
		return 0;
	snprintf(l->status.why, sizeof(l->status.why), "%s", strerrordesc_np(errno));
	close(fd);
	l->source.fd = -1;
	return -1;
}

/* Who calls waits in the kernel, and is no event turn after turn. */
void
listener_pause(struct listener *l, int error, int64_t now)
{
	if (l->status.why[0] == '\0')
		log_warn("listener %s: %s: callers wait", l->conf->name, strerrordesc_np(error));
	snprintf(l->status.why, sizeof(l->status.why), "%s", strerrordesc_np(error));
	l->paused = true;
	loop_remove(l->all->loop, &l->source);
	loop_arm(l->all->loop, &l->retry, now + US_PER_S);
}

static void
go_on(struct listener *l, int64_t now)
{
	if (loop_add(l->all->loop, &l->source, EPOLLIN) < 0) {
		loop_arm(l->all->loop, &l->retry, now + US_PER_S);
		return;
	}
	l->paused = false;
	caller_ready(&l->source, EPOLLIN, now);
	if (l->paused)
		return;
	l->status.why[0] = '\0';
	log_info("listener %s: callers are taken again", l->conf->name);
}

static void
try_listen(struct timer *t, int64_t now)
{
	struct listener *l = owner_of(t, struct listener, retry);
	bool news = l->status.why[0] == '\0';

	if (l->conf->tls != LISTENER_PLAIN)
		return;			/* the door listens, and brings who calls */
	if (l->paused) {
		go_on(l, now);
		return;
	}
	if (bind_socket(l) == 0) {
		l->status.why[0] = '\0';
		log_info("listener %s: DTUs may call at port %lld", l->conf->name,
		    (long long)l->conf->port);
		return;
	}
	if (news)
		log_warn("listener %s: %s; it is tried again", l->conf->name, l->status.why);
	loop_arm(l->all->loop, &l->retry, now + AGAIN);
}

static void
shut(struct listener *l)
{
	loop_disarm(l->all->loop, &l->retry);
	caller_drop_all(l);
	if (l->source.fd >= 0) {
		loop_remove(l->all->loop, &l->source);
		close(l->source.fd);
	}
	l->source.fd = -1;
	l->paused = false;
}

static void
tell_closed(struct listener *l, int64_t now)
{
	for (size_t i = 0; i < CHAINS; i++)
		for (struct awaited *a = l->ids[i], *next; a != NULL; a = next) {
			next = a->next;
			if (a->closed != NULL)
				a->closed(a, now);
		}
}

static void
forget(struct listener *l, int64_t now)
{
	tell_closed(l, now);
	for (size_t i = 0; i < CHAINS; i++)
		while (l->ids[i] != NULL)
			listener_leave(l->ids[i]);
	shut(l);
	free(l->ids);
	free(l->bounds);
	free(l);
}

static void
forget_leavers(struct listeners *all, int64_t now)
{
	struct member *m;

	while ((m = roster_leaver(&all->roster)) != NULL)
		forget(owner_of(m, struct listener, member), now);
}

struct listeners *
listeners_new(struct loop *loop)
{
	struct listeners *all = room_for(1, sizeof(*all));

	all->loop = loop;
	return all;
}

struct listener *
listeners_find(const struct listeners *all, const char *name)
{
	struct member *m = roster_find(&all->roster, name);

	return m != NULL ? owner_of(m, struct listener, member) : NULL;
}

static void
take_conf(struct listener *l, const struct listener_conf *conf)
{
	l->conf = conf;
	l->member.name = conf->name;
}

static void
begin(struct listeners *all, const struct listener_conf *conf, int64_t now)
{
	struct listener *l = room_for(1, sizeof(*l));

	l->all = all;
	l->ids = room_for(CHAINS, sizeof(*l->ids));
	l->bounds = room_for(CHAINS, sizeof(*l->bounds));
	l->source.fd = -1;
	l->retry.fire = try_listen;
	l->cut.fire = caller_cut;
	take_conf(l, conf);
	roster_add(&all->roster, &l->member);
	listener_dtu(conf, &l->dtu);
	try_listen(&l->retry, now);
}

/* Under the same name, with other words: who called goes. */
static void
change(struct listener *l, const struct listener_conf *conf, int64_t now)
{
	tell_closed(l, now);
	shut(l);
	take_conf(l, conf);
	listener_dtu(conf, &l->dtu);
	try_listen(&l->retry, now);
}

void
listeners_renew(struct listeners *all, const struct listener_conf *conf, size_t n, int64_t now)
{
	roster_begin(&all->roster);
	for (size_t i = 0; i < n; i++)
		roster_want(&all->roster, conf[i].name);
	forget_leavers(all, now);
	for (size_t i = 0; i < n; i++) {
		struct listener *l = listeners_find(all, conf[i].name);

		if (l == NULL)
			begin(all, &conf[i], now);
		else if (key_same(listener_keys, l->conf, &conf[i]))
			take_conf(l, &conf[i]);
		else
			change(l, &conf[i], now);
	}
}

void
listeners_free(struct listeners *all)
{
	if (all == NULL)
		return;
	roster_begin(&all->roster);
	forget_leavers(all, 0);
	free(all);
}

bool
listener_look(const struct listeners *all, const char *name, struct listener_status *s)
{
	const struct listener *l = listeners_find(all, name);

	if (l != NULL)
		*s = l->status;
	return l != NULL;
}
