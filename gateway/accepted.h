#ifndef GATEWAY_ACCEPTED_H
#define GATEWAY_ACCEPTED_H

#include "config/config.h"

/* The configuration that was last accepted, as it was read: every file of it,
 * and the settings that hold until the program is started anew.  The supervisor
 * owns it, so that a role that begins again runs what the others run, whatever
 * has become of the files meanwhile. */
struct accepted {
	int	fd;		/* memory without a name */
	int	told;		/* readable once there is one */
};

/* -1: errno. */
int	accepted_open(struct accepted *);
/* Takes the place of the one before.  -1: errno, and that one stays. */
int	accepted_put(const struct accepted *, const struct config *);
/* False: there is none yet. */
bool	accepted_any(const struct accepted *);
/* As config_read, of what was accepted; secrets are not looked for. */
struct config *accepted_read(const struct accepted *, struct errs *);
/* The first of its files that is not, or is another, by now; NULL: none.  The
 * name lives as long as the configuration. */
const char *accepted_differs(const struct config *);

#endif
