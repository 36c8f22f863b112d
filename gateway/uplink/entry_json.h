#ifndef GATEWAY_UPLINK_ENTRY_JSON_H
#define GATEWAY_UPLINK_ENTRY_JSON_H

#include "../../protocols/buf.h"
#include "uplink.h"

/* One entry, or one gap, as one JSON object on a line of its own, behind what
 * the buffer holds.  False: it did not fit, and the buffer is as before.
 *
 * Every object has gateway, store, seq (its identity) and stream; kind names
 * the members that follow.  Times are UTC ms.  What has no value has no member
 * "value"; quality is always there.  The members are listed in the manual. */
bool	entry_json(struct buf *, const struct entry *, enum stream, const struct uplink_env *);
bool	gap_json(struct buf *, const struct gap *, enum stream, const struct uplink_env *);

#endif
