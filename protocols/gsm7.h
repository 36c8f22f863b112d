#ifndef PROTOCOLS_GSM7_H
#define PROTOCOLS_GSM7_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The default alphabet of GSM and its extension (3GPP TS 23.038, 6.2.1), each
 * character in seven bits, of the extension in twice seven. */

/* Septets of the character at s, of n bytes that are there; 0: it is in neither
 * table, or no UTF-8.  *len: its bytes. */
size_t	gsm7_take(const char *s, size_t n, uint8_t septets[2], size_t *len);
/* Puts septets side by side, the first fill bits of to left alone: the bytes
 * used.  to is zeroed, and has room for (fill + 7 * n + 7) / 8 bytes. */
size_t	gsm7_pack(const uint8_t *septets, size_t n, unsigned fill, uint8_t *to);
/* Writes n septets as UTF-8, cut to what fits before the NUL; what is in no
 * table becomes U+FFFD.  The bytes written. */
size_t	gsm7_text(const uint8_t *from, unsigned fill, size_t n, char *to, size_t cap);

#endif
