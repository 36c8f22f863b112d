#ifndef GATEWAY_JOURNAL_LISTING_H
#define GATEWAY_JOURNAL_LISTING_H

#include "disk.h"
#include "journal.h"

/* The segments of one lane that are in the folder. */
struct listing {
	enum lane	 lane;
	uint64_t	*generations;	/* ascending */
	size_t		 n, room;
	uint64_t	 bad;		/* the highest set aside; 0: none */
};

/* Looks anew; -1 and errno: the folder cannot be read. */
int	listing_read(struct listing *, const struct disk *, enum lane);
void	listing_free(struct listing *);

#endif
