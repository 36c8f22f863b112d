#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "../link/private_port.h"
#include "../log.h"
#include "../room.h"
#include "field_line.h"

#define AWAITED_MAX	16384		/* power of two */
#define QUEUE_MAX	(4UL << 20)	/* bytes that the field role has not read */
#define ANSWER_LIMIT	(20 * US_PER_S)
#define AGAIN		(US_PER_S / 4)
#define AT_ONCE		256
#define SETTLE		(10 * US_PER_S)

/* What the socket did not take yet. */
struct queued {
	struct queued	*next;
	size_t		 n;
	uint8_t		 bytes[];
};

struct field_line {
	struct source			 source;	/* fd -1: not connected */
	struct timer			 again, late;
	struct loop			*loop;
	const struct field_line_owner	*owner;
	void				*owned_by;
	struct delivery			*first, *last;
	struct delivery			**awaited;	/* by the low bits of the token */
	size_t				 nawaited;
	uint64_t			 tokens;
	struct queued			*queue, **queue_end;
	size_t				 queued;
	bool				 told;		/* that it is not there */
	int64_t				 fresh;		/* its links open until */
	char				*streams, *messages;
	uint8_t				 packet[DOOR_PACKET_MAX + 1];
};

static void
take_out(struct field_line *l, struct delivery *d)
{
	*(d->prev != NULL ? &d->prev->next : &l->first) = d->next;
	*(d->next != NULL ? &d->next->prev : &l->last) = d->prev;
	l->awaited[d->token & (AWAITED_MAX - 1)] = NULL;
	l->nawaited--;
	d->token = 0;
	d->next = d->prev = NULL;
}

static void
answer(struct field_line *l, struct delivery *d, enum door_code code, const char *why,
    int64_t now)
{
	take_out(l, d);
	d->answered(d, code, why, now);
}

static void
arm_late(struct field_line *l)
{
	if (l->first != NULL)
		loop_arm(l->loop, &l->late, l->first->until);
	else
		loop_disarm(l->loop, &l->late);
}

/* All wait the same time: the first is the first whose time is over. */
static void
late(struct timer *t, int64_t now)
{
	struct field_line *l = owner_of(t, struct field_line, late);

	while (l->first != NULL && l->first->until <= now)
		answer(l, l->first, DOOR_BUSY, "the gateway does not answer", now);
	arm_late(l);
}

static void
empty_queue(struct field_line *l)
{
	for (struct queued *q = l->queue, *next; q != NULL; q = next) {
		next = q->next;
		free(q);
	}
	l->queue = NULL;
	l->queue_end = &l->queue;
	l->queued = 0;
}

static void
hang_up(struct field_line *l, int64_t now)
{
	if (l->source.fd < 0)
		return;
	loop_remove(l->loop, &l->source);
	close(l->source.fd);
	l->source.fd = -1;
	empty_queue(l);
	while (l->first != NULL)
		answer(l, l->first, DOOR_BUSY, "the gateway begins anew", now);
	loop_disarm(l->loop, &l->late);
	loop_arm(l->loop, &l->again, now + AGAIN);
}

