#ifndef PROTOCOLS_BUF_H
#define PROTOCOLS_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A window on bytes somebody else owns.  Reading past the end yields zeros
 * and sets bad; check bad once, at the end, not after each field. */
struct buf {
	uint8_t	*at;
	size_t	 len, cap;
	size_t	 pos;
	bool	 bad;
};

uint8_t		buf_u8(struct buf *);
uint16_t	buf_be16(struct buf *);
uint32_t	buf_be32(struct buf *);
uint16_t	buf_le16(struct buf *);
uint32_t	buf_le32(struct buf *);
uint64_t	buf_le64(struct buf *);
/* The next n bytes in place; NULL and bad when there are not so many. */
const uint8_t	*buf_bytes(struct buf *, size_t n);
/* Whole or not at all: a put that does not fit sets bad. */
void		buf_put8(struct buf *, uint8_t);
void		buf_putbe16(struct buf *, uint16_t);
void		buf_putbe32(struct buf *, uint32_t);
void		buf_putle16(struct buf *, uint16_t);
void		buf_putle32(struct buf *, uint32_t);
void		buf_putle64(struct buf *, uint64_t);
void		buf_putbytes(struct buf *, const void *, size_t n);

/* n bytes that the caller fills at once; NULL and bad when there is no room.
 * In line, because writers of text take a few bytes at a time. */
static inline uint8_t *
buf_room(struct buf *b, size_t n)
{
	if (b->bad || b->cap - b->len < n) {
		b->bad = true;
		return NULL;
	}
	b->len += n;
	return b->at + b->len - n;
}

#endif
