#ifndef GATEWAY_UPLINK_READING_JSON_H
#define GATEWAY_UPLINK_READING_JSON_H

#include "../../protocols/buf.h"
#include "uplink.h"

#define READING_JSON_ROOM	1024	/* free bytes of the buffer, at least */

/* A moment as text: those of one poll share it. */
struct moment_text {
	int64_t		 ms;
	size_t		 len;		/* 0: none yet */
	uint8_t		 text[24];
};

/* What one line has in common with the next.  All zero at the beginning. */
struct line_parts {
	const char		*gateway;	/* whose head it is */
	uint64_t		 store;
	size_t			 nhead;		/* 0: none can be made ready */
	uint8_t			 head[192];
	struct moment_text	 time, stored;
};

/* The line of a reading as nearly all are, byte for byte that of entry_json,
 * put together of ready pieces.  False: this one is not so simple, or there is
 * not that much room; the buffer is as it was. */
bool	reading_json(struct line_parts *, struct buf *, const struct entry *, enum stream,
	    const struct uplink_env *);

#endif
