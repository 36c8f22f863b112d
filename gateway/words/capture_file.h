#ifndef GATEWAY_WORDS_CAPTURE_FILE_H
#define GATEWAY_WORDS_CAPTURE_FILE_H

#include <stdio.h>

#include "../../protocols/trace.h"
#include "../config/config.h"
#include "../sight.h"

/* What is seen on a line as a file that a test can replay.  A session of its own
 * is asked and hears the same; where it would not be ready yet for a question,
 * because it does not know how fast the instruments are, time is stretched. */
struct capture_file {
	FILE			*to;
	struct capture		 capture;
	const struct proto	*proto;
	void			*session;
	struct out		 out;
	uint8_t			 frame[300];
	struct line		 line;
	bool			 begun;		/* with a question */
	int64_t			 stretch;	/* us ahead of what was seen */
};

/* -1: errno.  The head names the link and the makers of what is on it. */
int	capture_file_open(struct capture_file *, const char *path, const struct config *,
	    const struct link_conf *, const struct proto *);
/* -1: it cannot be written (errno). */
int	capture_file_put(struct capture_file *, const struct sight *);
int	capture_file_close(struct capture_file *);

#endif
