#ifndef RULES_BUCKET_H
#define RULES_BUCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "../devices/quality.h"
#include "statistic.h"

#define BUCKET_MARKS	7	/* of HJ 212, all but N */

/* The figures of an interval that is not over, of one series: a line of the
 * cache.  What readings of each mark there were is kept in units of 2^shift, for
 * only which of them are more matters. */
struct bucket {
	uint32_t	from, to;		/* s since 1970; to 0: not in use */
	uint32_t	samples, good;
	uint16_t	marks[BUCKET_MARKS];
	uint8_t		shift : 5;
	uint8_t		counted : 1;		/* amount is one */
	uint8_t		rested : 1;		/* its device did, for some of it */
	char		silence;		/* the mark of the last reading */
	double		sum, min, max;		/* of good ones, sum weighted */
	double		amount;			/* of a counter */
};

void	bucket_begin(struct bucket *, uint32_t from, uint32_t to, char silence);
/* A good reading. */
void	bucket_good(struct bucket *, double figure, double weight);
/* n readings, or n that should have been there, of a mark. */
void	bucket_mark(struct bucket *, char mark, uint32_t n);
void	bucket_count(struct bucket *, double amount);
/* All of the other goes into it as well. */
void	bucket_merge(struct bucket *, const struct bucket *);
/* The mark of most of those that are not good; of as many the one that goes
 * first.  There is none: B. */
char	bucket_worst(const struct bucket *);

#endif
