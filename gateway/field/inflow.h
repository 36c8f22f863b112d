#ifndef GATEWAY_FIELD_INFLOW_H
#define GATEWAY_FIELD_INFLOW_H

#include "poller.h"

enum inflow_rank { INFLOW_WATCHED, INFLOW_OTHERS, INFLOW_RANKS };

/* Lines on which more is told than the store takes at once.  They are not read until
 * it has room again: what their far ends say waits in the connections, unacknowledged,
 * and nothing is lost.  Those that rules watch go first, and each line has its turn.
 * What a rule of class life watches never waits: it is judged though it cannot be
 * stored, and so is what others watch when the store gets on no more. */
struct inflow {
	struct loop	*loop;
	struct pipeline	*pipeline;
	struct timer	 turn;
	struct bus	*first[INFLOW_RANKS], *last[INFLOW_RANKS];
	size_t		 waiting;	/* lines */
	int64_t		 full_since;	/* mono us: nothing more was admitted and nothing
					 * became durable; 0: neither */
	size_t		 fetching;	/* lines that are asked for what is missing */
	uint64_t	 waits;		/* so often a line had to wait */
	bool		 told;		/* that the store gets on no more */
};

void	inflow_begin(struct inflow *, struct loop *, struct pipeline *);
void	inflow_end(struct inflow *);
/* May so many bytes be heard on that line now?  Not past others that wait. */
bool	inflow_admits(const struct inflow *, const struct bus *, size_t bytes);
/* Is there room for a message of so many bytes that came by another way?  True too
 * when the store gets on no more: it would wait for nothing. */
bool	inflow_room(struct inflow *, size_t bytes, int64_t now);
/* It waits from now on; for one that does already nothing changes. */
void	inflow_wait(struct inflow *, struct bus *, int64_t now);
void	inflow_leave(struct inflow *, struct bus *);
/* What was told is durable. */
void	inflow_grew(struct inflow *, int64_t now);

#endif
