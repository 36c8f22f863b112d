#ifndef GATEWAY_SIM_SHELF_H
#define GATEWAY_SIM_SHELF_H

#include "../../devices/profile.h"

/* A profile by its name, looked for in folders (the first hit wins), or by the
 * path of its file when the word ends in ".conf".  NULL: see
 * errs.  It lives in the arena. */
const struct profile	*shelf_take(const char *word, const struct strings *folders,
			    struct arena *, struct errs *);

#endif
