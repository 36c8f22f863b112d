#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../log.h"
#include "../room.h"
#include "letterbox.h"
#include "listener.h"
#include "private_port.h"

#define CHAINS		4096	/* power of two */
#define OWED_MAX	16384	/* answers that wait; a power of two */
#define STATES_MAX	64	/* listeners and receivers of a door */
#define AT_ONCE		256	/* packets in one turn */
#define MESSAGE		2048	/* bytes that there must be room for */

/* An answer that waits: for the disk, or for the door to read. */
struct owed {
	uint64_t	token, seq;
	enum door_code	code;
};

struct letterbox {
	struct private_port	 port;		/* where the door calls */
	struct source		 line;		/* fd -1: it is not there */
	struct loop		*loop;
	struct listeners	*listeners;
	struct addressee	**chains;
	struct owed		*owed;		/* a ring, in the order of seq */
	size_t			 first, nowed;
	uint64_t		 durable;
	bool			 slow;		/* the door does not read */
	bool			 full;		/* there is no room for what it brings */
	bool			(*admits)(void *, size_t bytes, int64_t now);
	void			*admitting;
	char			 digest[65];
	struct door_state	*states;
	size_t			 nstates;
	uint8_t			 packet[DOOR_PACKET_MAX], heard[DOOR_PACKET_MAX + 1];
};

static size_t
chain_of(const char *receiver, const char *identity)
{
	uint64_t h = 14695981039346656037U;

	for (const char *c = receiver; *c != '\0'; c++)
		h = (h ^ (unsigned char)*c) * 1099511628211U;
	h = (h ^ 0xff) * 1099511628211U;
	for (const char *c = identity; *c != '\0'; c++)
		h = (h ^ (unsigned char)*c) * 1099511628211U;
	return (size_t)(h ^ h >> 29) & (CHAINS - 1);
}

static struct addressee *
find(const struct letterbox *l, const char *receiver, const char *identity)
{
	struct addressee *a = l->chains[chain_of(receiver, identity)];

	while (a != NULL && (strcmp(a->receiver, receiver) != 0 ||
	    strcmp(a->identity, identity) != 0))
		a = a->next;
	return a;
}

void
letterbox_expect(struct letterbox *l, struct addressee *a)
{
	struct addressee **chain = &l->chains[chain_of(a->receiver, a->identity)];

	a->at = l;
	a->next = *chain;
	*chain = a;
}

void
letterbox_leave(struct addressee *a)
{
	struct addressee **at;

	if (a->at == NULL)
		return;
	at = &a->at->chains[chain_of(a->receiver, a->identity)];
	while (*at != NULL && *at != a)
		at = &(*at)->next;
	if (*at == a)
		*at = a->next;
	a->at = NULL;
}

static void
hang_up(struct letterbox *l, const char *why)
{
	if (l->line.fd < 0)
		return;
	if (why != NULL)
		log_warn("door: its line is cut: %s", why);
	loop_remove(l->loop, &l->line);
	close(l->line.fd);
	l->line.fd = -1;
	l->nowed = l->nstates = 0;	/* nobody is there to be told */
	l->slow = l->full = false;
}

static void
listen_for(struct letterbox *l)
{
	loop_change(l->loop, &l->line, (l->full ? 0 : EPOLLIN) | (l->slow ? EPOLLOUT : 0));
}

/* False: it is not there, or slow. */
static bool
tell_door(struct letterbox *l, const struct door_packet *p)
{
	struct buf b = { .at = l->packet, .cap = sizeof(l->packet) };
	ssize_t sent;

	door_put(&b, p);
	if (b.bad || l->line.fd < 0)
		return false;
	do
		sent = send(l->line.fd, b.at, b.len, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS) && !l->slow) {
		l->slow = true;
		listen_for(l);
	}
	return sent >= 0;
}

static bool
answer(struct letterbox *l, uint64_t token, enum door_code code, const char *why)
{
	return tell_door(l, &(struct door_packet){ .kind = DOOR_ANSWER, .token = token,
	    .name = "", .code = code, .why = why });
}

