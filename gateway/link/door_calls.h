#ifndef GATEWAY_LINK_DOOR_CALLS_H
#define GATEWAY_LINK_DOOR_CALLS_H

#include "listener.h"

/* Where the door role hands over who called at a listener that it keeps: each is a
 * stream of its own, and from its head on a caller of that listener like others. */
struct door_calls;

/* Takes two timers of the loop; nothing is open before it is wanted. */
struct door_calls *door_calls_new(const char *path, struct loop *, struct listeners *);
void	door_calls_free(struct door_calls *);
/* What cannot be opened is tried again. */
void	door_calls_want(struct door_calls *, bool wanted, int64_t now);

#endif
