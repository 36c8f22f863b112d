#ifndef RULES_SWITCHED_H
#define RULES_SWITCHED_H

#include "drive.h"
#include "watch.h"

/* Commands that rules want given, for who gives them: by the one way of all
 * commands, with the same limits. */

struct rule_order {
	size_t			 i;		/* of the output; of these rules only */
	const struct device	*device;
	const struct point	*point;
	uint32_t		 series;
	bool			 valve;		/* it closes a gas valve */
	double			 figure;
	int64_t			 left;		/* us until it has to have obeyed */
	int64_t			 share;		/* of them for this try */
	const char		*rule, *by;	/* whose alarm; live until the next tick */
};

/* The i-th output that one is due for, from *i on; false: no more. */
bool	rules_order(const struct rules *, int64_t now, size_t *i, struct rule_order *);
/* Its command is under way now. */
void	rules_ordered(struct rules *, size_t i, int64_t now);
/* It may not be switched before. */
void	rules_order_hold(struct rules *, size_t i, int64_t until);
/* How that ended, by series; of an output that no rule switches any more nothing
 * becomes. */
void	rules_order_end(struct rules *, uint32_t series, enum drive_end, int64_t now,
	    int64_t wall);
/* A command of somebody else was carried out. */
void	rules_overrule(struct rules *, uint32_t series, int64_t wall);
/* The moment it is, mono us, before a step from outside. */
void	rules_at(struct rules *, int64_t now);

#endif
