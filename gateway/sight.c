#include "sight.h"

void
sight_put(struct buf *b, const struct sight *s)
{
	buf_put8(b, s->sent);
	buf_putle64(b, (uint64_t)s->at);
	buf_putle64(b, s->dropped);
	buf_putbytes(b, s->bytes, s->n);
}

int
sight_get(struct buf *b, struct sight *s)
{
	uint8_t sent = buf_u8(b);

	s->sent = sent == 1;
	s->at = (int64_t)buf_le64(b);
	s->dropped = buf_le64(b);
	if (b->bad || sent > 1 || b->len - b->pos > SIGHT_BYTES)
		return -1;
	s->n = b->len - b->pos;
	s->bytes = buf_bytes(b, s->n);
	return 0;
}
