#ifndef GATEWAY_UPLINK_CONFLICTS_H
#define GATEWAY_UPLINK_CONFLICTS_H

#include <stdint.h>

#define CONFLICT_AGAIN	(600LL * 1000000)	/* us */

/* Series (with the fields they fill: a number, 0 is none) whose values the far end
 * refuses for their type.  That lasts until a
 * person does something about it, so it is not asked with each value, but once in
 * a while.  Of two that have the same place the later one is remembered. */
struct conflicts {
	struct conflict {
		uint32_t	what;		/* 0: none */
		int64_t		again;		/* mono us: the next is a try */
	}	*at;			/* NULL: there never was one */
};

enum conflict_look {
	CONFLICT_NONE,
	CONFLICT_HOLDS,		/* it would be refused: keep it aside */
	CONFLICT_TRY		/* this one may go, and others not before it is known */
};

void	conflicts_free(struct conflicts *);
/* It was refused for its type. */
void	conflicts_add(struct conflicts *, uint32_t what, int64_t now);
/* What to do with a value of it. */
enum conflict_look conflicts_look(struct conflicts *, uint32_t what, int64_t now);
/* One of it was taken. */
void	conflicts_settle(struct conflicts *, uint32_t what);
/* The try came to no answer: the next one is a try. */
void	conflicts_retry(struct conflicts *, uint32_t what);

#endif
