#ifndef RULES_WINDOW_H
#define RULES_WINDOW_H

#include "function.h"

/* What was heard within the last span of time, in a ring of pieces: figures leave
 * it a piece at a time, which is a thirtieth of it and a second at least. */

#define WINDOW_PIECES	30

struct window_piece {
	int64_t		number;		/* of the piece: mono us / width */
	uint32_t	heard, rises;	/* figures, 0: empty; of a truth, times it
					 * became true */
	double		sum, min, max, first, last;
	double		gained;		/* sum of what it grew; a counter that begins
					 * anew adds what it shows */
	int64_t		first_at, last_at;	/* mono us */
	bool		over;		/* one was so much or more */
};

struct window {
	int64_t		started;	/* mono us; 0: not yet */
	double		before;		/* the figure before the next */
	bool		any;		/* there is one */
	struct window_piece at[];
};

/* All of it at one moment. */
struct window_sum {
	uint64_t	heard, rises;
	double		sum, min, max, first, last, gained;
	int64_t		first_at, last_at;
	size_t		pieces;		/* that hold something */
	double		means[WINDOW_PIECES];
	bool		over;		/* the figures are so much or more */
	bool		enough;		/* half of the readings that were expected */
};

size_t	window_size(const struct rule_call *);	/* by its second argument */
/* Takes in what is new and forgets what is old. */
void	window_look(const struct rule_call *, struct window *, struct term,
	    struct rule_look *, struct window_sum *);

#endif
