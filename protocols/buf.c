#include <string.h>

#include "buf.h"

const uint8_t *
buf_bytes(struct buf *b, size_t n)
{
	const uint8_t *at;

	if (b->bad || b->len - b->pos < n) {
		b->bad = true;
		return NULL;
	}
	at = b->at + b->pos;
	b->pos += n;
	return at;
}

static uint64_t
take_be(struct buf *b, size_t n)
{
	const uint8_t *at = buf_bytes(b, n);
	uint64_t v = 0;

	for (size_t i = 0; at != NULL && i < n; i++)
		v = v << 8 | at[i];
	return v;
}

static uint64_t
take_le(struct buf *b, size_t n)
{
	const uint8_t *at = buf_bytes(b, n);
	uint64_t v = 0;

	for (size_t i = n; at != NULL && i-- > 0;)
		v = v << 8 | at[i];
	return v;
}

uint8_t
buf_u8(struct buf *b)
{
	return (uint8_t)take_be(b, 1);
}

uint16_t
buf_be16(struct buf *b)
{
	return (uint16_t)take_be(b, 2);
}

uint32_t
buf_be32(struct buf *b)
{
	return (uint32_t)take_be(b, 4);
}

uint16_t
buf_le16(struct buf *b)
{
	return (uint16_t)take_le(b, 2);
}

uint32_t
buf_le32(struct buf *b)
{
	return (uint32_t)take_le(b, 4);
}

uint64_t
buf_le64(struct buf *b)
{
	return take_le(b, 8);
}

static void
put_be(struct buf *b, uint64_t v, size_t n)
{
	uint8_t *at = buf_room(b, n);

	for (size_t i = n; at != NULL && i-- > 0; v >>= 8)
		at[i] = (uint8_t)v;
}

static void
put_le(struct buf *b, uint64_t v, size_t n)
{
	uint8_t *at = buf_room(b, n);

	for (size_t i = 0; at != NULL && i < n; i++, v >>= 8)
		at[i] = (uint8_t)v;
}

void
buf_put8(struct buf *b, uint8_t v)
{
	uint8_t *at = buf_room(b, 1);

	if (at != NULL)
		*at = v;
}

void
buf_putbe16(struct buf *b, uint16_t v)
{
	put_be(b, v, 2);
}

void
buf_putbe32(struct buf *b, uint32_t v)
{
	put_be(b, v, 4);
}

void
buf_putle16(struct buf *b, uint16_t v)
{
	put_le(b, v, 2);
}

void
buf_putle32(struct buf *b, uint32_t v)
{
	put_le(b, v, 4);
}

void
buf_putle64(struct buf *b, uint64_t v)
{
	put_le(b, v, 8);
}

void
buf_putbytes(struct buf *b, const void *p, size_t n)
{
	uint8_t *at = buf_room(b, n);

	if (at != NULL && n > 0)
		memcpy(at, p, n);
}
