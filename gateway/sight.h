#ifndef GATEWAY_SIGHT_H
#define GATEWAY_SIGHT_H

#include <stdbool.h>

#include "../protocols/buf.h"

#define SIGHT_BYTES	1024	/* more in one piece are shown as several */
#define SIGHT_HEAD	17

/* A piece of what goes over a line, as the field role shows it to a client:
 * u8 sent (1) or heard (0), u64 moment (mono us), u64 pieces dropped until now
 * because the client did not keep up, and the bytes. */
struct sight {
	bool		 sent;
	int64_t		 at;
	uint64_t	 dropped;
	const uint8_t	*bytes;
	size_t		 n;
};

void	sight_put(struct buf *, const struct sight *);
/* -1: unsound.  The bytes live as long as those of the buffer. */
int	sight_get(struct buf *, struct sight *);

#endif
