#ifndef PROTOCOLS_METERS_SESSION_H
#define PROTOCOLS_METERS_SESSION_H

#include "meters_frame.h"
#include "stream.h"

/* What both kinds of meters do alike; inside protocols/. */

/* A session of either: the same but for its format. */
struct meters {
	struct stream	 stream;
	uint8_t		 bytes[METERS_BYTES_MAX + METERS_DATA_MAX];	/* of the
					 * answer, and of the frames that follow */
	size_t		 nbytes;
	uint16_t	 wanted;	/* of these; 0: what one frame holds */
	uint8_t		 seq;		/* of the frame that follows */
	bool		 follow_due;
	uint8_t		 serial;	/* of the last question (CJ/T 188) */
};

bool	meters_valid(const struct meters_format *, const struct ask *);
void	meters_init(void *session, const struct line *, int64_t now);
bool	meters_ask(const struct meters_format *, void *session, const struct ask *, int64_t now,
	    struct out *);
void	meters_hear(void *session, const uint8_t *, size_t n, int64_t now, struct out *,
	    size_t (*take)(void *session, const uint8_t *, size_t n, int64_t now,
	    struct out *));
size_t	meters_take(const struct meters_format *, struct meters *, const uint8_t *, size_t n,
	    int64_t now, struct out *);
void	meters_tick(const struct meters_format *, void *session, int64_t now, struct out *);
/* n digits, or A for "any" in whole bytes at the front, to n / 2 bytes, the lowest
 * first; fewer digits have zeros before them.  -1: not so. */
int	meters_digits(const char *text, uint8_t *bytes, size_t n);

#endif
