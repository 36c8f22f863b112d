#ifndef GATEWAY_SIM_SCRIPT_H
#define GATEWAY_SIM_SCRIPT_H

#include "physics.h"

/* What goes wrong with an instrument, and what happens around it. */
enum fault_kind {
	FAULT_SILENT,		/* hears and does not answer */
	FAULT_EXCEPTION,	/* answers with an exception; amount: its code */
	FAULT_BROKEN,		/* every point shows its sentinel, or else NaN */
	FAULT_FROZEN,		/* shows for ever what it showed when this began */
	FAULT_LATE,		/* answers late; amount: us */
	FAULT_STATUS,		/* its status registers say so; amount: of
				 * status_means */
	FAULT_REFUSED		/* its whole line is down: no connection is taken */
};

struct fault {
	enum fault_kind	kind;
	int64_t		amount;
	struct span	span;
};

/* A point shows a figure of its own for a while. */
struct episode {
	char		point[64];
	double		figure;
	struct span	span;
};

/* "KIND[:AMOUNT][@FROM-UNTIL]": "silent", "exception:6@10s-20s",
 * "late:700ms@5s-", "status:warming-up@-30s".  -1: not understood. */
int	fault_parse(const char *text, struct fault *);
/* "POINT=FIGURE[@FROM-UNTIL]": "fume=3.4@15s-35s". */
int	episode_parse(const char *text, struct episode *);

#endif
