#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dialler.h"

#define AGAIN	1000000		/* us until it calls again */
#define BEAT	10000000
#define BEATS	"HB"

/* On loopback a call is answered or refused at once. */
static int
call(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return fd;
}

void
dialler_turn(struct serve_line *line, int64_t now)
{
	struct caller *c = &line->callers[0];
	const char *words = BEATS;

	if (line->calls == 0 || now < line->next)
		return;
	line->next = now + BEAT;
	if (c->fd < 0) {
		c->fd = call(line->calls);
		words = line->words;
	}
	if (c->fd < 0)
		line->next = now + AGAIN;
	else
		send(c->fd, words, strlen(words), MSG_NOSIGNAL);
}
