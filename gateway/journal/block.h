#ifndef GATEWAY_JOURNAL_BLOCK_H
#define GATEWAY_JOURNAL_BLOCK_H

#include <stdbool.h>
#include "layout.h"

/* A block of 4 KiB stands by itself: it says where it belongs, which numbers
 * it holds and what its entries are reckoned from, and has its own CRC seeded
 * with the salt of its segment.  An unfinished one lies in a tail slot. */
struct block_head {
	uint16_t	used;		/* bytes after the head */
	uint16_t	count;		/* entries, snapshot ones not counted */
	uint32_t	index;		/* among the data blocks, from 0 */
	uint32_t	commit;		/* which commit of the segment wrote it */
	uint64_t	prev;		/* the lane's last seq before its first entry */
	uint64_t	last;		/* its last seq; prev: it has none */
	uint64_t	boot;
	int64_t		mono, wall;	/* us and UTC ms of its first group */
	bool		trusted;
};

/* The CRC every block of a segment starts from. */
uint32_t	block_seed(uint64_t salt);
/* Writes head and CRC before the payload that stands there; what lies behind
 * it must be zero. */
void		block_seal(uint8_t *block, const struct block_head *, uint32_t seed);
/* False: the CRC or the form is wrong. */
bool		block_open(const uint8_t *block, uint32_t seed, struct block_head *);

#endif
