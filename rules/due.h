#ifndef RULES_DUE_H
#define RULES_DUE_H

#include <stddef.h>
#include <stdint.h>

/* Who is due first: a heap of moments whose owners embed one each. */
struct due {
	int64_t	at;		/* mono us */
	size_t	place;		/* in the heap, from 1; 0: not in it */
};

struct dues {
	struct due	**heap;		/* room for cap, from the arena */
	size_t		  n, cap;
};

void		 due_arm(struct dues *, struct due *, int64_t at);
void		 due_disarm(struct dues *, struct due *);
struct due	*due_first(const struct dues *);	/* NULL: none */

#endif
