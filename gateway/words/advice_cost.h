#ifndef GATEWAY_WORDS_ADVICE_COST_H
#define GATEWAY_WORDS_ADVICE_COST_H

#include "estimate.h"

#define COST_SIZE	24
#define COST_ROW	200
#define COST_TOLD	3	/* rows that are named */
#define COST_MOST	(COST_TOLD * (COST_ROW + 2))

/* Adds to errs which plans will not do, and which are too small for what rules of
 * class life watch alone. */
void	advice_cost(const struct config *, const struct estimate *all,
	    const struct estimate *guarded, struct errs *);

/* "17.9 MB" */
const char *cost_size(double bytes, char room[COST_SIZE]);
/* "uplink city 9.1 MB", of a cycle of the plan; of a month where t is NULL. */
const char *cost_row(const struct estimate_row *, const struct tariff_conf *t, bool translate,
	    char room[COST_ROW]);
/* The largest rows of a plan, number from 1, or 0. */
const char *cost_most(const struct estimate *, size_t tariff, const struct tariff_conf *t,
	    bool translate, char room[COST_MOST]);

#endif