static int
send_now(struct field_line *l, const uint8_t *bytes, size_t n)
{
	ssize_t sent;

	do
		sent = send(l->source.fd, bytes, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent >= 0 ? 0 : -1;
}

static bool
enqueue(struct field_line *l, const uint8_t *bytes, size_t n)
{
	struct queued *q;

	if (l->queued + n > QUEUE_MAX || (q = malloc(sizeof(*q) + n)) == NULL)
		return false;
	q->next = NULL;
	q->n = n;
	memcpy(q->bytes, bytes, n);
	*l->queue_end = q;
	l->queue_end = &q->next;
	if (l->queued == 0)
		loop_change(l->loop, &l->source, EPOLLIN | EPOLLOUT);
	l->queued += n;
	return true;
}

static bool
put(struct field_line *l, const struct door_packet *p)
{
	struct buf b = { .at = l->packet, .cap = sizeof(l->packet) };

	door_put(&b, p);
	if (b.bad || l->source.fd < 0)
		return false;
	return (l->queue == NULL && send_now(l, b.at, b.len) == 0) ||
	    enqueue(l, b.at, b.len);
}

static void
flush(struct field_line *l)
{
	while (l->queue != NULL && send_now(l, l->queue->bytes, l->queue->n) == 0) {
		struct queued *q = l->queue;

		l->queue = q->next;
		l->queued -= q->n;
		free(q);
	}
	if (l->queue != NULL)
		return;
	l->queue_end = &l->queue;
	loop_change(l->loop, &l->source, EPOLLIN);
}

/* Slots are given round and round: one that is still awaited is passed over. */
static uint64_t
new_token(struct field_line *l)
{
	do
		l->tokens++;
	while (l->tokens == 0 || l->awaited[l->tokens & (AWAITED_MAX - 1)] != NULL);
	return l->tokens;
}

bool
field_line_send(struct field_line *l, struct delivery *d, struct door_packet *p, int64_t now)
{
	d->token = 0;
	if (l->source.fd < 0 || l->nawaited >= AWAITED_MAX / 2)
		return false;
	p->token = new_token(l);
	if (!put(l, p))
		return false;
	d->token = p->token;
	d->until = now + ANSWER_LIMIT;
	d->next = NULL;
	d->prev = l->last;
	*(l->last != NULL ? &l->last->next : &l->first) = d;
	l->last = d;
	l->awaited[d->token & (AWAITED_MAX - 1)] = d;
	l->nawaited++;
	if (d->prev == NULL)
		arm_late(l);
	return true;
}

void
field_line_forget(struct field_line *l, struct delivery *d)
{
	if (d->token != 0)
		take_out(l, d);
}

void
field_line_tell(struct field_line *l, const struct door_packet *p)
{
	put(l, p);
}

static void
heard(struct field_line *l, const struct door_packet *p, int64_t now)
{
	struct delivery *d;

	if (p->kind == DOOR_RENEWED) {
		l->fresh = now + SETTLE;
		l->owner->renewed(l->owned_by, p->name, now);
		return;
	}
	d = l->awaited[p->token & (AWAITED_MAX - 1)];
	if (p->kind != DOOR_ANSWER || d == NULL || d->token != p->token)
		return;
	/* links of a field role that has just begun open one by one */
	if (p->code == DOOR_NOBODY && d->known && now < l->fresh)
		answer(l, d, DOOR_BUSY, "the gateway has just begun", now);
	else
		answer(l, d, p->code, p->why, now);
	arm_late(l);
}

static bool
hear_one(struct field_line *l, int64_t now)
{
	uint8_t bytes[1024];		/* what comes down is short */
	struct door_packet p;
	ssize_t n = recv(l->source.fd, bytes, sizeof(bytes), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		hang_up(l, now);
		return false;
	}
	if (door_get(bytes, (size_t)n, &p))
		heard(l, &p, now);
	return l->source.fd >= 0;
}

static void
ready(struct source *source, uint32_t events, int64_t now)
{
	struct field_line *l = owner_of(source, struct field_line, source);

	if ((events & EPOLLOUT) != 0)
		flush(l);
	for (int i = 0; i < AT_ONCE && hear_one(l, now); i++)
		;
}

static void
call(struct timer *t, int64_t now)
{
	struct field_line *l = owner_of(t, struct field_line, again);

	l->source.fd = private_call(l->messages, SOCK_SEQPACKET);
	if (l->source.fd < 0 || loop_add(l->loop, &l->source, EPOLLIN) < 0) {
		if (!l->told)
			log_debug("door: %s: %s", l->messages, strerrordesc_np(errno));
		l->told = true;
		if (l->source.fd >= 0)
			close(l->source.fd);
		l->source.fd = -1;
		loop_arm(l->loop, t, now + AGAIN);
		return;
	}
	l->told = false;
	l->fresh = now + SETTLE;
	l->owner->connected(l->owned_by, now);
}

int
field_line_stream(const struct field_line *l, const struct door_stream *s)
{
	int fd = private_call(l->streams, SOCK_STREAM);
	uint8_t head[DOOR_STREAM_HEAD];

	if (fd < 0)
		return -1;
	door_put_stream(s, head);
	if (send(fd, head, sizeof(head), MSG_NOSIGNAL) == sizeof(head))
		return fd;
	close(fd);
	errno = EPIPE;
	return -1;
}

bool
field_line_up(const struct field_line *l)
{
	return l->source.fd >= 0;
}

static char *
beside(const char *control, const char *end)
{
	char *path = room_for(strlen(control) + strlen(end) + 1, 1);

	strcpy(path, control);
	return strcat(path, end);
}

struct field_line *
field_line_new(const char *control, struct loop *loop, const struct field_line_owner *owner,
    void *owned_by, int64_t now)
{
	struct field_line *l = room_for(1, sizeof(*l));

	*l = (struct field_line){ .source = { .fd = -1, .ready = ready },
	    .again = { .fire = call }, .late = { .fire = late }, .loop = loop,
	    .owner = owner, .owned_by = owned_by };
	l->awaited = room_for(AWAITED_MAX, sizeof(*l->awaited));
	l->queue_end = &l->queue;
	l->streams = beside(control, DOOR_STREAMS);
	l->messages = beside(control, DOOR_MESSAGES);
	loop_arm(loop, &l->again, now);
	return l;
}

void
field_line_free(struct field_line *l)
{
	if (l->source.fd >= 0) {
		loop_remove(l->loop, &l->source);
		close(l->source.fd);
	}
	loop_disarm(l->loop, &l->again);
	loop_disarm(l->loop, &l->late);
	empty_queue(l);
	free(l->awaited);
	free(l->streams);
	free(l->messages);
	free(l);
}
