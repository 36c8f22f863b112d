#ifndef GATEWAY_JOURNAL_SEGMENT_H
#define GATEWAY_JOURNAL_SEGMENT_H

#include "block.h"
#include "disk.h"
#include "journal.h"

#define SEGMENT_NAME	48

/* What both copies of the header say. */
struct segment_head {
	enum lane	lane;
	uint32_t	blocks;		/* of the whole file */
	uint32_t	series;		/* numbers given away when it began */
	uint64_t	store, generation, salt;
	uint64_t	prev;		/* last seq of the lane before it */
	int64_t		made;		/* UTC ms */
};

/* What the footer says: the segment is sealed. */
struct segment_foot {
	uint32_t	blocks;		/* data blocks in use */
	uint64_t	last, count;
	int64_t		time_min, time_max;	/* of its entries, UTC ms */
	int64_t		stored;		/* UTC ms of its last group */
};

enum segment_name {
	NAME_OTHER,
	NAME_SEGMENT,		/* "tele-%016x.seg", "alarm-%016x.seg" */
	NAME_SPARE,		/* "tele-spare-%x" */
	NAME_BAD		/* "tele-%016x.bad" */
};

char	*segment_name(char name[SEGMENT_NAME], enum segment_name, enum lane,
	    uint64_t generation);
enum segment_name segment_parse(const char *name, enum lane *, uint64_t *generation);

/* Whole or not at all: -1 and errno, EIO for a short count. */
int	segment_read(const struct disk *, int fd, uint32_t block, void *);
int	segment_write(const struct disk *, int fd, uint32_t block, const void *);

enum head_result {
	HEAD_FINE,
	HEAD_EMPTY,		/* a copy is of zeros: its making was cut short */
	HEAD_NEWER,		/* made by a later version of the format */
	HEAD_BAD,
	HEAD_UNREADABLE		/* the device says so, of one at least: nothing is proven */
};

/* The first sound copy. */
enum head_result segment_read_head(const struct disk *, int fd, struct segment_head *);
/* Both copies and two empty tail slots, unsynced.  The second copy is last: a
 * write cut short leaves the first. */
int	segment_begin(const struct disk *, int fd, const struct segment_head *, uint64_t boot);
/* False: not sealed, or the footer is damaged. */
bool	segment_read_foot(const struct disk *, int fd, const struct segment_head *,
	    struct segment_foot *);
int	segment_write_foot(const struct disk *, int fd, const struct segment_head *,
	    const struct segment_foot *);

static inline uint32_t
segment_room(uint32_t blocks)		/* data blocks of a segment */
{
	return blocks - NOT_DATA;
}

uint32_t	segment_blocks(enum lane);

#endif
