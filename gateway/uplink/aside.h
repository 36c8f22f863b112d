#ifndef GATEWAY_UPLINK_ASIDE_H
#define GATEWAY_UPLINK_ASIDE_H

#include "../../protocols/buf.h"
#include "../journal/disk.h"

/* Entries that a far end will never take are kept in NAME.rejected beside the
 * store, each behind a line "# why", for a person to look at.  A megabyte of
 * them, and the megabyte before as NAME.rejected.1. */
struct aside {
	const struct disk	*disk;
	const char		*uplink;	/* its name */
	struct buf		 pending;	/* of the batch in hand */
	uint64_t		 npending;
	uint64_t		 count;		/* all that were kept */
};

/* -1: no memory. */
int	aside_open(struct aside *, const struct disk *, const char *uplink);
void	aside_close(struct aside *);
/* Text without its newline; what does not fit is only counted. */
void	aside_add(struct aside *, const char *why, const void *text, size_t n);
/* So many are refused alike; this one of them is kept. */
void	aside_add_one_of(struct aside *, uint64_t count, const char *why, const void *text,
	    size_t n);
/* The batch comes again: its refusals will too. */
void	aside_forget(struct aside *);
/* They are final: to the file with them. */
void	aside_keep(struct aside *);

#endif
