#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "../check.h"
#include "http_server.h"

void
http_say(int fd, const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t k = send(fd, text, n, MSG_NOSIGNAL);

		if (k <= 0)
			return;
		text += k;
		n -= (size_t)k;
	}
}

static ssize_t
hear(const struct http_server *s, int fd, char *to, size_t n)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
	    { .fd = s->stop[0], .events = POLLIN } };

	poll(p, 2, -1);
	return p[1].revents != 0 ? 0 : recv(fd, to, n, 0);
}

static void
unpack(struct request *r)
{
	static char packed[sizeof(r->body)];
	z_stream z = { 0 };

	memcpy(packed, r->body, r->len);
	CHECK(inflateInit2(&z, 15 + 16) == Z_OK);
	z.next_in = (Bytef *)packed;
	z.avail_in = (uInt)r->len;
	z.next_out = (Bytef *)r->body;
	z.avail_out = sizeof(r->body) - 1;
	CHECK(inflate(&z, Z_FINISH) == Z_STREAM_END);
	CHECK(z.avail_in == 0);
	r->len = z.total_out;
	inflateEnd(&z);
}

static bool
take_request(const struct http_server *s, int fd, struct request *r)
{
	size_t n = 0, want;
	char *end = NULL, *at;

	memset(r->head, 0, sizeof(r->head));
	while (end == NULL && n < sizeof(r->head) - 1) {
		ssize_t k = hear(s, fd, r->head + n, 1);

		if (k <= 0)
			return false;
		n += (size_t)k;
		end = strstr(r->head, "\r\n\r\n");
	}
	at = strcasestr(r->head, "\r\nContent-Length: ");
	want = at != NULL ? strtoul(at + 18, NULL, 10) : 0;
	CHECK(want < sizeof(r->body));
	for (r->len = 0; r->len < want;) {
		ssize_t k = hear(s, fd, r->body + r->len, want - r->len);

		if (k <= 0)
			return false;
		r->len += (size_t)k;
	}
	r->packed = strcasestr(r->head, "\r\nContent-Encoding: gzip\r\n") != NULL;
	if (r->packed)
		unpack(r);
	r->body[r->len] = '\0';
	return true;
}

static void *
serve(void *arg)
{
	struct http_server *s = arg;
	struct pollfd p[2] = { { .fd = s->listener, .events = POLLIN },
	    { .fd = s->stop[0], .events = POLLIN } };
	struct request *r = malloc(sizeof(*r));

	while (poll(p, 2, -1) > 0 && p[1].revents == 0) {
		int fd = accept(s->listener, NULL, NULL);

		s->connections++;
		while (take_request(s, fd, r) && s->answer(fd, r, s->ctx))
			;
		close(fd);
	}
	free(r);
	return NULL;
}

void
http_server_start(struct http_server *s, answer_request *answer, void *ctx)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	*s = (struct http_server){ .answer = answer, .ctx = ctx };
	s->listener = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(s->listener, (struct sockaddr *)&at, sizeof(at)) == 0);
	CHECK(listen(s->listener, 5) == 0);
	CHECK(getsockname(s->listener, (struct sockaddr *)&at, &n) == 0);
	s->port = ntohs(at.sin_port);
	CHECK(pipe(s->stop) == 0);
	CHECK(pthread_create(&s->thread, NULL, serve, s) == 0);
}

void
http_server_stop(struct http_server *s)
{
	CHECK(write(s->stop[1], "x", 1) == 1);
	pthread_join(s->thread, NULL);
	close(s->listener);
	close(s->stop[0]);
	close(s->stop[1]);
}
