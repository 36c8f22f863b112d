#ifndef GATEWAY_WORDS_PROOF_H
#define GATEWAY_WORDS_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live.h"

/* What a store and the file that its uplink wrote amount to, after both have
 * ended. */
struct proof {
	bool		(*may_be)(const char *device);	/* bad, see proof_read */
	struct live	live;		/* where everything stood at the end */
	uint64_t	stored;		/* entries in the store */
	uint64_t	gone;		/* entries that it lost: gaps */
	uint64_t	missing;	/* stored, but not in the file */
	uint64_t	first_missing;	/* seq; 0: none */
	uint64_t	invented;	/* in the file, but not stored */
	uint64_t	twice;		/* lines of the file that repeat a seq */
	uint64_t	bad;		/* bad readings, but of those that may be */
	char		first_bad[200];	/* the first of them; "": none */
	uint64_t	done, undone;	/* orders by how they ended, but of */
	uint64_t	refused;	/* those that gas forbids */
	uint64_t	closed;		/* by rules, of those done */
	uint64_t	told, escalated;	/* messages that were taken; decided on */
	uint64_t	acked;		/* alarms */
};

/* may_be: of which devices readings may be bad; NULL: of none.  -1: one of them
 * cannot be read; why is filled. */
int	proof_read(struct proof *, const char *store, const char *file,
	    bool (*may_be)(const char *device), char *why, size_t n);
void	proof_free(struct proof *);

#endif
