#ifndef GATEWAY_JOURNAL_LANE_H
#define GATEWAY_JOURNAL_LANE_H

#include "codec.h"
#include "journal.h"
#include "segment.h"

/* A block in memory: being filled, or full and not yet durable. */
struct ring_block {
	struct block_head head;		/* index and commit come when it is written */
	int64_t		 time_min, time_max, stored;
	uint32_t	 series;	/* the highest number in it */
	uint16_t	 place;		/* in the memory */
};

/* Blocks are counted from 0 for ever; those in [head, next) are held.  Places
 * are given out last in, first out, so that few pages are touched. */
struct ring {
	struct ring_block *blocks;	/* by number modulo size */
	uint16_t	*unused;	/* places */
	size_t		 size, nunused;
	uint8_t		*memory;
	uint64_t	 head, next;
	struct ring_block *newest;	/* the one before next */
};

/* The filling half of a lane: owned by the loop, never by the helper. */
struct lane_writer {
	enum lane	 lane;
	struct ring	 ring;
	bool		 open;		/* the last block takes more */
	struct codec	*codec;		/* of the block being filled */
	uint32_t	 room;		/* data blocks of a segment */
	uint32_t	 head_index;	/* where block ring.head goes; 0 begins one */
	uint64_t	 last;		/* seq of the last entry appended */
	/* the open group */
	bool		 group_open, group_put;
	int64_t		 mono, wall;
	bool		 trusted;
	size_t		 fresh;		/* bytes since the last commit began */
	int64_t		 due;		/* when a commit must begin, INT64_MAX: never */
	/* standing alarms at the head of a segment; many of them take several
	 * commits and segments, with what happens meanwhile in between */
	bool		 snapshot_due, in_snapshot;
	bool		 restating;	/* one was begun and is not whole */
	size_t		 restated;	/* alarms looked at so far */
	uint64_t	 begun_at, begun_seq;	/* block, and seq before it */
	uint64_t	 span;		/* blocks that the last whole one took */
	bool		 whole;		/* since the last commit began */
	uint64_t	 whole_seq;	/* seq before that one */
	uint64_t	 sent_seq;	/* as kept_seq will be, if the commit holds */
	uint64_t	 kept_seq;	/* before the last durable one: what is
					 * behind it says which alarms stand */
	bool		(*standing)(void *, size_t i, struct alarm_entry *);
	void		*standing_arg;
	/* telling what became durable */
	struct codec	*teller;
	uint64_t	 tell_block;
	size_t		 tell_pos;
	bool		 tell_begun;
	uint64_t	 told;		/* seq */
	uint8_t		 scratch[BLOCK + 64];
};

void	lane_init(struct lane_writer *, enum lane, size_t bytes, uint64_t boot);
void	lane_free(struct lane_writer *);
/* *seq is the last number given away over both lanes; moved.  0: full. */
uint64_t lane_append(struct lane_writer *, const struct entry *, uint64_t *seq);
/* The group's moment, if none is open. */
void	lane_group(struct lane_writer *, int64_t mono, int64_t wall, bool trusted);
/* The block being filled (NULL: none), as it is now. */
const struct ring_block *lane_open_block(const struct lane_writer *);
struct ring_block *ring_at(const struct ring *, uint64_t n);
uint8_t	*ring_bytes(const struct ring *, const struct ring_block *);
/* Tells each entry of blocks up to full, and of that one up to used bytes. */
void	lane_tell(struct lane_writer *, uint64_t full, size_t used,
	    void (*told)(void *, const struct entry *), void *);
/* Blocks before n are durable: their memory is free. */
void	lane_release(struct lane_writer *, uint64_t n);
/* Goes on with a snapshot that is not whole, as far as there is room beside
 * what may happen meanwhile. */
void	lane_restate(struct lane_writer *, uint64_t *seq);
/* The alarms stand in another order: begins one that is not whole anew, with the
 * next entry. */
void	lane_reordered(struct lane_writer *);
/* What is held goes to a new segment. */
void	lane_restart(struct lane_writer *, uint64_t *seq);
/* Leaves out what is of a series with a higher number, of all that is held; the
 * codec is to read with.  How many. */
uint64_t lane_sift(struct lane_writer *, struct codec *, uint32_t series);
size_t	lane_held(const struct lane_writer *);		/* bytes */

#endif
