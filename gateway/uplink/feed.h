#ifndef GATEWAY_UPLINK_FEED_H
#define GATEWAY_UPLINK_FEED_H

#include <pthread.h>
#include <stdbool.h>

#include "../journal/journal.h"

/* Rings for who waits for descriptors of its own besides: an eventfd that
 * becomes readable with each move of the feed it hangs in, and at its end. */
struct bell {
	int		 fd;		/* -1: none could be made */
	struct bell	*next;
};

/* How far the store is durable, as the field role tells it, and the bell that
 * wakes whoever sends it on. */
struct feed {
	pthread_mutex_t	lock;
	pthread_cond_t	moved;		/* waits by CLOCK_MONOTONIC */
	struct durable	durable;	/* 0: nobody tells; the tail slots do */
	bool		stopping;
	struct bell	*bells;
};

void	feed_init(struct feed *);
void	feed_free(struct feed *);
void	feed_grew(struct feed *, const struct durable *);
void	feed_stop(struct feed *);
/* One of those that listen shall stop, and the others go on: sets what it shows
 * to look and wait. */
void	feed_end(struct feed *, bool *ended);
/* What is durable now; true while nothing asks to stop. */
bool	feed_look(struct feed *, struct durable *, const bool *ended);
/* Waits until it is not what it was, or somebody stops, or us have passed. */
void	feed_wait(struct feed *, const struct durable *was, int64_t us, const bool *ended);
/* A bell that hangs there lives as long as the feed, or until it is taken. */
void	feed_hang(struct feed *, struct bell *);
void	feed_take(struct feed *, struct bell *);
/* It has been heard. */
void	bell_still(const struct bell *);

#endif
