#ifndef RULES_WATCHES_H
#define RULES_WATCHES_H

#include "due.h"
#include "watch.h"

/* The alarms of a configuration as rules/ keeps them; inside rules/ only. */

/* One rule on one device.  Its condition is true, false or, while its points are
 * bad or silent, not known: truth keeps what was known last, and only while
 * it is known can a delay run. */
struct watch {
	struct due		 due;		/* first: a due is its watch */
	const struct rule_conf	*rule;
	const struct device	*device;
	struct rule_program	 program;
	uint32_t		 first;		/* input that is told of: its first
						 * point; of a group the one heard last */
	struct alarm		 alarm;
	bool			 truth;		/* the condition, as known last */
	bool			 pending;	/* truth differs from the alarm ... */
	int64_t			 since;		/* ... since this moment, mono us */
	int64_t			 next;		/* time alone may change it then */
	int64_t			 expires;	/* its readings are too old then */
	int64_t			 results;	/* new ones in a row that say so */
	double			 limit;		/* see struct alarm_change */
	int64_t			 lift_at;	/* the line is back: unmask then at the
						 * latest; 0: nothing to lift */
	int64_t			 time;		/* of the last reading, UTC ms */
	struct value		 value;
	struct quality		 quality;
	size_t			 standing;	/* place among those not NORM, from 1 */
};

/* A watch that hangs on a series. */
struct dependant {
	uint32_t	 series;
	uint32_t	 input;		/* of its program */
	struct watch	*watch;
};

struct rules {
	struct watch	 *at;		/* rule by rule */
	size_t		  n;
	struct watch	**by_name;	/* sorted by rule, then by device */
	struct dependant *by_series;	/* sorted once the series are numbered, those
					 * of a watch side by side */
	size_t		  ndependants;
	struct watch	**standing;	/* those that are not NORM */
	size_t		  nstanding;
	struct dues	  dues;
	const struct zone *zone;
	bool		  settled;	/* disabled points were masked */
	void		(*changed)(void *, const struct alarm_change *);
	void		 *owner;
};

/* Those of a series: the first, and in *n how many follow side by side. */
struct dependant *watches_of(const struct rules *, uint32_t series, size_t *n);
struct watch	 *watch_find(const struct rules *, const char *rule, const char *device);
/* Its first point is disabled, or each of its group. */
bool		  watch_disabled(const struct watch *);
/* watch.c: is it one that misses data, true only while some point is silent? */
bool		  watch_of_silence(const struct watch *);
/* watch.c: due when it next has something to do by itself. */
void		  watch_arm(struct rules *, struct watch *);
/* life.c: one event in the life of an alarm; true when it changed a fact. */
bool		  watch_step(struct rules *, struct watch *, enum alarm_event,
		    enum alarm_mask, const char *who, int64_t time);
/* Its facts were set: among those that stand, or no more. */
void		  watch_list(struct rules *, struct watch *);
/* Masks that today's points and rules ask for, or forbid. */
void		  watch_settle(struct rules *, int64_t wall);
/* The line is back: a silent alarm that began behind the mask is unmasked once
 * its point speaks again or stays silent for good. */
void		  watch_lift(struct rules *, struct watch *, int64_t now, int64_t wall);
/* How long, us, its point may be silent. */
int64_t		  watch_stale_age(const struct watch *);

#endif
