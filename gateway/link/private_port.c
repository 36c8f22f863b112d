#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../clock.h"
#include "../log.h"
#include "../room.h"
#include "private_port.h"

#define BACKLOG		512
#define AGAIN		(60 * US_PER_S)

static int
address_of(const char *path, struct sockaddr_un *at)
{
	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(at->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(at->sun_path, path);
	return 0;
}

/* Only this user's processes may call, from the first moment on. */
static int
bind_closed(int fd, const struct sockaddr_un *at)
{
	mode_t before = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)at, sizeof(*at));
	int error = errno;

	umask(before);
	errno = error;
	return rc;
}

/* -1: errno. */
static int
listen_at(const char *path, int type)
{
	struct sockaddr_un at;
	int fd, error;

	if (address_of(path, &at) < 0)
		return -1;
	fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* The lock of the store is this role's alone: what stands there is stale. */
	unlink(path);
	if (bind_closed(fd, &at) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static void
try_open(struct timer *t, int64_t now)
{
	struct private_port *p = owner_of(t, struct private_port, again);

	p->source.fd = listen_at(p->path, p->type);
	if (p->source.fd >= 0 && loop_add(p->loop, &p->source, EPOLLIN) == 0)
		return;
	log_err("door: %s: %s: %s; tried again each minute", p->path, strerrordesc_np(errno),
	    p->without);
	if (p->source.fd >= 0)
		close(p->source.fd);
	p->source.fd = -1;
	loop_arm(p->loop, t, now + AGAIN);
}

static void
shut(struct private_port *p)
{
	loop_disarm(p->loop, &p->again);
	if (p->source.fd < 0)
		return;
	loop_remove(p->loop, &p->source);
	close(p->source.fd);
	unlink(p->path);
	p->source.fd = -1;
}

void
private_port_init(struct private_port *p, struct loop *loop, const char *path, int type,
    void (*ready)(struct source *, uint32_t events, int64_t now), const char *without)
{
	*p = (struct private_port){ .source = { .fd = -1, .ready = ready },
	    .again = { .fire = try_open }, .loop = loop, .type = type, .without = without };
	p->path = room_for(strlen(path) + 1, 1);
	strcpy(p->path, path);
}

void
private_port_want(struct private_port *p, bool wanted, int64_t now)
{
	if (wanted && p->source.fd < 0 && p->again.place == 0)
		try_open(&p->again, now);
	else if (!wanted)
		shut(p);
}

void
private_port_end(struct private_port *p)
{
	shut(p);
	free(p->path);
}

int
private_accept(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);
	int got = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (got < 0)
		return -1;
	if (getsockopt(got, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 && who.uid == geteuid())
		return got;
	close(got);
	errno = EACCES;
	return -1;
}

int
private_call(const char *path, int type)
{
	struct sockaddr_un at;
	int fd, error;

	if (address_of(path, &at) < 0)
		return -1;
	fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}
