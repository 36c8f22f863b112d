#ifndef GATEWAY_CRYPT_H
#define GATEWAY_CRYPT_H

#include <stddef.h>

/* SHA-256 (FIPS 180-4) over n parts one after the other, as 64 hex digits and
 * a NUL; returns out.  NULL: the library refused, out is "". */
char	*crypt_sha256_hex(const void *const *parts, const size_t *lens, size_t n, char out[65]);

/* HMAC-SHA-256 (RFC 2104) of the same, by a key of any length. */
char	*crypt_hmac_hex(const void *key, size_t nkey, const void *const *parts,
	    const size_t *lens, size_t n, char out[65]);

#endif
