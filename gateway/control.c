#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "log.h"
#include "room.h"

#define LISTEN_AGAIN	1000000		/* us, after nobody could be let in */
#define TELL_AGAIN	10000000	/* us, of senders of nonsense */
#define QUEUE_MAX	8192	/* bytes of short messages that a client has not read */
#define STREAMS_MAX	4	/* long bodies that it waits for */
#define BURST		16	/* messages taken from one client in a turn */

struct stream {
	control_fill	*fill;
	uint64_t	 at;
	uint32_t	 id;
	uint8_t		 kind;
};

struct control_client {
	struct source	 source;	/* fd -1: this place is free */
	struct control	*control;
	bool		 writable;	/* else told by the loop when it is */
	bool		 subscribed;
	bool		 grew;		/* a GREW is owed */
	bool		 midway;	/* of the first stream: nothing else goes between */
	uint8_t		*queue;		/* whole messages, the oldest first */
	size_t		 queued;
	struct stream	 streams[STREAMS_MAX];
	size_t		 nstreams;
};

struct control {
	struct source			 source;
	struct loop			*loop;
	const struct control_owner	*owner;
	void				*owned_by;
	struct control_client		 clients[CLIENTS_MAX];
	uint8_t				*queues;	/* untouched while nobody is slow */
	size_t				 nclients;
	bool				 crowded;	/* said so */
	bool				 deaf;		/* to callers; said so */
	int64_t				 tell_at;	/* of senders of nonsense, again */
	struct timer			 listen_again;
	uint64_t			 seq[2];	/* durable, as last told */
	char				 path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct message			 heard;
	uint8_t				 piece[MESSAGE_HEAD + MESSAGE_MAX];
};

static void	flush(struct control_client *);

static void
drop(struct control_client *c, const char *why)
{
	struct control *control = c->control;

	if (c->source.fd < 0)
		return;
	if (why != NULL)
		log_warn("control: client dropped: %s", why);
	loop_remove(control->loop, &c->source);
	close(c->source.fd);
	c->source.fd = -1;
	c->queued = c->nstreams = 0;
	c->subscribed = c->grew = c->midway = false;
	control->nclients--;
	control->crowded = false;
	control->owner->gone(control->owned_by, c);
}

/* 1: sent; 0: the client reads slowly, the loop tells when to go on; -1: it is
 * gone and was dropped. */
