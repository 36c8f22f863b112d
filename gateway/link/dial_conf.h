#ifndef GATEWAY_LINK_DIAL_CONF_H
#define GATEWAY_LINK_DIAL_CONF_H

#include "link.h"

/* What a configuration says of a link of kind dial. */
extern const struct key dial_keys[];
/* What one key cannot know.  -1 after a fault. */
int	dial_check(const struct link_conf *, struct errs *);

#endif
