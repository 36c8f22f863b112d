#ifndef GATEWAY_LINK_BROUGHT_H
#define GATEWAY_LINK_BROUGHT_H

#include "letterbox.h"
#include "link.h"

/* What the kinds of link have in common to which the door role brings messages: what
 * one says goes to the owner of the link, and how it went back to the door. */

/* -1 after any fault: told. */
int	brought_check(const struct link_conf *, struct errs *);
/* It waits for who is of this identity at this receiver; alone: what to say where
 * there is no door. */
int	brought_open(struct link *, const char *receiver, const char *identity,
	    const char *alone);
/* The slots of a link_kind. */
void	brought_close(struct link *);
int	brought_send(struct link *, const uint8_t *, size_t n);
void	brought_forget(struct link *);

#endif