static int
send_now(struct control_client *c, const uint8_t *message, size_t n)
{
	ssize_t sent;

	do
		sent = send(c->source.fd, message, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return 1;
	if (errno == EAGAIN || errno == ENOBUFS) {
		c->writable = false;
		loop_change(c->control->loop, &c->source, EPOLLIN | EPOLLOUT);
		return 0;
	}
	drop(c, NULL);
	return -1;
}

static size_t
message_len(const uint8_t *at)
{
	struct buf b = { .at = (uint8_t *)(uintptr_t)at, .len = MESSAGE_HEAD, .pos = 8 };

	return MESSAGE_HEAD + buf_le32(&b);
}

static int
flush_queue(struct control_client *c)
{
	size_t done = 0;
	int rc = 1;

	while (done < c->queued && rc > 0) {
		size_t n = message_len(c->queue + done);

		rc = send_now(c, c->queue + done, n);
		if (rc > 0)
			done += n;
	}
	if (rc < 0)
		return rc;
	c->queued -= done;
	memmove(c->queue, c->queue + done, c->queued);
	return rc;
}

static int
flush_grew(struct control_client *c)
{
	uint8_t m[MESSAGE_HEAD + 16];
	struct buf b = { .at = m + MESSAGE_HEAD, .cap = 16 };
	int rc;

	if (!c->grew)
		return 1;
	control_put_head(m, MESSAGE_GREW, 0, 0, 16);
	buf_putle64(&b, c->control->seq[0]);
	buf_putle64(&b, c->control->seq[1]);
	rc = send_now(c, m, sizeof(m));
	if (rc > 0)
		c->grew = false;
	return rc;
}

/* One piece; a client that is not ready for it gets it made again later. */
static int
flush_stream(struct control_client *c)
{
	struct control *control = c->control;
	struct stream *s = &c->streams[0];
	struct buf body = { .at = control->piece + MESSAGE_HEAD, .cap = MESSAGE_MAX };
	uint64_t at = s->at;
	bool more = s->fill(control->owned_by, &at, &body);
	int rc;

	control_put_head(control->piece, s->kind, more ? MESSAGE_MORE : 0, s->id, body.len);
	rc = send_now(c, control->piece, MESSAGE_HEAD + body.len);
	if (rc <= 0)
		return rc;
	s->at = at;
	c->midway = more;
	if (!more)
		memmove(s, s + 1, --c->nstreams * sizeof(*s));
	return 1;
}

static void
flush(struct control_client *c)
{
	int rc = 1;

	while (rc > 0 && c->writable) {
		if (c->midway)
			rc = flush_stream(c);
		else if (c->queued > 0)
			rc = flush_queue(c);
		else if (c->grew)
			rc = flush_grew(c);
		else if (c->nstreams > 0)
			rc = flush_stream(c);
		else
			return;
	}
}

void
control_answer(struct control_client *c, uint8_t kind, uint16_t flags, uint32_t id,
    const void *body, size_t n)
{
	if (c->source.fd < 0)
		return;
	if (c->queued + MESSAGE_HEAD + n > QUEUE_MAX) {
		drop(c, "it does not read its answers");
		return;
	}
	control_put_head(c->queue + c->queued, kind, flags, id, n);
	memcpy(c->queue + c->queued + MESSAGE_HEAD, body, n);
	c->queued += MESSAGE_HEAD + n;
	flush(c);
}

bool
control_offer(struct control_client *c, uint8_t kind, uint32_t id, const void *body, size_t n)
{
	if (c->source.fd < 0 || c->queued + MESSAGE_HEAD + n > QUEUE_MAX / 2)
		return false;
	control_answer(c, kind, 0, id, body, n);
	return true;
}

bool
control_stream(struct control_client *c, uint8_t kind, uint32_t id, control_fill *fill)
{
	if (c->nstreams == STREAMS_MAX)
		return false;
	c->streams[c->nstreams++] = (struct stream){ .fill = fill, .id = id, .kind = kind };
	flush(c);
	return true;
}

void
control_subscribe(struct control_client *c, control_fill *fill)
{
	if (c->subscribed)
		return;
	c->subscribed = true;
	c->grew = true;
	control_stream(c, MESSAGE_SNAPSHOT, 0, fill);
}

void
control_grew(struct control *control, const uint64_t seq[2])
{
	memcpy(control->seq, seq, sizeof(control->seq));
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct control_client *c = &control->clients[i];

		if (c->source.fd < 0 || !c->subscribed)
			continue;
		c->grew = true;
		flush(c);
	}
}

void
control_tell(struct control *control, uint8_t kind, const void *body, size_t n)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (control->clients[i].source.fd >= 0 && control->clients[i].subscribed)
			control_answer(&control->clients[i], kind, 0, 0, body, n);
}

size_t
control_clients(const struct control *control)
{
	return control->nclients;
}

static bool
clients_say(const struct message *m)
{
	return m->kind == MESSAGE_COMMAND || m->kind == MESSAGE_QUERY ||
	    m->kind == MESSAGE_RECORD || (m->kind == MESSAGE_ANSWER && m->id <= 2);
}

/* Who sends nonsense without end does not fill the log as well. */
static void
refuse(struct control_client *c, const char *why, int64_t now)
{
	struct control *control = c->control;
	bool tell = now >= control->tell_at;

	if (tell)
		control->tell_at = now + TELL_AGAIN;
	drop(c, tell ? why : NULL);
}

/* One message; false: nothing more now, or the client is gone. */
static bool
hear(struct control_client *c, int64_t now)
{
	struct control *control = c->control;
	struct message *m = &control->heard;
	uint8_t head[MESSAGE_HEAD];
	struct iovec parts[2] = { { head, sizeof(head) }, { m->body, MESSAGE_MAX } };
	struct msghdr h = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n = recvmsg(c->source.fd, &h, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		drop(c, NULL);
		return false;
	}
	if ((h.msg_flags & MSG_TRUNC) || control_get_head(head, (size_t)n, m) < 0 ||
	    !clients_say(m)) {
		refuse(c, "no message of ours", now);
		return false;
	}
	m->body[m->len] = '\0';
	if (control->owner->said(control->owned_by, c, m, now) < 0)
		refuse(c, "message without sense", now);
	return c->source.fd >= 0;
}

static void
client_ready(struct source *source, uint32_t events, int64_t now)
{
	struct control_client *c = owner_of(source, struct control_client, source);

	if (events & EPOLLOUT) {
		c->writable = true;
		loop_change(c->control->loop, source, EPOLLIN);
		flush(c);
	}
	if (c->source.fd < 0)
		return;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		for (int i = 0; i < BURST && hear(c, now); i++)
			;
}

