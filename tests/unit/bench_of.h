#ifndef TESTS_UNIT_BENCH_OF_H
#define TESTS_UNIT_BENCH_OF_H

#include "../../devices/device.h"

/* A device of a profile that is written out: its body behind the head, and
 * what its configuration says beyond name, link and unit.  Lives until the
 * next; NULL: bench_says tells the first fault. */
struct device	*bench_of(const char *body, const char *more);
const char	*bench_says(void);
/* Reads all of it once, from registers that begin at 0, and returns the reading
 * of one point. */
struct reading	 bench_hear(const struct device *, const char *point, const uint8_t *,
		    int64_t mono);

#endif
