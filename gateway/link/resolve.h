#ifndef GATEWAY_LINK_RESOLVE_H
#define GATEWAY_LINK_RESOLVE_H

#include <stdbool.h>

#include "../loop.h"
#include "address.h"

#define RESOLVE_MAX	8	/* addresses kept of one name */

/* A name being looked up.  The owner embeds it and keeps it in place until
 * done was called or it was cancelled. */
struct resolve {
	const char	*host;		/* not owned */
	uint16_t	 port;
	/* From the loop.  n == 0: why says what is wrong. */
	void		(*done)(struct resolve *, int64_t now);
	union address	 at[RESOLVE_MAX];
	size_t		 n;
	const char	*why;		/* constant text */
	bool		 silent;	/* no name server said anything */
	bool		 waiting;	/* asked, and neither done nor cancelled */
	struct resolve	*next;		/* the helper's queues */
};

/* An address written in digits, at once; false: it is a name. */
bool	resolve_numeric(const char *host, uint16_t port, union address *);
/* Starts the helper, which is done by the first question otherwise: for who may
 * start no thread later.  -1: it was told. */
int	resolve_start(void);
/* Asks the one helper thread, which takes names one after the other: a look-up
 * may take half a minute and must not hold up the loop.  -1: no thread. */
int	resolve_ask(struct resolve *, struct loop *);
void	resolve_cancel(struct resolve *);

#endif
