#ifndef GATEWAY_UPLINK_RUNNER_H
#define GATEWAY_UPLINK_RUNNER_H

#include "../clock.h"
#include "feed.h"
#include "thin.h"
#include "uplink.h"

/* Drives one uplink in a thread of its own: alarms first, then what is new,
 * then what was missed; in batches; again and again until the far end
 * acknowledges.  Only then does the cursor move, in memory at once and on disk
 * within five seconds. */
struct runner;

struct runner_conf {
	const struct uplink_conf *conf;
	const struct uplink	*kind;
	const char		*gateway;	/* id */
	const struct disk	*disk;		/* of the store */
	struct feed		*feed;
	const struct order_line	*orders;	/* may be NULL */
	const struct clock	*clock;
	uint64_t		 boot;		/* this run of the kernel */
	int64_t			 retry_min, retry_max;	/* us; 0: 1 s, 60 s */
	int64_t			 behind;	/* us: a live entry this old, besides
						 * the age of a batch, is sent as
						 * back-fill; 0: 10 s */
};

enum runner_state { RUNNER_STARTING, RUNNER_OK, RUNNER_BEHIND, RUNNER_FAILING };

struct runner_status {
	enum runner_state state;
	uint64_t	acked_alarm, acked_telemetry;	/* seq: all up to it */
	uint64_t	backlog;	/* entries still owed, at most */
	uint64_t	lost;		/* entries that were gone before their turn; after
					 * damage, at most */
	uint64_t	refused;	/* entries set aside for good */
	uint64_t	spared;		/* entries left out to save data */
	uint64_t	too_large;	/* entries that fit in no batch, left out */
	uint64_t	failures;	/* batches not acknowledged */
	uint64_t	delivered;	/* entries, since the start */
	int64_t		acked_time;	/* UTC ms: the oldest entry that is owed was not
					 * stored before; 0: not known */
	char		why[160];	/* of the last failure; "" while it is well */
};

const char	*runner_state_name(enum runner_state);

/* The thread ends after feed_stop, or runner_end. */
struct runner	*runner_start(const struct runner_conf *);
void		 runner_status(struct runner *, struct runner_status *);
/* How it is to save; with guards, which are copied, NULL: those of before. */
void		 runner_thin(struct runner *, const struct thin_terms *,
		    const struct thin_guards *);
/* Facts of its kind, malloced, hold from its next turn on. */
void		 runner_adopt(struct runner *, void *facts);
/* This one alone is to end, when what is new has gone out. */
void		 runner_end(struct runner *);
/* Its far end is left and opened anew, at once: connections, addresses and all. */
void		 runner_anew(struct runner *);
/* What has come and gone on the wire since the last time. */
struct traffic	 runner_traffic(struct runner *);
/* Has the thread ended within us?  Then it is joined. */
bool		 runner_wait(struct runner *, int64_t us);
/* Saves the cursor of a thread that hangs in its far end. */
void		 runner_save(struct runner *);
/* Only after runner_wait said yes. */
void		 runner_free(struct runner *);

#endif
