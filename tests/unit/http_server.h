#ifndef TESTS_HTTP_SERVER_H
#define TESTS_HTTP_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* A far end on loopback that answers as a script says: one connection after
 * another, in a thread of its own. */
struct request {
	char	head[4096];		/* request line and headers, NUL-ended */
	char	body[1 << 17];		/* unpacked, NUL-ended */
	size_t	len;
	bool	packed;
};

/* Answers one request on fd by any bytes at all; false: close the connection. */
typedef bool answer_request(int fd, const struct request *, void *ctx);

struct http_server {
	int		 port;
	int		 listener, stop[2];
	pthread_t	 thread;
	answer_request	*answer;
	void		*ctx;
	unsigned	 connections;
};

void	http_server_start(struct http_server *, answer_request *, void *ctx);
void	http_server_stop(struct http_server *);
/* Everything or, when the other end goes, less. */
void	http_say(int fd, const char *text);

#endif
