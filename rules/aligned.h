#ifndef RULES_ALIGNED_H
#define RULES_ALIGNED_H

#include "program.h"
#include "statistic.h"

/* What a function said of the last interval of the clock. */
struct aligned {
	double	figure;
	int64_t	at;		/* told then, mono us; 0: not yet */
};

/* A finished interval: true when a function of the program asks for it.  The input
 * that it is of is fresh then, and in *input. */
bool		program_statistic(struct rule_program *, const struct statistic *, int64_t now,
		    uint32_t *input);
struct term	aligned_term(const struct rule_call *, const struct aligned *,
		    struct rule_look *);

#endif
