#ifndef GATEWAY_JOURNAL_VARINT_H
#define GATEWAY_JOURNAL_VARINT_H

#include <stdbool.h>
#include "layout.h"

/* A window on encoded bytes: what is read past its end is 0 and sets bad. */
struct window {
	const uint8_t	*at, *end;
	bool		 bad;
};

static inline uint64_t
zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static inline int64_t
unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

/* Differences wrap, so that every pair of numbers has one. */
static inline int64_t
minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static inline int64_t
plus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline uint8_t *
put_varint(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	return p;
}

static inline uint8_t *
put_signed(uint8_t *p, int64_t v)
{
	return put_varint(p, zigzag(v));
}

static inline uint8_t
take_byte(struct window *w)
{
	if (w->at == w->end) {
		w->bad = true;
		return 0;
	}
	return *w->at++;
}

static inline uint64_t
take_varint(struct window *w)
{
	uint64_t v = 0;
	unsigned shift = 0;
	uint8_t b;

	do {
		b = take_byte(w);
		if (shift > 63 || (shift == 63 && (b & 0x7e) != 0))
			w->bad = true;
		else
			v |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
	} while (b & 0x80 && !w->bad);
	return w->bad ? 0 : v;
}

static inline int64_t
take_signed(struct window *w)
{
	return unzigzag(take_varint(w));
}

static inline const uint8_t *
take_bytes(struct window *w, size_t n)
{
	const uint8_t *at = w->at;

	if ((size_t)(w->end - w->at) < n) {
		w->bad = true;
		return NULL;
	}
	w->at += n;
	return at;
}

static inline uint64_t
take_le(struct window *w, unsigned bytes)
{
	const uint8_t *at = take_bytes(w, bytes);

	return at == NULL ? 0 : get_le(at, bytes);
}

#endif
