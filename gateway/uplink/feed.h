#ifndef GATEWAY_UPLINK_FEED_H
#define GATEWAY_UPLINK_FEED_H

#include <pthread.h>
#include <stdbool.h>

#include "../journal/journal.h"

/* How far the store is durable, as the field role tells it, and the bell that
 * wakes whoever sends it on. */
struct feed {
	pthread_mutex_t	lock;
	pthread_cond_t	moved;		/* waits by CLOCK_MONOTONIC */
	struct durable	durable;	/* 0: nobody tells; the tail slots do */
	bool		stopping;
};

void	feed_init(struct feed *);
void	feed_free(struct feed *);
void	feed_grew(struct feed *, const struct durable *);
void	feed_stop(struct feed *);
/* What is durable now; true while nothing asks to stop. */
bool	feed_look(struct feed *, struct durable *);
/* Waits until it is not what it was, or somebody stops, or us have passed. */
void	feed_wait(struct feed *, const struct durable *was, int64_t us);

#endif
