#ifndef RULES_RULE_H
#define RULES_RULE_H

#include <stdbool.h>

#include "../conf/key.h"
#include "class.h"

/* Named numbers that rules may use: constants = { limit = { fume = 2.0; }; }
 * makes "limit.fume". */
struct constant {
	const char	*name;
	double		 number;
};

struct constants {
	const struct constant	*at;
	size_t			 n;
};

enum condition_kind {
	CONDITION_HIGH,		/* point > limit, point >= limit */
	CONDITION_LOW,		/* point < limit, point <= limit */
	CONDITION_STALE		/* stale(point), stale(point, 90s) */
};

/* What a rule watches for, compiled from its text. */
struct condition {
	enum condition_kind	kind;
	const char		*point;		/* of the device the rule is on */
	bool			 or_equal;
	double			 limit;		/* in the unit of the point */
	int64_t			 age;		/* STALE: us; 0: 2 periods + 5 s */
};

/* A rule as configured; it makes one alarm for each device that it is on. */
struct rule_conf {
	struct place	 place;
	const char	*name;
	const char	*on;		/* glob over names of devices */
	const char	*when;
	int		 priority;	/* enum priority */
	int		 class;		/* enum alarm_class */
	bool		 latching;	/* stays until a local reset */
	double		 deadband;	/* in the unit of the point, >= 0 */
	int64_t		 on_delay, off_delay;	/* us */
	int64_t		 max_age;	/* us; 0: 2 periods + 60 s */
	const char	*zh, *en;	/* "": made from the condition */
	struct condition condition;
};

extern const struct key rule_keys[];

int	constants_read(const struct node *, struct constants *, struct arena *,
	    struct errs *);
/* Fills rule->condition from rule->when and checks the texts.  -1: see errs. */
int	rule_compile(struct rule_conf *, const struct constants *, struct arena *,
	    struct errs *);
/* Do both say the same, the numbers behind their names too? */
bool	rule_same(const struct rule_conf *, const struct rule_conf *);
/* How long, us, a point of this period may be silent; of a STALE condition. */
int64_t	rule_stale_age(const struct rule_conf *, int64_t period);
/* The texts name nothing but what can be filled in. */
int	rule_text_check(const struct rule_conf *, struct errs *);

#endif
