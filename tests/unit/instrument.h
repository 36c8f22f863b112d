#ifndef TESTS_INSTRUMENT_H
#define TESTS_INSTRUMENT_H

#include "../../devices/device.h"

/* A device "site/x" on link "line" with the points a, b (one block at 0), c
 * (at 40) and d (at 60) as u16, unit 7, in memory that lives as long as the
 * test. */
struct device	*instrument(const char *name, const char *period, const char *more);
/* The same n times side by side: site/x0 is unit 1, site/x1 unit 2 ... */
struct device	*instruments(size_t n, const char *period, const char *more);
struct arena	*instrument_arena(void);
struct errs	*instrument_errs(void);

#endif
