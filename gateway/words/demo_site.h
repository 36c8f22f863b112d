#ifndef GATEWAY_WORDS_DEMO_SITE_H
#define GATEWAY_WORDS_DEMO_SITE_H

#include <limits.h>

#include "../config/config.h"
#include "../sim/serve.h"
#include "../sim/site.h"
#include "demo_beside.h"
#include "demo_coap.h"

/* The demonstration: conf/demo.conf with its places filled in, and simulated
 * instruments on its links. */
struct demo_site {
	char		 config_file[PATH_MAX];		/* written into the folder */
	struct config	*config;			/* read back from it */
	struct serve	 serve;
	struct instrument instruments[SITE_MAX];	/* those of one link side by side */
	size_t		 n;
	unsigned	 hj212;		/* port at which the one that uploads calls */
	struct demo_coap coap;		/* where the other one sends */
};

#define DEMO_CALLERS	2	/* so many that are no part of serve: these two */

/* One that is dead from the beginning: it stands on a line with live ones,
 * which must not suffer. */
bool	demo_site_dead(const char *device);
#define DEMO_DEAD	1	/* so many */

/* Opens the lines, writes the configuration into dir and reads it.  -1: what
 * is wrong was printed. */
int	demo_site_open(struct demo_site *, const char *dir, const struct demo_beside *);
/* "DEVICE=FAULT", see script.h.  -1: no such device, or no such fault. */
int	demo_site_fault(struct demo_site *, const char *text);
void	demo_site_close(struct demo_site *);

#endif
