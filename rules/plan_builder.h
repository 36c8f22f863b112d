#ifndef RULES_PLAN_BUILDER_H
#define RULES_PLAN_BUILDER_H

#include "plan.h"

/* A plan while it is built or looked at; for plan_build.c and plan_look.c only. */

/* A name of anybody who may be told. */
struct entry {
	const char	*name;
	struct target	 is;
	const struct place *place;
};

struct builder {
	struct plan	*plan;
	struct arena	*arena;
	struct errs	*errs;
	struct entry	*names;		/* sorted */
	size_t		 nnames;
	bool		 hidden, ways_hidden;	/* some names are not known: whoever is
					 * not there may be there */
};

/* Each -1: told.  at is where the list named key stands. */
int	plan_names(struct builder *);
int	plan_targets(struct builder *, const struct strings *, const struct place *at,
	    const char *key, enum target_kind most, struct targets *);
int	plan_ways(struct builder *, const struct strings *, const struct place *at,
	    const char *key, struct way_list *);
int	plan_hours(struct builder *, const char *text, const struct place *at,
	    const char *key, struct hours *);
int	plan_addresses(const struct contact_conf *, struct errs *);
int	plan_budget(const struct contact_conf *, struct errs *);
int	plan_contact_ways(struct builder *, struct contact *);
int	plan_date(struct builder *, const struct date_conf *, struct shift *);
int	plan_classes(struct builder *, const struct notify_conf *, unsigned *bits);

#endif