static struct control_client *
free_place(struct control *control)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (control->clients[i].source.fd < 0)
			return &control->clients[i];
	return NULL;
}

static void
crowded(struct control *control)
{
	if (!control->crowded)
		log_warn("control: client refused: %d are connected", CLIENTS_MAX);
	control->crowded = true;
}

/* A caller who cannot be let in stays at the door, and would wake us without
 * end: for a moment we do not listen. */
static void
go_deaf(struct control *control, int error, int64_t now)
{
	if (!control->deaf)
		log_err("control: clients cannot be let in: %s", strerrordesc_np(error));
	control->deaf = true;
	loop_change(control->loop, &control->source, 0);
	loop_arm(control->loop, &control->listen_again, now + LISTEN_AGAIN);
}

static void
listen_again(struct timer *t, int64_t now)
{
	struct control *control = owner_of(t, struct control, listen_again);

	if (loop_change(control->loop, &control->source, EPOLLIN) < 0)
		loop_arm(control->loop, t, now + LISTEN_AGAIN);
}

static void
accept_one(struct source *source, uint32_t events, int64_t now)
{
	struct control *control = owner_of(source, struct control, source);
	int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct control_client *c = free_place(control);

	(void)events;
	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			go_deaf(control, errno, now);
		return;
	}
	if (control->deaf)
		log_info("control: clients are let in again");
	control->deaf = false;
	if (c == NULL) {
		crowded(control);
		close(fd);
		return;
	}
	c->source.fd = fd;
	c->writable = true;
	if (loop_add(control->loop, &c->source, EPOLLIN) < 0) {
		c->source.fd = -1;
		close(fd);
		return;
	}
	control->nclients++;
}

/* A socket that nobody serves any more is removed.  One that is there and too busy
 * to take us is there all the same: the loop does not wait for it. */
static int
remove_stale(const struct sockaddr_un *at, char *why, size_t n)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = fd < 0 || connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ? 0 :
	    errno;

	if (fd >= 0)
		close(fd);
	if (fd >= 0 && (error == 0 || error == EAGAIN)) {
		snprintf(why, n, "%s: another tidegate serves it", at->sun_path);
		return -1;
	}
	if (error == ECONNREFUSED)
		unlink(at->sun_path);
	return 0;
}

static void
make_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];

	snprintf(folder, sizeof(folder), "%s", path);
	mkdir(dirname(folder), 0750);
}

static int
listen_at(const char *path, char *why, size_t n)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, rc;

	if (strlen(path) >= sizeof(at.sun_path)) {
		snprintf(why, n, "%s: longer than %zu bytes", path, sizeof(at.sun_path) - 1);
		return -1;
	}
	strcpy(at.sun_path, path);
	make_folder(path);
	if (remove_stale(&at, why, n) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mask = umask(0117);
	rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&at, sizeof(at));
	umask(mask);
	if (rc == 0 && listen(fd, CLIENTS_MAX) == 0)
		return fd;
	snprintf(why, n, "%s: %s", path, strerrordesc_np(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

struct control *
control_open(const char *path, struct loop *loop, const struct control_owner *owner,
    void *owned_by, char *why, size_t n)
{
	int fd = listen_at(path, why, n);
	struct control *control;

	if (fd < 0)
		return NULL;
	control = room_for(1, sizeof(*control));
	control->source.fd = fd;
	control->source.ready = accept_one;
	control->listen_again.fire = listen_again;
	control->loop = loop;
	control->owner = owner;
	control->owned_by = owned_by;
	snprintf(control->path, sizeof(control->path), "%s", path);
	control->queues = room_for(CLIENTS_MAX, QUEUE_MAX);
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		control->clients[i].source.fd = -1;
		control->clients[i].source.ready = client_ready;
		control->clients[i].control = control;
		control->clients[i].queue = control->queues + i * QUEUE_MAX;
	}
	if (loop_add(loop, &control->source, EPOLLIN) == 0)
		return control;
	snprintf(why, n, "%s: %s", path, strerrordesc_np(errno));
	control_close(control);
	return NULL;
}

void
control_close(struct control *control)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		drop(&control->clients[i], NULL);
	free(control->queues);
	loop_disarm(control->loop, &control->listen_again);
	loop_remove(control->loop, &control->source);
	close(control->source.fd);
	unlink(control->path);
	free(control);
}
