#ifndef GATEWAY_PIPELINE_H
#define GATEWAY_PIPELINE_H

#include "../devices/device.h"
#include "../rules/watch.h"
#include "clock.h"
#include "journal/journal.h"

/* The way of the data from an answer to the journal: decode, judge, append.
 * It knows no line and no uplink. */
struct pipeline {
	struct journal		*journal;
	struct rules		*rules;
	const struct clock	*clock;
	struct reading		*room;		/* for the points of one device */
	size_t			 nroom;
	uint64_t		 readings, lost, skipped, alarms;
};

/* When and how well an answer came; see struct reading for the clocks. */
struct moment {
	int64_t	time, due, mono;
	uint8_t	code;		/* enum quality_code that every point inherits */
	uint8_t	flags;
};

void	pipeline_block(struct pipeline *, struct device *, size_t block, const uint8_t *,
	    size_t n, const struct moment *);
void	pipeline_bad(struct pipeline *, struct device *, size_t block, enum quality_code,
	    const struct moment *);
/* The line of a device went down or came up. */
void	pipeline_link(struct pipeline *, struct device *, bool down, int64_t now);
/* Delays that ran out, points gone stale. */
void	pipeline_tick(struct pipeline *, int64_t now);
int64_t	pipeline_deadline(const struct pipeline *);
/* False while the store takes nothing: polls are skipped and counted. */
bool	pipeline_ready(const struct pipeline *);
void	pipeline_skipped(struct pipeline *);
/* A note in the journal, and in the log. */
void	pipeline_note(struct pipeline *, const char *who, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

#endif
