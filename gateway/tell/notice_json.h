#ifndef GATEWAY_TELL_NOTICE_JSON_H
#define GATEWAY_TELL_NOTICE_JSON_H

#include "../../protocols/json.h"
#include "way.h"

/* A notice as one JSON object, with all that is known of it.  False: no room, and
 * the buffer is as it was. */
bool	notice_json(struct buf *, const struct notice *);

#endif
