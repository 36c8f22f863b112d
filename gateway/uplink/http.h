#ifndef GATEWAY_UPLINK_HTTP_H
#define GATEWAY_UPLINK_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../protocols/buf.h"
#include "../meter.h"

#define HTTP_WORDS	1024	/* of an answer's body that are kept */

/* One far end that is posted to, over a connection that is kept.  Blocking, for
 * one thread.  No proxy but one that is named here, no redirect, no protocol but
 * http and https; certificates and the names in them are always verified. */
struct http;

struct http_request {
	const char	*url;
	const char	*method;		/* NULL: POST */
	const char	*type;			/* Content-Type; NULL: none */
	const char	*authorization;		/* of the header; NULL: none */
	const char	*user, *password;	/* basic; NULL: none */
	const char	*ca;			/* file of authorities (PEM); NULL: the
						 * system's */
	const char	*cert, *key;		/* files of our own; NULL: none */
	const char	*const *headers;	/* further ones, "Name: value" */
	size_t		 nheaders;
	const char	*proxy;			/* address; NULL: none */
	const char	*proxy_user, *proxy_password;	/* NULL: none */
	int		 gzip;			/* level the body is packed with; 0: it
						 * goes as it is */
	int64_t		 timeout;		/* us, for all of it */
	const void	*body;
	size_t		 len;
	struct buf	*answer;		/* takes the body of the answer, as far
						 * as it has room; NULL: only words */
};

struct http_reply {
	int	 status;
	bool	 sent;				/* some of the request left; also of one
						 * that was not answered */
	int64_t	 retry_after;			/* us; 0: not said */
	char	 words[HTTP_WORDS];		/* how its body begins, NUL-ended */
	size_t	 len;
};

/* NULL: no memory, or no libcurl.  The meter counts its connections. */
struct http	*http_new(struct meter *);
void		 http_free(struct http *);
/* 0: it answered; an endless body is cut.  -1: it did not: why is filled, with
 * the same words for the same trouble. */
int		 http_post(struct http *, const struct http_request *, struct http_reply *,
		    char *why, size_t n);

/* Bytes that a body has when it is packed; as it is where there is no memory. */
size_t		 http_packed(const void *body, size_t len, int level);

#endif
