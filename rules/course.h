#ifndef RULES_COURSE_H
#define RULES_COURSE_H

#include "derived.h"
#include "interlock.h"
#include "statistics.h"
#include "watch.h"

/* All that hears of readings.  The field role, a story and a replay of the past
 * go through it in the same order. */
struct course {
	struct derived		*derived;	/* NULL: there are none, as below */
	struct interlock	*interlock;
	struct rules		*rules;
	struct statistics	*statistics;
};

/* n readings of one moment; what is derived from them is put behind them, for
 * which there is room.  Returns how many there are now. */
size_t	course_hear(const struct course *, struct reading *, size_t n, int64_t now,
	    int64_t wall);

#endif
