#ifndef GATEWAY_FIELD_KEEPER_H
#define GATEWAY_FIELD_KEEPER_H

#include <stdbool.h>

#include "../journal/slot.h"

/* Small states on disk.  A flush takes as long as the disk likes, and the loop
 * that measures does not wait for one: a thread of the keeper's own writes, of
 * each file the newest state alone.  Who has promised something waits until it
 * is no longer owed. */
struct keeper;

/* A file of it. */
struct kept;

enum kept_result { KEPT_OWED, KEPT_GOOD, KEPT_FAILED };

/* Without a thread, what is put is written at once. */
struct keeper	*keeper_open(const struct disk *);
/* The descriptor becomes readable when something was written, or could not be.
 * -1: errno. */
int		 keeper_thread(struct keeper *);
/* Writes what is owed, and frees its files. */
void		 keeper_close(struct keeper *);
/* Looks at what the thread did.  tick: besides, what failed is tried again. */
void		 keeper_reap(struct keeper *);
void		 keeper_tick(struct keeper *, int64_t mono);
/* The number of the newest state of all files, and whether one of those up to it
 * is neither written nor failed. */
uint64_t	 keeper_asked(const struct keeper *);
bool		 keeper_owes(struct keeper *, uint64_t ticket);

/* Opens a file, or makes one.  what: for the log, "marks"; it lives as long.
 * unit: a state of more than a slot goes into several, NAME-1, NAME-2 ..., cut
 * between units of so many bytes, and a loss of power may leave one of them
 * older than another; 0: it is of one slot.  NULL: errno. */
struct kept	*keeper_file(struct keeper *, const char *name, const char *what, size_t unit);
/* The newest state, as put or as it was on disk. */
const void	*kept_state(const struct kept *, size_t *n);
/* The same as a text that may be cut; returns it. */
char		*kept_text(const struct kept *, char text[SLOT_MAX + 1]);
/* Takes a copy.  The number of this state; 0: it is larger than a slot, errno. */
uint64_t	 kept_put(struct kept *, const void *, size_t n);
/* What became of that state, or of a newer one; KEPT_FAILED: errno. */
enum kept_result kept_result(struct kept *, uint64_t ticket);

#endif
