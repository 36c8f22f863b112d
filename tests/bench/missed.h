#ifndef TESTS_BENCH_MISSED_H
#define TESTS_BENCH_MISSED_H

#include "stand.h"

/* Fills the store of a stand that is not started yet with readings that nobody has
 * sent: of 100 devices "old/N" of 10 points, each with a ms of its own from wall on. */
void	missed_fill(const struct stand *, size_t readings, int64_t wall);

#endif
