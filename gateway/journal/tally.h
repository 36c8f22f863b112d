#ifndef GATEWAY_JOURNAL_TALLY_H
#define GATEWAY_JOURNAL_TALLY_H

#include "journal.h"

/* How many of the numbers from..to a lane has, restated alarms among them.
 * Whole segments of telemetry are counted by their footers, so that a day of
 * it costs a few reads.  What cannot be read counts as not there. */
uint64_t	tally(const struct disk *, enum lane, uint64_t from, uint64_t to);

#endif
