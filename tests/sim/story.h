#ifndef TESTS_SIM_STORY_H
#define TESTS_SIM_STORY_H

#include "ledger.h"

/* A life of one store on a disk: entries appended, commits due and done,
 * with the ledger keeping book of what was called safe. */
struct story {
	const struct disk	*disk;
	struct journal		*journal;	/* NULL: not open */
	struct journal_conf	 conf;
	struct scribe		 scribe;
	struct ledger		 ledger;
	struct chance		 chance;
	uint64_t		 full;		/* appends refused: no room */
	char			 why[200];
};

void	story_init(struct story *, const struct disk *, uint64_t seed);
/* -1: see why. */
int	story_open(struct story *);
/* A while: at most n entries, perhaps a commit, perhaps not yet reaped. */
void	story_step(struct story *, size_t n);
/* Much at once: n records of a good size, committed every few. */
void	story_bulk(struct story *, size_t n);
/* Commits and reaps until nothing is left. */
void	story_settle(struct story *);
/* Closes the store when it is open, and forgets the book. */
void	story_free(struct story *);

/* The rig: at every moment of a story the power goes, in as many ways as the
 * budget allows, and what comes back is judged. */
struct rig {
	struct story	*story;
	const struct scribe *scribe;	/* of the life that is judged */
	struct chance	 chance;
	struct verdict	 verdict;
	uint64_t	 states, moments, inside;	/* inside: cuts of a recovery */
	uint64_t	 first_bad;			/* state number; 0: none */
	size_t		 samples;	/* images of one moment when not all */
	uint64_t	 skip;		/* of dull moments only one in so many; 0: all */
	uint64_t	 notable;	/* calls that change names, so far */
	bool		 garbage;	/* also garbage in unsynced writes */
	bool		 stop_at_bad;
};

void	rig_init(struct rig *, struct story *, uint64_t seed);
/* Judges the store as it is now, all unsynced kept or lost as given. */
void	rig_judge(struct rig *, struct simdisk *image, const struct ledger *, bool clean,
	    int depth);
/* For simdisk.moment: ctx is the rig. */
void	rig_moment(void *ctx, struct simdisk *);

#endif
