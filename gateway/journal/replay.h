#ifndef GATEWAY_JOURNAL_REPLAY_H
#define GATEWAY_JOURNAL_REPLAY_H

#include "reader.h"

/* The seq before the last whole snapshot of standing alarms among all that
 * was read since the last seek; false: there was none. */
bool	reader_snapshot(struct reader *, uint64_t *seq);

#endif
