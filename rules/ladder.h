#ifndef RULES_LADDER_H
#define RULES_LADDER_H

#include "cure.h"

/* Which cure of a dead uplink is due: one after the other, each as often as it may
 * be, none that is grave while life is in danger.  It knows neither uplinks nor
 * modems: what is to be done is told, and it is told what came of it. */

/* An uplink, by what it says of itself. */
struct far_watch {
	bool		known;
	bool		owes;
	uint64_t	delivered;
	int64_t		heard;		/* mono us: it said something */
	int64_t		since;		/* it delivered, or owed nothing */
	int64_t		moved;		/* it delivered; 0: not since it is known */
};

enum line_state {
	LINE_UNKNOWN,		/* nobody says anything of it */
	LINE_IDLE,		/* nothing is owed, or not for long */
	LINE_DEAD,
	LINE_ALIVE
};

void		far_hear(struct far_watch *, uint64_t delivered, bool owes, int64_t now);
enum line_state	far_state(const struct far_watch *, int64_t dead, int64_t now);
/* Of two that go by the same line. */
enum line_state	line_both(enum line_state, enum line_state);

struct ladder_run {
	int64_t		wall;		/* UTC ms */
	int64_t		mono;		/* us, of that boot */
	uint64_t	boot;
};

enum ladder_state { LADDER_WELL, LADDER_NEXT, LADDER_UNDER_WAY, LADDER_RESTING };

struct ladder {
	const struct cure_conf	*conf;
	enum ladder_state	 state;
	size_t			 step;		/* the next, or that under way */
	int64_t			 since;		/* mono us: it is dead */
	int64_t			 at;		/* mono us: nothing is done before */
	int			 last;		/* action taken last; -1: none since it
						 * is dead */
	struct ladder_past {
		struct ladder_run	runs[CURE_RUNS];	/* the newest last */
		size_t			n;
	}			 past[CURE_ACTIONS];
};

struct ladder_now {
	int64_t		mono, wall;
	uint64_t	boot;
	enum line_state	line;
	bool		life;		/* an alarm of class life is active */
};

enum ladder_word {
	LADDER_QUIET,
	LADDER_DEAD,		/* it is dead: it begins */
	LADDER_TAKE,		/* this step is to be taken: ladder_ended is called then */
	LADDER_HELD,		/* this one is not, because of life */
	LADDER_SPENT,		/* nor this one: it was, as often as it may be */
	LADDER_RESTS,		/* all were tried: later again */
	LADDER_CURED		/* something was delivered */
};

/* What is to be said or done now; called again until it is QUIET.  step: the one
 * that is meant. */
enum ladder_word ladder_turn(struct ladder *, const struct ladder_now *,
		    const struct cure_step **step);
/* What was under way has ended; one that failed is waited for by nobody. */
void		 ladder_ended(struct ladder *, bool well, int64_t now);
/* How often that step was taken of late. */
size_t		 ladder_taken(const struct ladder *, const struct cure_step *,
		    const struct ladder_now *);
/* It was taken before the start. */
void		 ladder_remember(struct ladder *, int action, const struct ladder_run *);
/* Other settings from now on: what was taken is known, and nothing is under way. */
void		 ladder_renew(struct ladder *, const struct cure_conf *);

#endif
