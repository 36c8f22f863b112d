#ifndef RULES_CHAIN_H
#define RULES_CHAIN_H

#include "amount.h"
#include "bucket.h"
#include "counter.h"
#include "due.h"
#include "statistics.h"
#include "told.h"

/* The intervals of one point as rules/ keeps them; inside rules/ only. */

#define NO_CHAIN	UINT32_MAX

/* A figure that waits for the flow of its answer. */
struct waiting_figure {
	bool		 is;
	int64_t		 time;		/* UTC ms */
	double		 figure;
};

/* What a mean is weighted with. */
struct flow {
	const struct device *device;
	const struct point *point;
	uint32_t	 series;
	int64_t		 period;	/* ms: older than two is no flow of now */
	bool		 known;
	int64_t		 time;		/* UTC ms, of the last reading */
	double		 figure;
	struct quality	 quality;
	uint32_t	*chains;	/* that hang on it */
	size_t		 nchains;
};

/* Readings go into buckets of the shortest intervals only; when one is over it
 * goes into the hour, or the day, around it.  That of its due, UTC ms. */
struct chain {
	struct due			 due;		/* first: a due is its chain */
	const struct statistic_conf	*conf;
	const struct device		*device;
	const struct point		*point;
	uint32_t			 series;
	int64_t				 period;	/* between readings, ms */
	uint8_t				 nbase;		/* buckets of */
	uint8_t				 base;		/* enum statistic_span */
	uint8_t				 last;		/* the one used last */
	bool				 active;	/* it was heard of */
	char				 silence;	/* the mark of the last reading: that
							 * of those missing from then on */
	bool				 rests;		/* its device is idle */
	int64_t				 rested;	/* UTC ms: it was until then */
	uint32_t			 next_rests;	/* of the same point that says
							 * so, or NO_CHAIN */
	uint8_t				 amount;	/* enum amount_kind */
	double				 an_hour;	/* amount of a figure of 1 */
	struct counter			 counter;
	struct counter			 first;		/* it went on from nothing */
	struct counter			 earlier;	/* and that is what was before */
	uint32_t			 at, at_to;	/* s: the next one to end */
	struct bucket			*buckets;	/* nbase, then hour and day */
	double				*weights;	/* of each; NULL: none */
	struct told			 told[STATISTIC_SPANS];
	struct flow			*flow;		/* NULL: none */
	struct waiting_figure		 waiting;
};

struct statistics {
	const struct statistic_conf	*confs;
	size_t				 nconfs;
	const struct zone		*zone;
	struct chain			*chains;
	size_t				 n;
	struct flow			*flows;
	size_t				 nflows;
	uint32_t			*by_series;	/* index of its chain, or NO_CHAIN */
	uint32_t			*flow_of;	/* index of the flow that it is */
	uint32_t			*rest_of;	/* first chain whose device rests while
							 * this series is 0, or NO_CHAIN */
	uint32_t			 nseries;
	struct dues			 dues;
	struct statistics_counts	 counts;
	bool				 replaying;	/* nothing is told of */
	int64_t				 until;		/* of the replay, UTC ms */
	void				(*finished)(void *, const struct statistic *);
	void				*owner;
};

/* Which of its buckets is of the hour or the day; NULL: it has none. */
struct bucket	*chain_upper(const struct chain *, enum statistic_span);
struct interval	 chain_interval(const struct statistics *, const struct chain *,
		    enum statistic_span, int64_t utc);
/* What has gone into a bucket of weights; NULL: all weigh the same. */
double		*chain_weight(const struct chain *, const struct bucket *);
/* The one for a moment; NULL: it is over, or to come. */
struct bucket	*chain_bucket(struct statistics *, struct chain *, int64_t utc, int64_t wall);
void		 chain_hear(struct statistics *, struct chain *, const struct reading *,
		    int64_t wall);
/* A counter whose first replayed reading lies in an open interval went on from
 * nothing; a reading before it; what went through between both is counted. */
bool		 chain_lacks(const struct chain *);
void		 chain_hear_earlier(struct chain *, const struct reading *);
void		 chain_begin_earlier(struct chain *);
void		 chain_hear_flow(struct statistics *, struct flow *, const struct reading *,
		    int64_t wall);
/* A reading of the point that says whether the devices of these chains rest. */
void		 chain_hear_rest(struct statistics *, uint32_t first, const struct reading *);
/* A figure that waits for its flow waits no longer. */
void		 chain_settle(struct statistics *, struct chain *, int64_t wall);
/* Ends the next interval if it is over at wall. */
bool		 chain_close(struct statistics *, struct chain *, int64_t wall);
/* While the journal is read: what was over long before this is. */
void		 chain_pass(struct statistics *, struct chain *, int64_t wall);
/* Hours and days that ended with the last of their intervals. */
void		 chain_close_uppers(struct statistics *, struct chain *, int64_t wall);
/* What is in a bucket of a shorter interval goes into the longer ones. */
void		 chain_merge_up(struct statistics *, struct chain *, enum statistic_span,
		    const struct bucket *, double weight);
/* The next one to end is that around this moment, UTC ms. */
void		 chain_go_on(struct statistics *, struct chain *, int64_t utc);
void		 chain_arm(struct statistics *, struct chain *);

#endif
