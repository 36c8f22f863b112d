#ifndef GATEWAY_LATEST_H
#define GATEWAY_LATEST_H

#include "journal/entry.h"

/* The last durable reading of every series, by series number. */
struct latest {
	struct latest_row {
		struct reading	reading;
		uint64_t	seq;		/* 0: none yet */
	}		*rows;
	size_t		 n;
};

/* Room for series 1..n; grows, never shrinks. */
void	latest_room(struct latest *, size_t n);
void	latest_take(struct latest *, const struct entry *);

#endif
