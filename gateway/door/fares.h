#ifndef GATEWAY_DOOR_FARES_H
#define GATEWAY_DOOR_FARES_H

#include "field_line.h"

/* How a receiver fares: what became of the messages that were brought to it, since the
 * start of the door. */
struct fares {
	uint64_t	counts[DOOR_CODES], late;
	int64_t		last;		/* mono us: of the last that was stored */
	unsigned	told;		/* strangers, in this second */
};

void	fares_count(struct fares *, enum door_code, int64_t now);
/* Who may not bring anything is told to the field role; a flood of them is only counted. */
void	fares_stranger(struct fares *, struct field_line *, const char *receiver,
	    const char *peer, const char *identity, enum door_code);
/* Each second. */
void	fares_tell(struct fares *, struct field_line *, const char *receiver, const char *why,
	    size_t sessions);

#endif
