#ifndef GATEWAY_UPLINK_HTTP_CONF_H
#define GATEWAY_UPLINK_HTTP_CONF_H

#include "access.h"

/* How and as whom a far end is posted to.  A kind that does so has the row
 * ROWS(AT(http), http_keys) and one of its own for url, of which each kind has
 * something else to say. */
struct http_conf {
	const char		*url;
	struct login_conf	 login;
	const char		*token;		/* a secret, as written */
	struct tls_conf		 tls;
	struct proxy_conf	 proxy;
	struct strings		 headers;	/* "Name: value" */
	int64_t			 timeout;	/* us for one request */
};

/* The time-out stands apart: a far end may have one of its own. */
extern const struct key	http_keys[], http_timeout_keys[];

/* -1: it was added to the faults what is wrong; all of it at once.  ours: names
 * of header fields that the kind writes itself, up to a NULL; NULL: none. */
int	http_check(const struct access *, const struct http_conf *, const char *const *ours);

#endif
