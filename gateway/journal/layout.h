#ifndef GATEWAY_JOURNAL_LAYOUT_H
#define GATEWAY_JOURNAL_LAYOUT_H

#include <stdint.h>
#include <string.h>

/* Sizes and places of the format (docs/journal-format.md).  All integers on
 * disk are little-endian. */
#define FORMAT_VERSION	1
#define BLOCK		4096u
#define BLOCK_HEAD	64u
#define BLOCK_ROOM	(BLOCK - BLOCK_HEAD)

/* Blocks of a segment. */
#define AT_HEADER	0u	/* and its copy: */
#define AT_SLOT		1u	/* two tail slots */
#define AT_COPY		3u
#define AT_DATA		4u	/* up to the footer, the last one */
#define NOT_DATA	5u	/* header, slots, copy, footer */

#ifndef TELEMETRY_BLOCKS	/* tests may have smaller ones */
#define TELEMETRY_BLOCKS 256u	/* 1 MiB */
#define ALARM_BLOCKS	64u	/* 256 KiB */
#endif

static inline void
put_le(uint8_t *at, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++, v >>= 8)
		at[i] = (uint8_t)v;
}

static inline uint64_t
get_le(const uint8_t *at, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = bytes; i-- > 0;)
		v = v << 8 | at[i];
	return v;
}

#endif
