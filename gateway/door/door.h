#ifndef GATEWAY_DOOR_DOOR_H
#define GATEWAY_DOOR_DOOR_H

#include "../config/config.h"
#include "../loop.h"
#include "field_line.h"

/* The door role: whoever calls by TLS, CoAP or HTTP meets it, and libraries that
 * read what strangers send run nowhere else.  It holds no data of its own: what it
 * is brought it hands to the field role, and says what that says. */
struct door {
	struct loop		*loop;
	struct field_line	*line;
};

/* One way to call, with all its ports. */
struct door_part {
	const char	*name;
	/* Has the configuration any use for it? */
	bool		(*wanted)(const struct config *);
	/* Once, before the first renew. */
	void		*(*make)(struct door *);
	/* The configuration in force, which does not outlive the call; also one that
	 * says the same, or has no use for it any more. */
	void		(*renew)(void *, const struct config *, int64_t now);
	/* Each second, and when the field role has come (back). */
	void		(*tell)(void *, int64_t now);
	void		(*end)(void *);
};

const struct door_part	*door_part_at(size_t i);	/* NULL past the end */
/* Must the role run for this configuration? */
bool	door_wanted(const struct config *);

#endif
