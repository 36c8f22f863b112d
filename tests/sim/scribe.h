#ifndef TESTS_SIM_SCRIBE_H
#define TESTS_SIM_SCRIBE_H

#include "../../gateway/journal/journal.h"
#include "chance.h"

#define SCRIBE_SERIES	12
#define SCRIBE_ALARMS	4
#define SCRIBE_LATCHING	1	/* the one that latches */

/* Makes up entries of all kinds, with every value that a store could spoil,
 * and leads a few alarms through their lives. */
struct scribe {
	struct chance	 chance;
	int64_t		 mono, wall;	/* us, UTC ms: moved by the owner */
	uint32_t	 ids[SCRIBE_SERIES];
	struct alarm	 alarms[SCRIBE_ALARMS];
	uint64_t	 made;
	char		 text[5][700];	/* of the entry made last */
};

void		 scribe_init(struct scribe *, uint64_t seed, int64_t wall);
/* Enters the series.  False: a number is not that of the last time. */
bool		 scribe_series(struct scribe *, struct journal *);
const struct series *scribe_series_row(size_t i);
/* The i-th series of those above has this number; -1: none. */
int		 scribe_series_find(const struct scribe *, uint32_t id);

/* One entry of a kind; its text lives until the next is made. */
void		 scribe_make(struct scribe *, enum entry_kind, struct entry *);
/* Mostly readings; one in a while of the other kinds. */
enum entry_kind	 scribe_kind(struct scribe *);
/* For journal_on_snapshot: ctx is the scribe. */
bool		 scribe_standing(void *ctx, size_t i, struct alarm_entry *);
/* Which alarm an entry is about; -1: none of ours. */
int		 scribe_alarm_index(const struct alarm_entry *);

/* All that an entry says, folded to 64 bits: equal entries, equal folds.  The
 * stamps of its group are left out. */
uint64_t	 entry_fold(const struct entry *);
/* The same for people. */
void		 entry_print(const struct entry *);

#endif
