#ifndef GATEWAY_UPLINK_FLOW_H
#define GATEWAY_UPLINK_FLOW_H

#include "../journal/reader.h"

/* One stream's way through its lane: a reader that remembers where it is, and
 * the one thing that was read and not taken yet. */
struct flow {
	enum lane	 lane;
	bool		 named;		/* its reader is asked for names */
	struct reader	*reader;	/* NULL: closed */
	uint64_t	 next;		/* what comes has a seq >= this; 0: unknown */
	enum read_result kept;		/* READ_ENTRY or READ_GAP when has_kept */
	bool		 has_kept;
	bool		 gapped;	/* since the last thing that happened anew */
	struct entry	 entry;
	struct gap	 gap;
};

int	flow_open(struct flow *, const struct disk *);	/* -1: errno */
void	flow_close(struct flow *);
/* The first thing with a seq >= from.  It stays until flow_take. */
enum read_result flow_peek(struct flow *, uint64_t from, uint64_t limit);
/* Takes what peek gave; returns the last seq that is done with by it. */
uint64_t flow_take(struct flow *);
/* Forgets what was read, for it must be sent again. */
void	flow_back(struct flow *);

#endif
