#ifndef GATEWAY_JOURNAL_READER_H
#define GATEWAY_JOURNAL_READER_H

#include "journal.h"

/* The reading end, for uplinks, CLI and page: read-only, in any process.  It
 * passes no durable seq; without one (field role not running) it reads what the
 * next start will keep, and flushes the newest commit before it shows it. */
struct reader;

enum read_result {
	READ_ENTRY,
	READ_END,		/* nothing more that is durable */
	READ_GAP,		/* entries from..to are gone (recycled or damaged) */
	READ_FAILED		/* the store cannot be read: errno */
};

struct gap {
	uint64_t	from, to;	/* seq, both gone; of this lane's numbers */
	bool		damaged;	/* else recycled */
	/* UTC ms: they were stored between these moments; 0: not known.  Where the
	 * clock was set back meanwhile, the earlier one is since. */
	int64_t		since, until;
};

/* It lies between what was stored at since and what was stored at until. */
static inline void
gap_between(struct gap *gap, int64_t since, int64_t until)
{
	bool back = since > until;

	gap->since = back ? until : since;
	gap->until = back ? since : until;
}

/* NULL: errno says why. */
struct reader	*reader_open(const struct disk *);
/* For entries alone: the dictionary, which may be large, is read when somebody
 * asks for it. */
struct reader	*reader_open_nameless(const struct disk *);
void		 reader_close(struct reader *);
/* The next entry read will be the first of this lane with a seq >= this; what
 * is missing before it is a gap.  0: the oldest there is, and no gap. */
void		 reader_seek(struct reader *, enum lane, uint64_t seq);
/* limit: the lane's durable seq; 0: nobody says it. */
enum read_result reader_next(struct reader *, uint64_t limit, struct entry *, struct gap *);
/* What was added to the dictionary is read when a new number is asked; NULL:
 * unknown.  A row stays where it is while the reader is open, unless the device
 * refused a part of the dictionary before. */
const struct series *reader_series(struct reader *, uint32_t id);
uint64_t	 reader_store(struct reader *);
/* Oldest and newest seq of a lane that are there (0, 0: none). */
void		 reader_range(struct reader *, enum lane, uint64_t *first, uint64_t *last);

#endif
