#ifndef GATEWAY_TELL_VOICE_H
#define GATEWAY_TELL_VOICE_H

#include "way.h"

/* What the ways that call people have in common: for whom and for what a telephone
 * rings at night. */
extern const struct key	voice_keys[];	/* of a struct voice_conf */

struct voice_conf {
	struct strings	 classes;	/* none: life */
	int64_t		 times;		/* the text is read in one call */
};

/* -1: a class that there is not was added to the faults. */
int		voice_check(const struct way_conf *, const struct voice_conf *, struct errs *);
/* Classes that nobody is called for, a bit each. */
unsigned	voice_excepts(const struct voice_conf *);
/* False: the message is none to call for, and the result says so. */
bool		voice_worth(const struct voice_conf *, const struct notice *,
		    struct way_result *);

#endif
