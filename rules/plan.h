#ifndef RULES_PLAN_H
#define RULES_PLAN_H

#include "class.h"
#include "hours.h"
#include "notice.h"
#include "tell_conf.h"

#define TOLD_MOST	32	/* contacts that one step may reach */

/* Who is told what, compiled: names are indexes. */
enum target_kind { TO_CONTACT, TO_GROUP, TO_DUTY };

struct target {
	enum target_kind	kind;
	size_t			i;
};

struct targets {
	struct target	*at;
	size_t		 n;
};

struct way_list {
	size_t	*at;		/* of plan.ways, in order */
	size_t	 n;
};

struct contact {
	const struct contact_conf *conf;
	struct way_list		 ways;		/* that there is an address for */
	struct hours		*quiet;
	size_t			 nquiet;
};

/* The days from first to last of a date; of a shift, all. */
struct shift {
	int64_t		first, last;
	struct hours	hours;
	struct targets	who;
};

struct calendar {
	const struct duty_conf	*conf;
	struct shift		*shifts, *dates;
	size_t			 nshifts, ndates;
};

struct tell_step {
	int64_t		after;		/* us */
	struct targets	to;
	struct way_list	by;		/* none: as the contact has it */
};

struct policy {
	const struct notify_conf *conf;
	unsigned		 classes;	/* a bit each */
	struct tell_step		*steps;		/* by after */
	size_t			 nsteps;
};

struct plan {
	const struct tell_conf	*conf;
	struct contact		*contacts;
	struct targets		*groups;
	struct calendar		*calendars;
	struct policy		*policies;	/* first those of the rules, by name */
	size_t			 ncontacts, ngroups, ncalendars, npolicies, nrules;
};

/* Which contacts, once each. */
struct plan_told {
	size_t	at[TOLD_MOST];
	size_t	n;
	bool	more;			/* than there was room for */
};

/* plan_build.c.  NULL: see errs.  Points into the conf, which must stay. */
struct plan	*plan_build(const struct tell_conf *, struct arena *, struct errs *);
/* Where something else is wrong already and nothing is built: tells all that is wrong
 * in the entries, which need not be whole.  part: the file may hold more names than
 * were read. */
void		 plan_look(const struct tell_conf *, bool part, struct arena *,
		    struct errs *);

void	plan_resolve(const struct plan *, const struct targets *, const struct local *,
	    struct plan_told *);
/* The i-th policy from *i on that is for such an alarm; NULL: no more. */
const struct policy *plan_match(const struct plan *, const char *rule, const char *device,
	    enum alarm_class, enum priority, size_t *i);
/* Is a way for such messages?  One that speaks asks for something or is silent. */
bool	plan_serves(const struct tell_way *, enum alarm_class, enum notice_purpose);
/* May it ever be that contact? */
bool	plan_may_be(const struct plan *, const struct targets *, size_t contact);
bool	plan_quiet(const struct contact *, const struct local *);

/* A time in which nobody is on duty: on a weekday, or on that day. */
struct gap_of_duty {
	int64_t	day;		/* since 1970-01-01; -1: each weekday of that number */
	int	weekday;
	int	from, to;	/* minutes of it */
};

/* Does it reach nobody at some time?  The first one. */
bool	duty_gap(const struct calendar *, struct gap_of_duty *);
/* duty.c.  Those on duty. */
void	duty_resolve(const struct plan *, const struct calendar *, const struct local *,
	    struct plan_told *);

/* The contact of a name; SIZE_MAX: none. */
size_t	plan_contact(const struct plan *, const char *name);

#endif
