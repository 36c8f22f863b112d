#ifndef RULES_TOLD_H
#define RULES_TOLD_H

#include <stdbool.h>
#include <stdint.h>

/* Which intervals were told of, in seconds since 1970, as two runs of time.  A
 * clock that goes wrong for a while begins another run; of three the gap between
 * the nearest two is filled, so that nothing told is ever forgotten. */
struct told {
	struct told_run { uint32_t from, to; } run[2];	/* to 0: none; by time */
};

bool	told_has(const struct told *, uint32_t from);
void	told_add(struct told *, uint32_t from, uint32_t to);

#endif
