#ifndef CONF_LANGUAGES_H
#define CONF_LANGUAGES_H

#include "key.h"

/* What people read in either language; "" or NULL: something else stands for
 * it.  A struct may have the two side by side by themselves. */
struct languages {
	const char	*zh, *en;
};

/* The group { zh = "..."; en = "..."; } of one. */
extern const struct key languages_keys[];

/* That zh and en of a struct stand as languages_keys fills them. */
#define LANGUAGES(type) \
	_Static_assert(offsetof(type, en) - offsetof(type, zh) == \
	    offsetof(struct languages, en), "zh and en side by side")

#endif
