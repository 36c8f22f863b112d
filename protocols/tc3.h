#ifndef PROTOCOLS_TC3_H
#define PROTOCOLS_TC3_H

#include "buf.h"

/* Requests to the open interfaces of Tencent Cloud (API 3.0), signed by
 * TC3-HMAC-SHA256.  Sums are reckoned by the caller. */

struct tc3_request {
	const char	*host;
	const char	*type;		/* Content-Type, letter by letter as it is sent */
	const char	*service;	/* "sms" */
	const char	*date;		/* UTC: "2019-02-25" */
	const char	*time;		/* the same moment in s since 1970 */
	const char	*sum;		/* SHA-256 of the body in hex */
};

#define TC3_ALGORITHM	"TC3-HMAC-SHA256"
#define TC3_SIGNED	"content-type;host"
#define TC3_END		"tc3_request"	/* the last word that goes into the key */

/* The text whose SHA-256 is asked for by tc3_to_sign. */
void	tc3_canonical(struct buf *, const struct tc3_request *);
/* The text that is signed.  Its key is made of "TC3" and the secret, then by HMAC
 * of the date, of the service and of TC3_END, each by the one before. */
void	tc3_to_sign(struct buf *, const struct tc3_request *, const char *canonical_sum);

#endif
