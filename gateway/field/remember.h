#ifndef GATEWAY_FIELD_REMEMBER_H
#define GATEWAY_FIELD_REMEMBER_H

#include "field.h"

/* At the start: what the points said last, so that a jump over a restart is
 * one, and a result that was held goes on growing old. */
struct remember {
	struct field_role	*field;
	struct device		**devices;	/* by series; NULL: not remembered */
	uint32_t		 n;
};

void	remember_open(struct remember *, struct field_role *);
/* A reading of before, in the order in which they were stored. */
void	remember_take(struct remember *, const struct entry *);
void	remember_close(struct remember *);
/* How long ago it was, us: over a start of the machine only clocks that can be trusted
 * tell; else it was just now, and no older than it said. */
int64_t	remember_since(const struct field_role *, const struct entry *);

#endif
