#ifndef GATEWAY_UPLINK_SMTP_H
#define GATEWAY_UPLINK_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../meter.h"

enum smtp_tls { SMTP_TLS_REQUIRED, SMTP_TLS_TRIED, SMTP_TLS_NONE };

/* One message to one recipient by SMTP (RFC 5321).  Certificates and the names in
 * them are verified wherever there is TLS. */
struct smtp_request {
	const char	*url;			/* smtp://HOST:PORT or smtps:// */
	enum smtp_tls	 tls;			/* by STARTTLS, of smtp:// */
	const char	*user, *password;	/* NULL: none */
	const char	*ca, *cert, *key;	/* files; NULL: none */
	const char	*proxy, *proxy_user, *proxy_password;
	const char	*from, *to;		/* "<a@b>" */
	int64_t		 timeout;		/* us, for all of it */
	const void	*body;
	size_t		 len;
};

struct smtp_reply {
	int	status;		/* the last one of the server; 0: none */
	bool	sent;		/* the whole of the body left */
};

/* 0: the server has it.  -1: why is filled, and reply says how far it came. */
int	smtp_send(struct meter *, const struct smtp_request *, struct smtp_reply *, char *why,
	    size_t n);

#endif
