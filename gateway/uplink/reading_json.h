#ifndef GATEWAY_UPLINK_READING_JSON_H
#define GATEWAY_UPLINK_READING_JSON_H

#include "../../protocols/buf.h"
#include "uplink.h"

#define READING_JSON_ROOM	1024	/* free bytes of the buffer, at least */

/* The line of a reading as nearly all are, byte for byte that of entry_json,
 * put together of ready pieces.  False: this one is not so simple, or there is
 * not that much room; the buffer is as it was. */
bool	reading_json(struct buf *, const struct entry *, const char *stream,
	    const struct uplink_env *);

#endif
