#ifndef GATEWAY_UPLINK_SENT_H
#define GATEWAY_UPLINK_SENT_H

#include "../journal/disk.h"
#include "uplink.h"

/* How the newest batches of an uplink were cut.  A cursor is saved seconds after
 * the far end acknowledged, so that after a crash some entries go out again; with
 * these bounds they go out in the same batches, which a far end can tell by a
 * key.  A ring of records in the file sent-NAME beside the store, one flush a
 * batch. */
struct sent;

struct sent_batch {
	uint64_t	first, last;	/* seq of its first and its last entry */
	enum stream	stream;		/* in which it went at first */
};

/* What another store left is not found.  NULL: errno. */
struct sent	*sent_open(const struct disk *, const char *uplink, uint64_t store);
void		 sent_close(struct sent *);
/* The batch that begins with this entry; lives until the next call of these.
 * NULL: none did. */
const struct sent_batch *sent_find(const struct sent *, uint64_t first);
/* Durable when it returns; one that began with the same entry is replaced.  -1:
 * errno, and it is known to this process alone. */
int		 sent_note(struct sent *, const struct sent_batch *);

#endif
