#ifndef GATEWAY_UPLINK_RUNNER_OWN_H
#define GATEWAY_UPLINK_RUNNER_OWN_H

#include <stdatomic.h>

#include "cursor_file.h"
#include "flow.h"
#include "pace.h"
#include "runner.h"
#include "thin.h"
#include "worker.h"

/* What a runner is made of; for runner*.c only. */
struct runner {
	struct runner_conf	 is;
	struct uplink_env	 env;
	void			*far;		/* state of the kind */
	bool			 far_open;
	struct worker		 worker;
	bool			 ending;	/* of the feed's */
	atomic_bool		 anew;		/* the far end is to be opened anew */
	struct cursor_file	 file;
	struct flow		 flows[STREAMS];
	struct durable		 durable;	/* as of this turn */
	struct durable		 ended;		/* at which a stream had no more */
	int64_t			 look_at[LANES];	/* again, when nobody tells */
	int64_t			 live_since;	/* the oldest unsent was seen; 0: none */
	struct pace		 pace;		/* of what is live */
	int64_t			 retry_at, backoff;
	int64_t			 backfill_at;	/* not before, for replay_rate */
	int64_t			 save_at;	/* 0: nothing to save */
	int64_t			 present_at;	/* to ask for it; 0: had */
	uint64_t		 chance;	/* of the jitter */
	bool			 told_failing;
	bool			 told_unsaved;	/* the cursor, since it was last saved */
	struct meter		 meter;
	struct bell		 bell;		/* for a kind that has an idle */
	struct thin		 thin;		/* what it leaves out */

	pthread_mutex_t		 lock;		/* of what follows */
	struct cursor		 cursor;
	struct runner_status	 status;
	struct thin		 asked;		/* how it is to save */
	bool			 asks, asks_guards;
	void			*facts;		/* to be adopted; NULL: none */
};

/* runner_thin.c: what was asked holds from now on. */
void	runner_take_thin(struct runner *);
void	runner_take_facts(struct runner *);
int64_t	runner_batch_age(const struct runner *);
size_t	runner_batch(const struct runner *);

#endif
