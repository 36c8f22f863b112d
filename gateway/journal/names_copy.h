#ifndef GATEWAY_JOURNAL_NAMES_COPY_H
#define GATEWAY_JOURNAL_NAMES_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include "disk.h"

#define NAMES_RECORD	256u	/* bytes; the first is the head, then one a number */
#define NAMES_MOST	(128u * 2048u)	/* records */
#define NAMES_WINDOW	64u

extern const char names_magic[8];

/* One file of the dictionary, read by and by: a large site has megabytes of
 * names, and more than a few kilobytes at a time are not wanted in memory.
 * Records are best asked for in their order. */
struct names_copy {
	const struct disk *disk;
	int		 fd;		/* -1: none */
	uint32_t	 records;	/* the head counts */
	bool		 head;		/* is sound */
	bool		 newer;		/* of a later version */
	bool		 unread;	/* the device does not give it: it counts as
					 * empty, also what of it was read before */
	bool		 hurt;		/* that, or its head is damaged */
	uint64_t	 store;
	uint32_t	 first, have;	/* in the window */
	uint8_t		 window[NAMES_WINDOW * NAMES_RECORD];
};

/* -1 and errno: not let in.  One that is not there is empty. */
int		 names_copy_open(struct names_copy *, const struct disk *, const char *name);
void		 names_copy_close(struct names_copy *);
/* NULL: there is none of this number. */
const uint8_t	*names_copy_at(struct names_copy *, uint32_t id);
/* A sound record of this number. */
bool		 names_copy_has(struct names_copy *, uint32_t id);
/* Something was written there. */
bool		 names_copy_touched(struct names_copy *, uint32_t id);

void		 names_seal(uint8_t *record);

#endif
