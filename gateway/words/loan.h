#ifndef GATEWAY_WORDS_LOAN_H
#define GATEWAY_WORDS_LOAN_H

#include "../config/config.h"

/* A line that the running gateway lends to a command: it stops polling there and
 * closes it, until the command gives it back or is gone.  One that its far end calls
 * for it keeps, and asks what the command wants (direct_through). */
struct loan {
	int	fd;		/* the gateway's control socket; -1: none runs */
	int64_t	most;		/* us that it may last; 0: no gateway, no end */
};

/* -1: why is filled.  A line with a schedule is lent only if offline. */
int	loan_take(struct loan *, const struct config *, const struct link_conf *,
	    bool offline, int64_t wanted, char *why, size_t n);
void	loan_return(struct loan *);
/* Of the devices in service on a link: how many there are, and one that a rule
 * of class life watches (NULL: none). */
size_t	loan_devices(const struct config *, const struct link_conf *,
	    const struct device **life);

#endif
