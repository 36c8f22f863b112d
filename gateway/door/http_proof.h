#ifndef GATEWAY_DOOR_HTTP_PROOF_H
#define GATEWAY_DOOR_HTTP_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who posts knows the secret of the receiver, or is told nothing. */

#define HTTP_MARK	64		/* bytes of what tells one request from all others */
#define HTTP_OFF	(300 * 1000LL)	/* ms that the clocks may differ */

/* Constant-time. */
bool	http_same(const char *a, size_t na, const char *b, size_t nb);
/* "t=TIME,v1=HMAC", in hex the HMAC-SHA-256 by the secret of "TIME.TARGET.BODY".
 * wall (UTC ms) 0: the clock here knows no better.  mark has the HMAC. */
bool	http_signed(const char *header, const char *secret, const char *target,
	    const void *body, size_t n, int64_t wall, char mark[HTTP_MARK + 1]);
/* OneNET: base64 of the MD5 of secret, nonce and msg. */
bool	http_onenet(const char *signature, size_t nsignature, const char *secret,
	    const char *nonce, size_t nnonce, const char *msg, size_t nmsg);

#endif
