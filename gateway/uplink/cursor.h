#ifndef GATEWAY_UPLINK_CURSOR_H
#define GATEWAY_UPLINK_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MISSED_MAX	16	/* ranges; more are merged over what lies between */
#define CURSOR_BYTES	512	/* room for one in its file */

struct range {
	uint64_t	from, to;	/* seq, both belong to it */
	int64_t		since;		/* UTC ms: what is before was stored */
};

/* How far one uplink has come.  What is at or below alarm and live has been
 * acknowledged by the far end, but for the telemetry that was missed while it
 * was away: that is sent later, oldest first. */
struct cursor {
	uint64_t	store;		/* whose numbers these are */
	uint64_t	alarm, live;	/* seq; 0: nothing yet */
	/* UTC ms at which that was stored, so that a gap behind it has a beginning
	 * even when all before it is gone too; 0: not known */
	int64_t		alarm_time, live_time;
	struct range	missed[MISSED_MAX];	/* ascending; none touch */
	size_t		nmissed;
};

/* Live goes on behind to; what lies between is left for later. */
void		cursor_miss(struct cursor *, uint64_t to);
/* Missed telemetry is acknowledged up to seq, which was stored at time. */
void		cursor_catch_up(struct cursor *, uint64_t seq, int64_t time);
/* The store ends there (0: not known): what is beyond was lost with its newest
 * end, and those numbers go to other entries.  False: nothing was. */
bool		cursor_cut(struct cursor *, uint64_t alarm, uint64_t telemetry);
/* All telemetry at or below it is acknowledged. */
uint64_t	cursor_floor(const struct cursor *);
/* UTC ms before which nothing of what is owed was stored; 0: not known.  The
 * lanes end there; 0: nothing is in it, or with both 0, not known. */
int64_t		cursor_time(const struct cursor *, uint64_t alarm, uint64_t telemetry);
/* How many numbers are still owed; the lanes share them, so that it is at
 * most so many entries. */
uint64_t	cursor_backlog(const struct cursor *, uint64_t alarm, uint64_t telemetry);

/* As it stands in a file; returns the bytes written. */
size_t		cursor_write(const struct cursor *, uint8_t room[CURSOR_BYTES]);
/* False: it is none that makes sense; the cursor is then all zero. */
bool		cursor_read(struct cursor *, uint8_t *, size_t n);

#endif
