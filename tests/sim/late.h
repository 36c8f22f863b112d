#ifndef TESTS_SIM_LATE_H
#define TESTS_SIM_LATE_H

#include "wire.h"

/* A line on which many answers come after their time-out. */
struct late_world {
	const char		*name, *proto;
	const struct line	*line;
	struct wire_rates	 rates;
	int64_t			 lateness;
	uint64_t		 late_wanted;
	bool			 in_turn;
};

extern const struct late_world	late_worlds[];
extern const size_t		late_worlds_n;

/* The i-th until so many times its late answers were sent; says what came. */
void	late_run(size_t i, uint64_t seed, uint64_t times, struct wire_result *);

#endif
