#ifndef GATEWAY_WORDS_ASKER_H
#define GATEWAY_WORDS_ASKER_H

#include "../config/config.h"
#include "../control.h"
#include "direct.h"

/* Asks an instrument for somebody at the command line: through the running
 * gateway, which puts the question between its polls, or over a line of its
 * own where none runs. */
struct asker {
	const struct device	*device;
	struct direct		*direct;	/* NULL: through the gateway */
	int			 fd;		/* to the gateway; -1 */
	uint32_t		 id;		/* of the last message */
	struct message		*message;
	uint8_t			 data[256];	/* of the last reply */
	char			 why[400];	/* of what failed, in words */
};

enum asker_result {
	ASKER_DONE,
	ASKER_FAILED,		/* nobody could be asked: see why */
	ASKER_STOPPED		/* somebody pressed Ctrl-C */
};

/* Finds out which way it is and opens it. */
enum asker_result	asker_open(struct asker *, const struct config *,
			    const struct device *);
/* What became of one question, once more where nothing was heard at first; the
 * data live until the next call. */
enum asker_result	asker_ask(struct asker *, const struct ask *, struct reply *);
enum asker_result	asker_pause(struct asker *, int64_t us);
void			asker_close(struct asker *);

/* The gateway at a socket: a descriptor, or -1 when none runs there, or -2 and
 * why.  For commands that go on without one. */
int			gateway_at(const char *path, char *why, size_t n);

#endif
