#ifndef GATEWAY_LINK_BROUGHT_H
#define GATEWAY_LINK_BROUGHT_H

#include "letterbox.h"
#include "link.h"

/* The end of a link to which the door role brings messages: what they say goes to
 * the owner of the link, and how it went back to the door. */
struct brought {
	struct addressee	 addressee;
	struct link		*link;
	char			*receiver, *identity;	/* own: a conf may be another one
							 * later */
};

/* The room of a link of either kind; it waits from then on. */
struct brought	*brought_new(struct link *, const char *receiver, const char *identity,
		    bool unproven);
void		 brought_free(struct brought *);

#endif
