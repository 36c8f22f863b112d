#include "block.h"
#include "crc32c.h"

#define KIND	'B'
#define TRUSTED	1

uint32_t
block_seed(uint64_t salt)
{
	uint8_t bytes[8];

	put_le(bytes, salt, 8);
	return crc32c(0, bytes, sizeof(bytes));
}

void
block_seal(uint8_t *b, const struct block_head *h, uint32_t seed)
{
	b[4] = KIND;
	b[5] = h->trusted ? TRUSTED : 0;
	put_le(b + 6, h->used, 2);
	put_le(b + 8, h->index, 4);
	put_le(b + 12, h->commit, 4);
	put_le(b + 16, h->prev, 8);
	put_le(b + 24, h->last, 8);
	put_le(b + 32, h->boot, 8);
	put_le(b + 40, (uint64_t)h->mono, 8);
	put_le(b + 48, (uint64_t)h->wall, 8);
	put_le(b + 56, h->count, 2);
	memset(b + 58, 0, 6);
	put_le(b, crc32c(seed, b + 4, BLOCK - 4), 4);
}

bool
block_open(const uint8_t *b, uint32_t seed, struct block_head *h)
{
	if (b[4] != KIND || get_le(b, 4) != crc32c(seed, b + 4, BLOCK - 4))
		return false;
	*h = (struct block_head){
		.trusted = b[5] & TRUSTED,
		.used = (uint16_t)get_le(b + 6, 2),
		.index = (uint32_t)get_le(b + 8, 4),
		.commit = (uint32_t)get_le(b + 12, 4),
		.prev = get_le(b + 16, 8),
		.last = get_le(b + 24, 8),
		.boot = get_le(b + 32, 8),
		.mono = (int64_t)get_le(b + 40, 8),
		.wall = (int64_t)get_le(b + 48, 8),
		.count = (uint16_t)get_le(b + 56, 2),
	};
	return h->used <= BLOCK_ROOM && h->last >= h->prev;
}
