#ifndef GATEWAY_ROSTER_H
#define GATEWAY_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

/* Things of a role that have a name each and stand as long as the configuration
 * wants one of that name.  A renewal begins, says whom it wants, takes out who is
 * left over, and only then makes new ones: a port that is called something else now
 * is free again by then. */

/* Embedded by its owner, who ends it. */
struct member {
	struct member	*next;
	const char	*name;		/* the owner's; one of its roster has it */
	bool		 wanted;
};

struct roster {
	struct member	*first;
	size_t		 n;
};

/* NULL: none is of this name. */
struct member *roster_find(const struct roster *, const char *name);
void	roster_add(struct roster *, struct member *);
/* Nobody is wanted, until it is said again. */
void	roster_begin(struct roster *);
/* Whoever has this name, if anybody, stays. */
void	roster_want(struct roster *, const char *name);
/* Takes out one that nobody wants; NULL: there is none left. */
struct member *roster_leaver(struct roster *);

#endif
