#ifndef RULES_STORY_H
#define RULES_STORY_H

#include "../conf/zone.h"
#include "derived.h"
#include "pack.h"
#include "rehearsal.h"

/* A story says what instruments show in the course of time, and what the rules
 * must make of it.  It is told in a time of its own. */

enum story_do { STORY_DO_NOTHING, STORY_DO_ACK, STORY_DO_RESET, STORY_DO_HANDLE };
enum story_link { STORY_LINK_SAME, STORY_LINK_DOWN, STORY_LINK_UP };

/* What happens at a moment.  From the next reading of its device on. */
struct story_given {
	struct place	 place;
	int64_t		 at;		/* us since the beginning */
	const char	*point;		/* "DEVICE.POINT"; "": none */
	const struct node *value, *to;	/* figures; NULL: not said */
	int64_t		 over;		/* us from value to to */
	const char	*quality;	/* "": good */
	bool		 silent;	/* nothing comes any more */
	const char	*device;	/* of a link, of an alarm */
	int		 link;		/* enum story_link */
	const char	*alarm;		/* name of a rule */
	int		 act;		/* enum story_do */
	const char	*interval;	/* of a statistic that is over now; "" */
	const struct node *mean, *min, *max, *amount;
	double		 valid;		/* % */
	int64_t		 length;	/* us of one of minutes */
};

/* What must be so. */
struct story_expect {
	struct place	 place;
	const char	*alarm, *device;	/* the alarm that is spoken of */
	struct strings	 course;	/* "10min UNACK": all its states, in order */
	bool		 never;		/* it is never raised */
	int64_t		 raised_by, not_before, cleared_by;	/* us; 0: not said */
	int64_t		 at;		/* us: then it is */
	const char	*state;		/* "": not said */
	struct strings	 is, is_not;	/* facts of the alarm then: "overdue" */
	const char	*point;		/* or what the newest reading of a point is */
	const struct node *value, *mean, *min, *max, *amount, *valid;
	double		 within;	/* what figures may differ by */
	const char	*quality;
	const char	*interval;	/* ... or its newest statistic; "" */
	const char	*mark;		/* of that */
};

struct story {
	struct place	 place;
	const char	*name;
	const char	*start;		/* as people write it; "": any Monday */
	const char	*standard;	/* of the packs, instead of that of the file */
	int64_t		 period;	/* us of all devices; 0: as each has it */
	int64_t		 lasts;		/* us, until what is said last, at least; 0: a
					 * little longer than that */
	struct items	 given, expect;
};

/* A stand-in for an instrument: it has points and a period, and no line. */
struct story_device {
	struct place	 place;
	const char	*name, *zh, *en;
	int64_t		 period;
	struct items	 points;	/* of struct story_point */
	const struct node *constants;
};

struct story_point {
	struct place	 place;
	const char	*name, *unit;
	int64_t		 decimals;
};

/* A file of stories.  One without devices is told on those of a configuration. */
struct story_file {
	const char	*zone;
	struct strings	 folders;	/* of packs, from the folder of the file */
	const struct node *constants;
	struct items	 devices, derived, rules, packs, statistics, stories;
	struct life_conf life;
};

extern const struct key story_file_keys[];

/* What stories are told on. */
struct story_stage {
	struct device			*devices;
	size_t				 ndevices;
	const struct derived_conf	*derived;
	size_t				 nderived;
	const struct rule_conf		*rules;
	size_t				 nrules;
	const struct statistic_conf	*statistics;
	size_t				 nstatistics;
	const struct life_conf		*life;
	const struct area_link		*areas;
	size_t				 nareas;
	const struct zone		*zone;
};

/* The stage that a file sets itself, for one of its stories; packs: those of
 * file->packs, in that order.  -1: see errs. */
int	story_set(const struct story_file *, struct pack *const *packs, const struct story *,
	    struct story_stage *, struct arena *, struct errs *);
/* Tells it; start: UTC ms.  -1: what was expected, what happened and when is in
 * errs, as is what can be told of no such site. */
int	story_tell(const struct story *, const struct story_stage *, int64_t start,
	    struct arena *, struct errs *);

#endif
