#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "sink.h"
#include "stand.h"

#define PACKED	(9 << 20)
#define TEXT	(64 << 20)

/* What has come of one connection; a request begins at its beginning. */
struct caller {
	int	 fd;
	char	*in, *text;
	size_t	 n;
};

/* False: the other end has closed, or the sink is to stop. */
static bool
hear(const struct sink *s, struct caller *c)
{
	struct pollfd p[2] = { { .fd = c->fd, .events = POLLIN },
	    { .fd = s->stop[0], .events = POLLIN } };
	ssize_t n;

	poll(p, 2, -1);
	if (p[1].revents != 0)
		return false;
	n = recv(c->fd, c->in + c->n, PACKED - 1 - c->n, 0);
	if (n <= 0)
		return false;
	c->n += (size_t)n;
	c->in[c->n] = '\0';
	return true;
}

static size_t
unpack(char *body, size_t n, char *text)
{
	z_stream z = { .next_in = (Bytef *)body, .avail_in = (uInt)n, .next_out = (Bytef *)text,
	    .avail_out = TEXT - 1 };

	NEED(inflateInit2(&z, 15 + 16) == Z_OK);
	NEED(inflate(&z, Z_FINISH) == Z_STREAM_END);
	inflateEnd(&z);
	text[z.total_out] = '\0';
	return z.total_out;
}

static bool
one_request(struct sink *s, struct caller *c)
{
	static const char done[] = "HTTP/1.1 204 No Content\r\n\r\n";
	const char *at;
	char *end;
	size_t head, len, n;

	c->in[c->n] = '\0';
	while ((end = strstr(c->in, "\r\n\r\n")) == NULL)
		if (!hear(s, c))
			return false;
	*end = '\0';
	at = strcasestr(c->in, "\r\nContent-Length: ");
	NEED(at != NULL);
	head = (size_t)(end - c->in) + 4;
	len = strtoul(at + 18, NULL, 10);
	while (c->n < head + len)
		if (!hear(s, c))
			return false;
	if (strcasestr(c->in, "\r\nContent-Encoding: gzip") != NULL) {
		n = unpack(c->in + head, len, c->text);
	} else {
		memcpy(c->text, c->in + head, n = len);
		c->text[n] = '\0';
	}
	s->take(s, c->text, n);
	s->bytes += head + len;
	s->bodies += len;
	s->requests++;
	c->n -= head + len;
	memmove(c->in, c->in + head + len, c->n);
	return send(c->fd, done, sizeof(done) - 1, MSG_NOSIGNAL) > 0;
}

static void *
serve(void *arg)
{
	struct sink *s = arg;
	struct caller c = { .in = malloc(PACKED), .text = malloc(TEXT) };
	struct pollfd p[2] = { { .fd = s->listener, .events = POLLIN },
	    { .fd = s->stop[0], .events = POLLIN } };
	int one = 1;

	NEED(c.in != NULL && c.text != NULL);
	while (poll(p, 2, -1) > 0 && p[1].revents == 0) {
		c.fd = accept(s->listener, NULL, NULL);
		setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c.n = 0;
		while (one_request(s, &c))
			continue;
		close(c.fd);
	}
	free(c.in);
	free(c.text);
	return NULL;
}

void
sink_start(struct sink *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	NEED(bind(s->listener, (struct sockaddr *)&a, n) == 0 && listen(s->listener, 8) == 0);
	NEED(getsockname(s->listener, (struct sockaddr *)&a, &n) == 0);
	s->port = ntohs(a.sin_port);
	NEED(pipe(s->stop) == 0);
	NEED(pthread_create(&s->thread, NULL, serve, s) == 0);
}

void
sink_stop(struct sink *s)
{
	NEED(write(s->stop[1], "x", 1) == 1);
	pthread_join(s->thread, NULL);
	close(s->listener);
	close(s->stop[0]);
	close(s->stop[1]);
}
