#ifndef GATEWAY_WORDS_DIRECT_H
#define GATEWAY_WORDS_DIRECT_H

#include "../control.h"
#include "../link/link.h"

#define DIRECT_FRAME_MAX	300

/* A line that the command line opens itself, because no gateway runs or because
 * the gateway lent it.  Calls wait; Ctrl-C and SIGTERM end every wait. */
struct direct {
	struct loop		*loop;
	struct link		 link;
	struct link_conf	 conf;		/* a copy: speed and parity may change */
	const struct proto	*proto;
	void			*session;
	struct source		 signals;
	struct timer		 wake;		/* the session wants a tick */
	struct timer		 limit;		/* of a pause, or of opening */
	struct out		 out;
	uint8_t			 frame[DIRECT_FRAME_MAX];
	bool			 waiting;	/* for the reply of cookie */
	uint64_t		 cookie;
	struct reply		 reply;
	uint8_t			 data[256];	/* of the reply */
	bool			 stopped;	/* Ctrl-C */
	int			 gateway;	/* that asks instead; -1: none */
	uint32_t		 id;		/* of the last message to it */
	struct message		*message;	/* of it */
	struct tally		 tally, base;	/* what it says of the line, since then */
	char			 why[200];	/* of what failed last */
};

enum direct_result {
	DIRECT_DONE,
	DIRECT_FAILED,		/* see why: the line is down */
	DIRECT_STOPPED		/* somebody pressed Ctrl-C */
};

/* Takes SIGINT and SIGTERM over.  The line is not opened yet. */
void			 direct_init(struct direct *, const struct link_conf *);
enum direct_result	 direct_open(struct direct *);
/* Before it is opened: the gateway at this descriptor holds the line, and asks there. */
void			 direct_through(struct direct *, int fd);
/* The line gets its old settings back; it may be opened again. */
void			 direct_close(struct direct *);
void			 direct_free(struct direct *);
/* Asks and waits for what becomes of it: see reply, whose data live until the
 * next call.  The cookie is its own. */
enum direct_result	 direct_ask(struct direct *, const struct ask *);
/* Waits so long (us), hearing what comes. */
enum direct_result	 direct_pause(struct direct *, int64_t span);
const struct tally	*direct_tally(const struct direct *);

/* direct_through.c */
enum direct_result	 direct_far_open(struct direct *);
enum direct_result	 direct_far_ask(struct direct *, const struct ask *);

#endif
