#ifndef PROTOCOLS_ACS3_H
#define PROTOCOLS_ACS3_H

#include "buf.h"

/* Requests to the open interfaces of Aliyun in their RPC style, signed by
 * ACS3-HMAC-SHA256.  Sums are reckoned by the caller. */

struct acs3_param {
	const char	*name, *value;		/* UTF-8; NULL value: left out */
};

struct acs3_request {
	const char	*host;
	const char	*query;		/* by acs3_query */
	const char	*action, *version;
	const char	*date;		/* "2023-10-26T10:22:32Z" */
	const char	*nonce;		/* never the same again */
	const char	*sum;		/* SHA-256 of the body in hex */
};

#define ACS3_ALGORITHM	"ACS3-HMAC-SHA256"
#define ACS3_SIGNED	"host;x-acs-action;x-acs-content-sha256;x-acs-date;" \
			"x-acs-signature-nonce;x-acs-version"

/* Sorts the parameters. */
void	acs3_query(struct buf *, struct acs3_param *, size_t n);
/* The text whose SHA-256 is signed behind ACS3_ALGORITHM and a line end. */
void	acs3_canonical(struct buf *, const struct acs3_request *);

#endif
