#ifndef RULES_RULE_H
#define RULES_RULE_H

#include "action.h"
#include "class.h"
#include "expr.h"

/* An event is journalled and recorded, and asks for no acknowledgement. */
enum rule_kind { RULE_ALARM, RULE_EVENT };

/* What keeps an alarm silent by design; never one of class life.  AUTO: of a
 * condition that misses data its dead link, of others nothing. */
enum rule_suppress { SUPPRESS_AUTO, SUPPRESS_LINK, SUPPRESS_AREA, SUPPRESS_NONE };

#define RULE_RECORD_MAX	32	/* bytes of a kind of record */

/* A rule as configured; it makes one alarm for each device that it is on. */
struct rule_conf {
	struct place	 place;
	const char	*name;
	const char	*on;		/* glob over names of devices */
	const char	*when;
	const char	*clear;		/* "": when it is not true any more */
	int		 priority;	/* enum priority */
	int		 class;		/* enum alarm_class */
	int		 kind;		/* enum rule_kind */
	int		 suppress;	/* enum rule_suppress */
	int64_t		 handling;	/* us within which somebody says what was done; 0:
					 * as its class asks */
	const char	*record;	/* kind of its records; "", NULL: none */
	int64_t		 record_every;	/* us, while it holds; 0: once */
	bool		 latching;	/* stays until a local reset */
	double		 deadband;	/* in the unit of the point, >= 0 */
	int64_t		 on_delay, off_delay;	/* us */
	int64_t		 results;	/* so many new ones in a row */
	int64_t		 max_age;	/* us; 0: 2 periods + 60 s */
	const char	*zh, *en;	/* "": made from the condition */
	const char	*back_zh, *back_en;	/* of the going; NULL: made from that */
	struct strings	 notify;	/* who is told at once, besides the policies */
	struct items	 actions;	/* struct action_conf: of "do" */
	struct formula	 condition, clearing;	/* of when and clear */
};

extern const struct key rule_keys[];

/* Fills condition and clearing from their texts and checks the others.  -1: see
 * errs. */
int	rule_compile(struct rule_conf *, const struct constants *, struct arena *,
	    struct errs *);
/* Do both say the same, the numbers behind their names too? */
bool	rule_same(const struct rule_conf *, const struct rule_conf *);
/* The texts name nothing but what can be filled in. */
int	rule_text_check(const struct rule_conf *, struct errs *);

#endif
