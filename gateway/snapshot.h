#ifndef GATEWAY_SNAPSHOT_H
#define GATEWAY_SNAPSHOT_H

#include "../devices/reading.h"
#include "../protocols/buf.h"
#include "journal/entry.h"

/* What a new client of the control socket is told first: the last durable
 * value of every series and the alarms that stand, as the body of SNAPSHOT
 * messages.  Integers little-endian, texts with a length byte. */
void	snapshot_put_reading(struct buf *, const struct reading *, uint64_t seq);
void	snapshot_put_alarm(struct buf *, const struct alarm_entry *, uint64_t seq);
/* The next item as an entry (READING or ALARM); texts live in the arena-like
 * room of the body, which must stay.  False: no more, or buf.bad. */
bool	snapshot_get(struct buf *, struct entry *);

#endif
