#ifndef CONF_KEY_STAND_H
#define CONF_KEY_STAND_H

#include "key.h"

/* A setting that was refused, in whose place something sound stands, so that the rest
 * of its group can be looked at. */
struct key_stand {
	const struct key	*key;
	void			*at;		/* where it was put */
	const char		*text;		/* as it is written */
};

/* Puts into dst, of each setting of the group that is refused, its fallback or else
 * its example.  Returns how many of them are in out; SIZE_MAX: of some nothing can
 * stand there, or there are more than most. */
size_t	key_stand_in(const struct node *group, const struct key *, void *dst, struct arena *,
	    struct key_stand *out, size_t most);
/* What else it may be: the i-th value of a choice or a truth is put there; false:
 * there are no more. */
bool	key_stand_other(const struct key_stand *, size_t i);

#endif
