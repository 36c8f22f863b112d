#ifndef GATEWAY_WORDS_CHECK_COST_H
#define GATEWAY_WORDS_CHECK_COST_H

#include "../config/config.h"

/* How check says what a configuration will cost. */
struct check_cost {
	bool	json, table;
	void	(*warn)(const void *owner, const struct errs *);
	void	(*note)(const void *owner, const char *file, int line, const char *text);
	const void *owner;
};

void	check_cost(const struct check_cost *, const struct config *, struct errs *);

#endif
