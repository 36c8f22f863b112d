#ifndef GATEWAY_JOURNAL_SLOT_H
#define GATEWAY_JOURNAL_SLOT_H

#include "disk.h"

#define SLOT_MAX	4000	/* bytes of one state */

/* A small state in a file of two alternating slots, each with count and
 * CRC32C: a torn write leaves the one before. */
struct slot;

struct slot	*slot_open(const struct disk *, const char *name);	/* NULL: errno */
void		 slot_close(struct slot *);
/* Bytes of the newest valid state, 0: none; at most n are copied. */
size_t		 slot_read(const struct slot *, void *, size_t n);
/* Writes and flushes; -1 and errno leave the older state in force. */
int		 slot_write(struct slot *, const void *, size_t n);

#endif
