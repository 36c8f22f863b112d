#ifndef PROTOCOLS_TRACE_H
#define PROTOCOLS_TRACE_H

#include "proto.h"

#define TRACE_LINE	1100	/* room for any line, with its end mark */
#define CAPTURE_BYTES	1024	/* heard at once, at most */
#define CAPTURE_TEXT	2500	/* room for what is written of them */

enum trace_way {
	TRACE_SENT,		/* by us: '>' */
	TRACE_HEARD		/* '<' */
};

/* Takes one frame, or a stretch of bytes that are none, from the front and
 * writes what it is: "> unit 1 FC 3 read 0x0000 count 2",
 * "< unit 1 FC 3 4 bytes 41 20 00 00".  All of it can be shown: text of a
 * device is printable ASCII.  over: no more bytes come for now.  Returns how
 * many bytes it took; 0: more have to come first. */
size_t	trace_next(const struct proto *, enum trace_way, const uint8_t *, size_t n,
	    bool over, char line[TRACE_LINE]);

/* A capture under way: text that tests/captures/dialogue.h describes, so that
 * what was seen on a line becomes a test.  It begins with what capture_begin
 * writes.  Ids of Modbus TCP are counted from 1, as a session does that begins
 * with the capture.  A loopback of the session is written as a question. */
struct capture {
	const struct proto	*proto;
	bool			 counted;	/* shift is known */
	uint16_t		 shift;		/* taken from each id */
	size_t			 left;		/* heard: bytes until the next header */
	uint8_t			 head[6];	/* of which these came; written when */
	size_t			 nhead;		/* it is whole */
	int64_t			 at;		/* mono us: what was written last */
};

size_t	capture_begin(struct capture *, const struct proto *, const struct line *,
	    int64_t now, char text[CAPTURE_TEXT]);
/* One whole frame sent, or at most CAPTURE_BYTES heard in one piece.  Returns the
 * length of the text. */
size_t	capture_put(struct capture *, enum trace_way, const uint8_t *, size_t n,
	    int64_t now, char text[CAPTURE_TEXT]);

#endif
