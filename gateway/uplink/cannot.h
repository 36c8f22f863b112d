#ifndef GATEWAY_UPLINK_CANNOT_H
#define GATEWAY_UPLINK_CANNOT_H

#include <stdbool.h>

/* Why a far end is not reached, in words that say what to do, whichever library was
 * to reach it; they are translated where people read them. */

/* An errno of connect(2). */
const char	*cannot_connect(int error);
/* What OpenSSL says of TLS, or of an alert of the far end; with a pre-shared key the
 * same alert means another thing.  NULL: nothing that is known. */
const char	*cannot_tls(const char *said, bool psk);

/* How it was called. */
struct cannot_way {
	bool	tls;
	bool	psk, cert;	/* what we have to show */
};

/* It hung up before it said anything. */
const char	*cannot_stay(const struct cannot_way *);

#endif
