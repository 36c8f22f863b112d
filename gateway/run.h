#ifndef GATEWAY_RUN_H
#define GATEWAY_RUN_H

#include <stdbool.h>

#include "accepted.h"
#include "pulse.h"

#define CONFIG_FILE	"/etc/tidegate/tidegate.conf"

/* Exit status of a role that restarting cannot cure. */
#define EXIT_CONFIG	78		/* EX_CONFIG of sysexits(3) */

/* What restarting may cure, but hardly before anything ran at all: the folder
 * of the store cannot be used (EX_CANTCREAT); another writes to it
 * (EX_TEMPFAIL), perhaps because it is only just ending. */
#define EXIT_STORE	73
#define EXIT_BUSY	75
/* What may pass, as a full disk does (EX_IOERR); the role has said what it is. */
#define EXIT_AGAIN	74

/* What every role is started with. */
struct run {
	const char	*config;
	bool		 debug;
	/* Set by the supervisor. */
	struct pulse	*pulse;		/* of this role */
	struct accepted	 accepted;
	bool		 anew;		/* a reload was asked for when nobody was there */
};

/* The tiny parent: forks the roles, restarts them, passes signals on.  Returns
 * the exit status of the program. */
int	supervise(const struct run *);

/* The roles, in children of their own; they return an exit status. */
int	field_main(const struct run *);
int	forward_main(const struct run *);
int	door_main(const struct run *);

#endif
