#include <stddef.h>

#include "statistic.h"

const char *const statistic_span_names[] = {
	[STATISTIC_MINUTE] = "minute",
	[STATISTIC_HOUR] = "hour",
	[STATISTIC_DAY] = "day",
	NULL
};
