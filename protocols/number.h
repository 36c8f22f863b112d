#ifndef PROTOCOLS_NUMBER_H
#define PROTOCOLS_NUMBER_H

#include <stddef.h>
#include <stdint.h>

#define NUMBER_TEXT	32	/* room for any of them with its NUL */

/* Numbers as text, the same in every locale.  The caller has NUMBER_TEXT
 * bytes; all return the length. */
size_t	number_int(int64_t, char *text);
size_t	number_uint(uint64_t, char *text);
/* A short text that reads back as the very same number; a zero has no sign.
 * The number must be finite. */
size_t	number_real(double, char *text);
size_t	number_real32(float, char *text);

#endif
