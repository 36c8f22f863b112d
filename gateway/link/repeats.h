#ifndef GATEWAY_LINK_REPEATS_H
#define GATEWAY_LINK_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Messages that were taken and come again, for nobody could hear that they were: each is
 * stored once.  What says when it was measured is known by what it says; all else only by
 * its request, for an instrument may well say the same each minute. */

#define REPEATS		32			/* of one link: the oldest gives way */
#define REPEATS_KEPT	(3600 * 1000000LL)	/* us */
/* RFC 7252, 4.8.2: so long an end repeats an exchange at most (MAX_TRANSMIT_SPAN, and some
 * for the way); so long its message id is of no other one (EXCHANGE_LIFETIME). */
#define REPEATS_SPAN	(50 * 1000000LL)
#define REPEATS_LIFE	(247 * 1000000LL)

enum repeat_by {
	REPEAT_NEVER,			/* nothing tells: it is another one */
	REPEAT_TIMES,			/* by its values, all of which have their own times */
	REPEAT_REQUEST,			/* by a mark that no other request has */
	REPEAT_EXCHANGE			/* by message id and token, which are used again */
};

/* By what one is known. */
struct repeat {
	enum repeat_by	by;
	uint64_t	print;		/* EXCHANGE: its low 16 bits are of the far end */
	int64_t		time;		/* TIMES: UTC ms, of its last value */
};

struct repeats {
	struct repeats_one {
		uint64_t	print;	/* 0: none */
		uint64_t	seq;	/* of the telemetry lane, with which it ends */
		int64_t		time, taken;	/* UTC ms; mono us */
	}		at[REPEATS];
	size_t		next;		/* the oldest */
};

/* True: it was taken before, and is durable when *seq is. */
bool	repeats_know(const struct repeats *, const struct repeat *, int64_t now, uint64_t *seq);
/* It was taken; of one from before the start seq is 0, and by is not known. */
void	repeats_take(struct repeats *, const struct repeat *, uint64_t seq, int64_t now);
/* What is behind this one went: it is to come again. */
void	repeats_forsake(struct repeats *, uint64_t durable);

#endif
