#ifndef RULES_STATISTICS_H
#define RULES_STATISTICS_H

#include "../conf/zone.h"
#include "../devices/device.h"
#include "statistic.h"
#include "statistic_conf.h"

/* Clock-aligned statistics of all points that have any.  Lives in the arena of
 * its configuration; the zone and the devices must live as long.  Reckons with
 * UTC ms of readings, and with wall, which may be set at any time. */
struct statistics;

/* What came of readings and intervals since the start. */
struct statistics_counts {
	uint64_t	finished;	/* intervals told of */
	uint64_t	late;		/* readings of an interval that is over: not used */
	uint64_t	ahead;		/* of a time to come: not used */
	uint64_t	dropped;	/* open intervals given up, after a step of the clock */
	uint64_t	recomputed;	/* readings taken anew from the journal, at a start */
};

/* NULL: see errs.  An entry that selects no point is an error. */
struct statistics *statistics_new(const struct statistic_conf *, size_t n,
		    const struct device *, size_t ndevices, struct arena *, struct errs *);
/* After the series of all taps are numbered, before anything below. */
int		 statistics_start(struct statistics *, const struct zone *, struct arena *);
void		 statistics_on_finish(struct statistics *,
		    void (*finished)(void *, const struct statistic *), void *);

void		 statistics_take(struct statistics *, const struct reading *, int64_t wall);
/* Ends what is over, at most so many intervals at a time. */
void		 statistics_tick(struct statistics *, int64_t wall, size_t most);
/* When the next interval is over, UTC ms; INT64_MAX: none. */
int64_t		 statistics_deadline(const struct statistics *);

/* Before a start: what the journal says, entry by entry, wall being when it was
 * stored.  Nothing is told of; what was over long before the last entry will
 * never be. */
void		 statistics_replay(struct statistics *, const struct reading *, int64_t wall);
void		 statistics_replay_told(struct statistics *, const struct statistic *);
/* A counter went on from nothing, for it was silent long before: its reading before
 * that may stand in the journal in front of what was replayed. */
bool		 statistics_lack(const struct statistics *);
void		 statistics_replay_earlier(struct statistics *, const struct reading *);
void		 statistics_replay_end(struct statistics *, int64_t wall);
/* The beginning of the oldest interval that may be open at a moment, which is that of
 * the newest entry: from there on the journal is to be replayed.  INT64_MAX: there
 * are no statistics. */
int64_t		 statistics_since(struct statistics *, int64_t wall);

/* After statistics_start, from those of the configuration before: of points whose
 * series is the same what was told, and of intervals that are meant the same all
 * that is in them. */
void		 statistics_take_over(struct statistics *, const struct statistics *was);
const struct statistics_counts *statistics_counts(const struct statistics *);
/* How many points have any, and how many of their intervals hold something and are
 * not over. */
size_t		 statistics_points(const struct statistics *);
size_t		 statistics_open(const struct statistics *);

#endif
