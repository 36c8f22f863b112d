#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "private_port.h"

#define BACKLOG		512

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

static int
fail(const char *path, int fd, char *why, size_t n)
{
	snprintf(why, n, "%s: %s", path, strerrordesc_np(errno));
	if (fd >= 0)
		close(fd);
	return -1;
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

int
private_port(const char *path, int type, char *why, size_t n)
{
	struct sockaddr_un at;
	int fd;

	if (address_of(path, &at) < 0)
		return fail(path, -1, why, n);
	fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(path, -1, why, n);
	/* The lock of the store is this role's alone: what stands there is stale. */
	unlink(path);
	if (bind_closed(fd, &at) < 0 || listen(fd, BACKLOG) < 0)
		return fail(path, fd, why, n);
	return fd;
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
