#ifndef GATEWAY_FIELD_H
#define GATEWAY_FIELD_H

#include "config.h"
#include "control.h"
#include "latest.h"
#include "pipeline.h"
#include "poller.h"
#include "run.h"

/* Everything the field role owns; one loop, one thread. */
struct field {
	struct config		*config;
	struct disk		*disk;
	struct journal		*journal;
	struct loop		*loop;
	struct control		*control;
	struct pipeline		 pipeline;
	struct bus		**buses;
	size_t			 nbuses;
	struct latest		 latest;
	struct timer		 commit;	/* lazy entries are due */
	struct timer		 second;	/* clock steps, counters */
	struct source		 flushed;	/* the helper finished */
	struct source		 signals;
	struct durable		 told;		/* what GREW said last */
	int64_t			 clock_kept;	/* of clock_step */
	int64_t			 started;	/* mono us */
	bool			 trusted;	/* what the clock said last */
	uint64_t		 flush_errors;	/* seen so far */
	char			*uplinks;	/* status lines of the forward role */
};

/* status.c: answers a QUERY; body is one of the words of status.h. */
void	field_query(struct field *, struct control_client *, uint32_t id, const char *word);
void	field_command(struct field *, struct control_client *, uint32_t id, const char *text);

#endif