static void
owe(struct letterbox *l, uint64_t token, enum door_code code, uint64_t seq)
{
	if (l->nowed < OWED_MAX)
		l->owed[(l->first + l->nowed++) & (OWED_MAX - 1)] =
		    (struct owed){ .token = token, .code = code, .seq = seq };
}

/* Those whose turn it is, until the door has enough. */
static void
pay(struct letterbox *l)
{
	while (l->nowed > 0 && l->line.fd >= 0) {
		const struct owed *o = &l->owed[l->first];

		if (o->seq > l->durable || !answer(l, o->token, o->code, ""))
			return;
		l->first = (l->first + 1) & (OWED_MAX - 1);
		l->nowed--;
	}
}

void
letterbox_durable(struct letterbox *l, uint64_t seq, int64_t now)
{
	l->durable = seq > l->durable ? seq : l->durable;
	if (!l->slow)
		pay(l);
	letterbox_look(l, now);
}

void
letterbox_admission(struct letterbox *l, bool (*admits)(void *, size_t, int64_t), void *arg)
{
	l->admits = admits;
	l->admitting = arg;
}

void
letterbox_look(struct letterbox *l, int64_t now)
{
	if (l == NULL || !l->full || !l->admits(l->admitting, MESSAGE, now))
		return;
	l->full = false;
	listen_for(l);
}

/* What is not read waits in the door, which has a limit to its patience. */
static bool
may_hear(struct letterbox *l, int64_t now)
{
	if (l->admits == NULL || l->admits(l->admitting, MESSAGE, now))
		return true;
	l->full = true;
	listen_for(l);
	return false;
}

void
letterbox_forsaken(struct letterbox *l)
{
	for (size_t i = 0; i < l->nowed; i++) {
		struct owed *o = &l->owed[(l->first + i) & (OWED_MAX - 1)];

		if (o->seq > l->durable) {
			o->code = DOOR_BUSY;
			o->seq = 0;
		}
	}
	if (!l->slow)
		pay(l);
}

static void
brought(struct letterbox *l, const struct door_packet *p, int64_t now)
{
	struct addressee *a = find(l, p->name, p->identity);
	enum door_code code = DOOR_STORED;
	const char *why = "";
	uint64_t seq = 0;

	if (a == NULL)
		code = DOOR_NOBODY;
	else if (!p->proven && !a->unproven)
		code = DOOR_UNPROVEN;
	else if (l->nowed >= OWED_MAX - 1)
		code = DOOR_BUSY;
	else
		code = a->said(a, p, now, &seq, &why);
	if (code == DOOR_STORED && seq > l->durable)
		owe(l, p->token, code, seq);
	else if (l->nowed > 0 && l->slow)
		owe(l, p->token, code, 0);
	else if (!answer(l, p->token, code, why))
		owe(l, p->token, code, 0);
}

static void
fares(struct letterbox *l, const struct door_packet *p)
{
	struct door_state *s = l->states;
	bool receiver = p->kind == DOOR_RECEIVER;
	size_t i = 0;

	while (i < l->nstates && (s[i].receiver != receiver || strcmp(s[i].name, p->name) != 0))
		i++;
	if (i == STATES_MAX)
		return;
	l->nstates = i == l->nstates ? i + 1 : l->nstates;
	s = &s[i];
	*s = (struct door_state){ .receiver = receiver, .callers = p->callers,
	    .accepted = p->accepted, .refused = p->refused, .late = p->late, .last = p->last };
	memcpy(s->counts, p->counts, sizeof(s->counts));
	snprintf(s->name, sizeof(s->name), "%s", p->name);
	snprintf(s->why, sizeof(s->why), "%s", p->why);
}

static void
cost(struct letterbox *l, const struct door_packet *p)
{
	struct addressee *a = find(l, p->name, p->identity);

	if (a != NULL && a->cost != NULL)
		a->cost(a, p->rx, p->tx);
}

