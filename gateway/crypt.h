#ifndef GATEWAY_CRYPT_H
#define GATEWAY_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SHA-256 (FIPS 180-4) over n parts one after the other, as 64 hex digits and
 * a NUL; returns out. */
char	*crypt_sha256_hex(const void *const *parts, const size_t *lens, size_t n, char out[65]);

/* HMAC-SHA-256 (RFC 2104) of the same, by a key of any length; returns out.
 * NULL: libcrypto is not there or refused, out is "". */
char	*crypt_hmac_hex(const void *key, size_t nkey, const void *const *parts,
	    const size_t *lens, size_t n, char out[65]);

/* HMAC-SHA-256 of one text, as its bytes: what other keys are made of. */
bool	 crypt_hmac(const void *key, size_t nkey, const void *text, size_t n, uint8_t out[32]);

/* MD5 (RFC 1321) of n parts as 32 hex digits and a NUL, for far ends that ask for
 * it; it protects nothing. */
char	*crypt_md5_hex(const void *const *parts, const size_t *lens, size_t n, char out[33]);

/* Is it the secret?  How long that takes says nothing of where they differ.
 * Nobody has it where libcrypto is not there. */
bool	 crypt_same(const char *secret, const char *said);

/* SM4 (GB/T 32907) in ECB over n bytes, a multiple of 16, in place. */
bool	 crypt_sm4_decipher(const uint8_t key[16], uint8_t *, size_t n);

#endif
