#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "coap_body.h"

bool
coap_block(uint32_t value, struct coap_block *b)
{
	*b = (struct coap_block){ .num = value >> 4, .more = value >> 3 & 1, .szx = value & 7 };
	return b->szx < 7;
}

uint32_t
coap_block_value(const struct coap_block *b)
{
	return b->num << 4 | (uint32_t)b->more << 3 | b->szx;
}

static void
let_go(struct coap_body *b)
{
	free(b->bytes);
	*b = (struct coap_body){ .key = 0 };
}

/* The one of this key; else a free one, or the one that waits longest. */
static struct coap_body *
find(struct coap_bodies *bodies, uint64_t key, int64_t now)
{
	struct coap_body *best = NULL;

	for (size_t i = 0; i < COAP_BODIES; i++) {
		struct coap_body *b = &bodies->all[i];

		if (b->key != 0 && b->until <= now)
			let_go(b);
		if (b->key == key)
			return b;
		if (best == NULL || b->until < best->until)
			best = b;	/* a free one waits since ever */
	}
	return best;
}

enum coap_body_state
coap_body_add(struct coap_bodies *bodies, uint64_t key, const struct coap_block *block,
    const uint8_t *bytes, size_t len, int64_t now, const uint8_t **body, size_t *n)
{
	size_t size = (size_t)16 << block->szx, at = block->num * size;
	struct coap_body *b = find(bodies, key, now);

	if (block->num == 0) {
		if (b->bytes == NULL)
			b->bytes = room_for(1, DOOR_BYTES_MAX);
		b->key = key;
		b->n = 0;
	}
	if (b->key != key || at > b->n || (block->more && len != size) || len > size)
		return COAP_BODY_GAP;
	if (at + len > DOOR_BYTES_MAX) {
		let_go(b);
		return COAP_BODY_LARGE;
	}
	b->until = now + COAP_BODY_TIME;
	if (at + len > b->n) {		/* else it came before */
		memcpy(b->bytes + at, bytes, len);
		b->n = at + len;
	}
	if (block->more)
		return COAP_BODY_MORE;
	*body = b->bytes;
	*n = b->n;
	b->until = now;			/* free from the next call on */
	return COAP_BODY_WHOLE;
}

void
coap_bodies_free(struct coap_bodies *bodies)
{
	for (size_t i = 0; i < COAP_BODIES; i++)
		let_go(&bodies->all[i]);
}
