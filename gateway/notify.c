#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

/* "/run/..." or, as systemd writes an abstract one, "@..." */
static const char *
path_of_socket(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (path == NULL || (path[0] != '/' && path[0] != '@') || path[1] == '\0')
		return NULL;
	return strlen(path) <= most ? path : NULL;
}

bool
notify_wanted(void)
{
	return path_of_socket() != NULL;
}

int
notify_tell(const char *lines)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = path_of_socket();
	size_t n;
	int fd, rc;

	if (path == NULL)
		return 0;
	n = strlen(path);
	memcpy(to.sun_path, path, n + 1);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	else
		n++;		/* a name ends with its NUL, an abstract one does not */
	/* A manager that does not read holds nobody up. */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	rc = sendto(fd, lines, strlen(lines), MSG_NOSIGNAL, (struct sockaddr *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0 ? -1 : 0;
	close(fd);
	return rc;
}

int64_t
notify_watchdog(void)
{
	const char *us = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (us == NULL || (pid != NULL && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	return strtoll(us, NULL, 10);
}
