#ifndef GATEWAY_JOURNAL_TEXTS_H
#define GATEWAY_JOURNAL_TEXTS_H

#include <stddef.h>

/* Texts of which many are the same, each kept once; none moves while the whole
 * stands. */
struct texts {
	struct texts_chunk	 *chunks;
	const char		**buckets;	/* by hash; NULL: empty */
	size_t			  nbuckets, n;
};

/* The one copy of it, or of its first most bytes; NULs follow it to the next
 * whole eight bytes, so that it may be read by eights. */
const char	*texts_keep(struct texts *, const char *, size_t most);
void		 texts_free(struct texts *);

#endif
