#ifndef RULES_DRIVE_H
#define RULES_DRIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One output that rules switch: what it is to be, how often that is tried, and
 * whether it obeys.  Moments are mono us. */

enum drive_state {
	DRIVE_RESTS,		/* nothing is to be done */
	DRIVE_WAITS,		/* for its next try */
	DRIVE_ORDERED,		/* a command is under way */
	DRIVE_CHANGED,		/* the same, and something else is wanted now */
	DRIVE_PAUSES,		/* it disobeyed, and is ordered again if that is
				 * wanted still */
	DRIVE_STATES
};

/* How a command ended. */
enum drive_end {
	DRIVE_OBEYED,		/* read back as ordered */
	DRIVE_REFUSED,		/* by an interlock or a limit: it is not tried again */
	DRIVE_FAILED,		/* sent, or too old; and not read back */
	DRIVE_BUSY,		/* nothing was done, and that passes */
	DRIVE_ENDS
};

struct wish {
	double		 figure;
	int64_t		 within;	/* us */
	int64_t		 tries;
	int64_t		 insist;	/* us after the last of them it is ordered again,
					 * and so on; 0: never */
	const char	*rule, *device;	/* whose alarm wants it; copied */
};

struct drive {
	enum drive_state state;
	double		 figure;	/* wanted last; NAN: not known, nothing ever */
	int64_t		 within, tries;	/* tries that are left */
	int64_t		 share;		/* us for each */
	int64_t		 insist;	/* as wished */
	int64_t		 due;		/* of the next try, or the end of a pause */
	int64_t		 deadline;	/* it has to have obeyed */
	bool		 disobeyed;
	char		 rule[64], by[64];
};

/* A newer wish replaces an older one; the same one goes on as it is. */
void	drive_want(struct drive *, const struct wish *, int64_t now);
/* Its pause is over: is it wanted still? */
bool	drive_asks(const struct drive *, int64_t now);
/* By this alarm: it is ordered once more, and is known to disobey meanwhile; by
 * none (NULL): it pauses again. */
void	drive_insist(struct drive *, const struct wish *, int64_t now);
/* Is a command to be given now?  Then one is under way. */
bool	drive_go(struct drive *, int64_t now);
/* Not before then, and its time begins then: that was not up to the output. */
void	drive_hold(struct drive *, int64_t until);
void	drive_end(struct drive *, enum drive_end, int64_t now);
/* It was seen to be so. */
void	drive_see(struct drive *, double figure);
/* Somebody else had it written and read back: the newer order counts. */
void	drive_overrule(struct drive *);
/* Its time may be over. */
void	drive_tick(struct drive *, int64_t now);
/* When it has something to do by itself; INT64_MAX: never. */
int64_t	drive_deadline(const struct drive *);

#endif
