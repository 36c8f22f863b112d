#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../log.h"
#include "modem_share.h"

#define HEAD	4

void
modem_share_path(const char *control, const char *way, char *path, size_t n)
{
	const char *slash = strrchr(control, '/');

	snprintf(path, n, "%.*smodem-%s", slash != NULL ? (int)(slash + 1 - control) : 0,
	    control, way);
}

/* Without it messages are sent as with it. */
void
modem_share_open(struct modem_share *s, const char *control, const char *way)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	*s = (struct modem_share){ .listener = -1, .caller = -1 };
	if (control == NULL)
		return;
	modem_share_path(control, way, s->path, sizeof(s->path));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", s->path);
	unlink(s->path);
	s->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->listener >= 0 &&
	    bind(s->listener, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	    chmod(s->path, 0600) == 0 && listen(s->listener, 4) == 0)
		return;
	log_warn("tell: way %s: %s: %s: nobody else can ask its modem", way, s->path,
	    strerrordesc_np(errno));
	modem_share_close(s);
}

static void
hang_up(struct modem_share *s)
{
	if (s->caller >= 0)
		close(s->caller);
	s->caller = -1;
}

void
modem_share_close(struct modem_share *s)
{
	hang_up(s);
	if (s->listener < 0)
		return;
	close(s->listener);
	unlink(s->path);
	s->listener = -1;
}

/* The newest is the role that lives. */
static void
answer_calls(struct modem_share *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	hang_up(s);
	s->caller = fd;
}

bool
modem_share_take(struct modem_share *s, char *command, uint32_t *number)
{
	uint8_t packet[SHARE_PACKET];
	ssize_t n;

	if (s->listener < 0)
		return false;
	answer_calls(s);
	if (s->caller < 0)
		return false;
	n = recv(s->caller, packet, sizeof(packet), MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		hang_up(s);
	if (n <= HEAD)
		return false;
	*number = (uint32_t)packet[0] | (uint32_t)packet[1] << 8 |
	    (uint32_t)packet[2] << 16 | (uint32_t)packet[3] << 24;
	memcpy(command, packet + HEAD, (size_t)n - HEAD);
	command[n - HEAD] = '\0';
	return true;
}

void
modem_share_answer(struct modem_share *s, uint32_t number, const char *lines)
{
	uint8_t packet[SHARE_PACKET];
	size_t n = strlen(lines);

	if (s->caller < 0 || n > sizeof(packet) - HEAD)
		return;
	for (int i = 0; i < HEAD; i++)
		packet[i] = (uint8_t)(number >> 8 * i);
	memcpy(packet + HEAD, lines, n);
	if (send(s->caller, packet, HEAD + n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		hang_up(s);
}
