#ifndef GATEWAY_JOURNAL_SCAN_H
#define GATEWAY_JOURNAL_SCAN_H

#include "codec.h"
#include "segment.h"

/* How far a segment goes: so many data blocks, and what lies in a tail slot
 * after them. */
struct extent {
	bool		 sealed;
	struct segment_foot foot;
	bool		 slot[2];	/* sound ones */
	unsigned	 unreadable;	/* slots: no write cut short leaves that */
	uint32_t	 commit;	/* of the slot chosen */
	uint32_t	 blocks;
	bool		 has_tail;
	struct block_head tail_head;
	uint8_t		 tail[BLOCK];
};

enum extent_by {
	BY_NEWEST,		/* the newest sound slot */
	BY_PROVEN		/* the older one: what it says was flushed before
				 * the newer one was begun */
};

/* -1: neither footer nor slot is sound (errno EBADMSG) or readable. */
int	extent_find(const struct disk *, int fd, const struct segment_head *, enum extent_by,
	    struct extent *);

/* What a look at all of a segment finds. */
struct scan {
	struct extent	 extent;	/* what is to be kept */
	struct segment_foot foot;	/* of the same */
	uint32_t	 damaged;	/* blocks that should be sound and are not */
	uint32_t	 unreadable;	/* blocks the device did not give, just now: what
					 * was found is not to be relied on for writing */
	uint32_t	 top_commit;	/* the highest number any block bears */
	uint32_t	 series;	/* the highest number in use */
	uint64_t	 restated;	/* entries that foot.count leaves out for this */
	uint64_t	 seen;		/* the highest seq anywhere, kept or not */
	bool		 unsure;	/* numbers may be lost that were once read */
};

/* The extent that a start keeps of this segment, by its slots
 * (docs/journal-format.md); of the rest only unsure, seen and top_commit are
 * filled, on top of zeros. */
void	scan_end(const struct disk *, int fd, const struct segment_head *, struct scan *);
/* Finds the end of an unsealed segment like that and looks into every block; of
 * a sealed one, counts.  codec is room to work in.  Entries before from and
 * restated ones are not counted. */
void	scan_segment(const struct disk *, int fd, const struct segment_head *, uint64_t from,
	    struct codec *, struct scan *);

#endif
