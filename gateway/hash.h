#ifndef GATEWAY_HASH_H
#define GATEWAY_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_BEGIN	0xcbf29ce484222325

/* FNV-1a of a name behind what was hashed before, its NUL included, so that "a" and
 * "bc" are not "ab" and "c". */
static inline uint64_t
hash_name(uint64_t h, const char *name)
{
	do
		h = (h ^ (unsigned char)*name) * 0x100000001b3;
	while (*name++ != '\0');
	return h;
}

/* The same of bytes, their number behind them. */
static inline uint64_t
hash_bytes(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3;
	return (h ^ n) * 0x100000001b3;
}

#endif
