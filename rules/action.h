#ifndef RULES_ACTION_H
#define RULES_ACTION_H

#include "../conf/key.h"
#include "alarm.h"

/* What a rule does on the spot when it comes and when it goes. */

enum action_edge { ACTION_ENTER, ACTION_LEAVE };

struct action_conf {
	struct place	 place;
	const char	*output;	/* DEVICE.POINT, as conditions name it */
	const char	*value;		/* as a command would say it */
	int		 at;		/* enum action_edge */
	int64_t		 within;	/* us: it reads back by then, or disobeys */
	int64_t		 tries;		/* so often it is written at most */
	int64_t		 insist;	/* us: disobeyed, it is ordered again so often */
	bool		 repeat;	/* after a start too, if the alarm still stands */
};

extern const struct key action_keys[];

/* What can be said of it without any device.  -1: see errs. */
int	action_check(const struct action_conf *, const struct place *rule, const char *name,
	    struct errs *);

/* How far the actions of one alarm are. */
struct acting {
	bool	done;		/* those of its coming; those of its going are owed */
	bool	unsure;		/* since a start its condition was not seen yet */
};

/* Is what was done at its coming still to be so? */
bool	acting_stands(const struct acting *, const struct alarm *);

enum action_due { DUE_NOTHING, DUE_ENTER, DUE_LEAVE, DUE_AGAIN };

/* Whenever a fact of the alarm may have changed.  One that latches goes with its
 * reset; while somebody works there or it is out of service nothing is done, and
 * what that leaves owed is done when it is over.  Shelving silences people's
 * phones and no horn. */
enum action_due	acting_step(struct acting *, const struct alarm *);
/* Before the start it stood so: what it asked for then was done or is too old. */
void		acting_restore(struct acting *, const struct alarm *);
/* Its condition is known now, for the first time since the start. */
enum action_due	acting_known(struct acting *, const struct alarm *);

#endif