/* False: no door says so. */
static bool
take(struct letterbox *l, const struct door_packet *p, int64_t now)
{
	switch (p->kind) {
	case DOOR_MESSAGE:
		brought(l, p, now);
		return true;
	case DOOR_STATE:
	case DOOR_RECEIVER:
		fares(l, p);
		return true;
	case DOOR_COST:
		cost(l, p);
		return true;
	case DOOR_REFUSED:
		if (l->listeners != NULL)
			listeners_refused(l->listeners, p->name, p->peer, p->identity,
			    door_words(p->code), now);
		return true;
	default:
		return false;
	}
}

static bool
hear_one(struct letterbox *l, int64_t now)
{
	struct door_packet p;
	ssize_t n = recv(l->line.fd, l->heard, sizeof(l->heard), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		hang_up(l, NULL);
		return false;
	}
	if (!door_get(l->heard, (size_t)n, &p) || !take(l, &p, now)) {
		hang_up(l, "it says what no door says");
		return false;
	}
	return l->line.fd >= 0;
}

static void
line_ready(struct source *source, uint32_t events, int64_t now)
{
	struct letterbox *l = owner_of(source, struct letterbox, line);

	if (l->full && (events & (EPOLLHUP | EPOLLERR)) != 0) {
		hang_up(l, NULL);
		return;
	}
	if ((events & EPOLLOUT) != 0) {
		l->slow = false;
		listen_for(l);
		pay(l);
	}
	for (int i = 0; i < AT_ONCE && !l->full && may_hear(l, now) && hear_one(l, now); i++)
		;
}

/* The newest one is the door: one that was before is gone, or hangs. */
static void
called(struct source *source, uint32_t events, int64_t now)
{
	struct letterbox *l = owner_of(source, struct letterbox, port.source);
	int fd = private_accept(source->fd);

	(void)events;
	(void)now;
	if (fd < 0)
		return;
	hang_up(l, NULL);
	l->line.fd = fd;
	if (loop_add(l->loop, &l->line, EPOLLIN) < 0) {
		close(fd);
		l->line.fd = -1;
		return;
	}
	if (l->digest[0] != '\0')
		letterbox_renewed(l, l->digest);
}

void
letterbox_renewed(struct letterbox *l, const char *digest)
{
	if (l->digest != digest)
		snprintf(l->digest, sizeof(l->digest), "%s", digest);
	tell_door(l, &(struct door_packet){ .kind = DOOR_RENEWED, .name = l->digest });
}

static const struct door_state *
state_of(const struct letterbox *l, const char *name, bool receiver)
{
	for (size_t i = 0; l != NULL && i < l->nstates; i++)
		if (l->states[i].receiver == receiver && strcmp(l->states[i].name, name) == 0)
			return &l->states[i];
	return NULL;
}

const struct door_state *
letterbox_listener(const struct letterbox *l, const char *name)
{
	return state_of(l, name, false);
}

const struct door_state *
letterbox_receiver(const struct letterbox *l, const char *name)
{
	return state_of(l, name, true);
}

bool
letterbox_connected(const struct letterbox *l)
{
	return l != NULL && l->line.fd >= 0;
}

void
letterbox_want(struct letterbox *l, bool wanted, int64_t now)
{
	private_port_want(&l->port, wanted, now);
	if (!wanted)
		hang_up(l, NULL);
}

struct letterbox *
letterbox_new(const char *path, struct loop *loop, struct listeners *listeners)
{
	struct letterbox *l = room_for(1, sizeof(*l));

	private_port_init(&l->port, loop, path, SOCK_SEQPACKET, called, "it can bring nothing");
	l->line = (struct source){ .fd = -1, .ready = line_ready };
	l->loop = loop;
	l->listeners = listeners;
	l->chains = room_for(CHAINS, sizeof(*l->chains));
	l->owed = room_for(OWED_MAX, sizeof(*l->owed));
	l->states = room_for(STATES_MAX, sizeof(*l->states));
	return l;
}

void
letterbox_free(struct letterbox *l)
{
	if (l == NULL)
		return;
	hang_up(l, NULL);
	private_port_end(&l->port);
	for (size_t i = 0; i < CHAINS; i++)
		while (l->chains[i] != NULL)
			letterbox_leave(l->chains[i]);
	free(l->chains);
	free(l->owed);
	free(l->states);
	free(l);
}
