#ifndef GATEWAY_DOOR_COAP_FAR_H
#define GATEWAY_DOOR_COAP_FAR_H

#include "../link/resolve.h"

/* Where a server is: its addresses, tried one after the other, each once a round.
 * One written as a name is looked up anew for each round, as it may be elsewhere by
 * then; where no name server answers those hold that were found last. */
struct coap_far {
	struct resolve	 names;
	struct loop	*loop;
	/* From the loop, after coap_far_begin: with why, or "" and coap_far_next has
	 * one. */
	void		(*found)(struct coap_far *, const char *why, int64_t now);
	union address	 at[RESOLVE_MAX];
	size_t		 n;
	size_t		 next;		/* where this round goes on */
	size_t		 left;		/* of it, not tried yet */
};

/* host has to stay where it is. */
void	coap_far_init(struct coap_far *, struct loop *, const char *host, uint16_t port,
	    void (*found)(struct coap_far *, const char *why, int64_t now));
/* A new round: at once for digits; found is called for a name.  -1: no thread. */
int	coap_far_begin(struct coap_far *);
/* NULL: the round is over, or was not begun. */
const union address *coap_far_next(struct coap_far *);
/* What was tried last works: the next round begins with it. */
void	coap_far_works(struct coap_far *);
void	coap_far_end(struct coap_far *);

#endif
