#ifndef GATEWAY_CRYPT_H
#define GATEWAY_CRYPT_H

#include <stddef.h>

/* SHA-256 (FIPS 180-4) over n parts one after the other, as 64 hex digits and
 * a NUL; returns out.  NULL: the library refused, out is "". */
char	*crypt_sha256_hex(const void *const *parts, const size_t *lens, size_t n, char out[65]);

#endif
