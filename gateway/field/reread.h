#ifndef GATEWAY_FIELD_REREAD_H
#define GATEWAY_FIELD_REREAD_H

#include "../config/config.h"

/* A configuration read beside the loop: ten thousand devices take half a second
 * of reading, in which lines are to be served. */
struct reread;

struct read_anew {
	struct config	*config;	/* NULL: it has faults */
	struct rules	*rules;		/* of it; NULL: likewise */
	struct statistics *statistics;	/* the same */
	struct errs	*errs;		/* to be freed by who takes it */
};

/* *fd becomes readable when it is done; NULL: errno. */
struct reread	*reread_begin(const char *path, int *fd);
/* Waits for it, closes fd and gives what was read. */
struct read_anew reread_end(struct reread *);

#endif
