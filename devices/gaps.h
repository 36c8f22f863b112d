#ifndef DEVICES_GAPS_H
#define DEVICES_GAPS_H

#include <stdbool.h>
#include <stdint.h>

/* Which periods of time an instrument has told of, so that those between that it has
 * not can be asked for.  One bit a period, the newest ones; all zero: of none. */

#define GAPS_PERIODS	1440	/* a day of minutes, two months of hours */

struct gaps {
	int64_t		 newest;	/* number of the period since 1970; 0: none */
	uint64_t	 told[(GAPS_PERIODS + 63) / 64];	/* by number mod GAPS_PERIODS */
};

/* The first and the last one that is missing. */
struct gap_span {
	int64_t	from, to;
};

/* It told of that period.  One that is older than all that is known of is none. */
void	gaps_tell(struct gaps *, int64_t period);
bool	gaps_told(const struct gaps *, int64_t period);
/* How far its periods lie apart; 0: too few are known. */
int64_t	gaps_step(const struct gaps *);
/* The oldest gap no older than since, of at most so many periods of its own step.
 * False: there is none. */
bool	gaps_oldest(const struct gaps *, int64_t since, int64_t most, struct gap_span *);
/* There is nothing to be had of it: it is no gap any more. */
void	gaps_close(struct gaps *, const struct gap_span *);

#endif
