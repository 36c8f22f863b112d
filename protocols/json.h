#ifndef PROTOCOLS_JSON_H
#define PROTOCOLS_JSON_H

#include <endian.h>
#include <string.h>

#include "buf.h"

#define JSON_DEPTH	32	/* objects and arrays in each other */

/* Writes one JSON value (RFC 8259) behind what a buffer holds.  Commas and
 * colons are its own business; a wrong order of calls is a bug and asserts. */
struct json {
	struct buf	*to;
	size_t		 start;		/* length of the buffer at json_begin */
	uint32_t	 objects;	/* a bit each depth: an object, not an array */
	uint8_t		 depth;
	bool		 comma;		/* goes before what comes next */
	bool		 keyed;		/* the value of a key comes next */
	bool		 was_bad;	/* the buffer, before */
};

void	json_begin(struct json *, struct buf *);
/* True: the value stands whole in the buffer.  False: it did not fit, and the
 * buffer is as it was before json_begin, bad flag included. */
bool	json_end(struct json *);

void	json_put_object(struct json *);
void	json_put_array(struct json *);
void	json_close(struct json *);		/* the innermost of the two */
void	json_key(struct json *, const char *);

/* Bytes that are no UTF-8, and NUL (which many readers refuse even escaped),
 * become U+FFFD. */
void	json_put_text(struct json *, const char *, size_t n);
void	json_put_string(struct json *, const char *);
void	json_put_int(struct json *, int64_t);
/* Above INT64_MAX a string of figures: most readers take no such number. */
void	json_put_uint(struct json *, uint64_t);
/* Read back as the very same number; what is not finite becomes null. */
void	json_put_real(struct json *, double);
void	json_put_real32(struct json *, float);
void	json_put_bool(struct json *, bool);
void	json_put_null(struct json *);
/* For who puts a line together by himself: copies n bytes that need no escapes
 * between quotes.  False: some do, and what was copied is of no use. */
bool	json_copy_plain(uint8_t *to, const char *, size_t n);

/* Is one of eight bytes not plain?  In the manner of Mycroft's search for a
 * zero byte: what is too small borrows the highest bit of its place. */
static inline uint64_t
json_odd(uint64_t x)
{
	const uint64_t ones = UINT64_MAX / 255;
	uint64_t quote = (x ^ ones * '"') - ones, slash = (x ^ ones * '\\') - ones;

	return (x | (x - ones * 0x20) | quote | slash) & ones * 0x80;
}

/* How many of the eight bytes there are plain before the first that is not: a
 * loan is taken from higher places only. */
static inline size_t
json_plain_run(const void *at)
{
	uint64_t x, odd;

	memcpy(&x, at, 8);
	odd = json_odd(le64toh(x));
	return odd == 0 ? 8 : (size_t)__builtin_ctzll(odd) / 8;
}

#endif
