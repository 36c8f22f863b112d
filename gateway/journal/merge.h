#ifndef GATEWAY_JOURNAL_MERGE_H
#define GATEWAY_JOURNAL_MERGE_H

#include "reader.h"

/* Both lanes of a store as one row, in the order of seq.  Read-only, in any
 * process. */
struct merge;

/* NULL: errno. */
struct merge	*merge_open(const struct disk *);
void		 merge_close(struct merge *);
/* As reader_seek, in both lanes. */
void		 merge_seek(struct merge *, uint64_t seq);
/* The next of both, with the lane it is of.  A gap comes before what is behind
 * it in its lane.  The entry lives until the next call.  limit: as durable of
 * the running gateway; zeros: as far as the store itself says. */
enum read_result merge_next(struct merge *, const struct durable *limit, enum lane *,
		    const struct entry **, struct gap *);
/* For what knows one: series and store are the same in both. */
struct reader	*merge_reader(struct merge *);
/* Newest seq of the lane that is there, 0: none. */
uint64_t	 merge_last(struct merge *, enum lane);

#endif
