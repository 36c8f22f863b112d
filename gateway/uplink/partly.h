#ifndef GATEWAY_UPLINK_PARTLY_H
#define GATEWAY_UPLINK_PARTLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a far end acknowledged of batches that failed further on: they come again
 * from their beginning, and this is not sent again. */
struct partly {
	struct partly_entry {
		uint64_t	seq;
		bool		met;	/* in the batch in hand */
	}	*at;			/* by seq */
	size_t	 n, room, most;
	size_t	 met;			/* so many were */
};

/* So many at most; of more the oldest are forgotten, and sent once more. */
void	partly_open(struct partly *, size_t most);
void	partly_close(struct partly *);
/* The entry of the batch in hand is there already. */
bool	partly_has(struct partly *, uint64_t seq);
/* The batch in hand was delivered: it does not come again. */
void	partly_delivered(struct partly *);
/* It was not, and comes again. */
void	partly_failed(struct partly *);
void	partly_add(struct partly *, uint64_t seq);

#endif
