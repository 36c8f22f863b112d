#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"

#define VERSION_1	1
#define SEND_LIMIT	5	/* s: a field role that is stuck delays nobody longer */

void
control_put_head(uint8_t head[MESSAGE_HEAD], uint8_t kind, uint16_t flags, uint32_t id,
    size_t len)
{
	struct buf b = { .at = head, .cap = MESSAGE_HEAD };

	buf_put8(&b, VERSION_1);
	buf_put8(&b, kind);
	buf_putle16(&b, flags);
	buf_putle32(&b, id);
	buf_putle32(&b, (uint32_t)len);
}

int
control_get_head(const uint8_t *bytes, size_t n, struct message *m)
{
	uint8_t head[MESSAGE_HEAD];
	struct buf b = { .at = head, .len = MESSAGE_HEAD, .cap = MESSAGE_HEAD };
	uint8_t version;

	if (n < MESSAGE_HEAD || n > MESSAGE_HEAD + MESSAGE_MAX)
		return -1;
	memcpy(head, bytes, MESSAGE_HEAD);
	version = buf_u8(&b);
	m->kind = buf_u8(&b);
	m->flags = buf_le16(&b);
	m->id = buf_le32(&b);
	m->len = buf_le32(&b);
	if (version != VERSION_1 || m->len != n - MESSAGE_HEAD)
		return -1;
	if (m->kind < MESSAGE_GREW || m->kind > MESSAGE_ERRAND)
		return -1;
	return (m->flags & ~(MESSAGE_MORE | MESSAGE_FAILED | MESSAGE_AGAIN)) == 0 ? 0 : -1;
}

int
control_connect(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = SEND_LIMIT };
	int fd, saved;

	if (strlen(path) >= sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
control_send(int fd, uint8_t kind, uint32_t id, const void *body, size_t n)
{
	uint8_t head[MESSAGE_HEAD];
	struct iovec parts[2] = { { head, sizeof(head) }, { (void *)(uintptr_t)body, n } };
	const struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t sent;

	if (n > MESSAGE_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	control_put_head(head, kind, 0, id, n);
	do
		sent = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}

/* One packet into the head and the body of a message. */
static int
take(int fd, struct message *m)
{
	uint8_t head[MESSAGE_HEAD];
	struct iovec parts[2] = { { head, sizeof(head) }, { m->body, MESSAGE_MAX } };
	struct msghdr h = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n = recvmsg(fd, &h, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0) {
		errno = ECONNRESET;
		return -1;
	}
	if ((h.msg_flags & MSG_TRUNC) || control_get_head(head, (size_t)n, m) < 0) {
		errno = EPROTO;
		return -1;
	}
	m->body[m->len] = '\0';
	return 1;
}

int
control_receive(int fd, struct message *m, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int rc = poll(&p, 1, ms);

	if (rc < 0)
		return errno == EINTR ? 0 : -1;
	return rc == 0 ? 0 : take(fd, m);
}
