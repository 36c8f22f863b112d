#ifndef GATEWAY_RENEWAL_H
#define GATEWAY_RENEWAL_H

#include "config/config.h"

#define NOBODY	SIZE_MAX

/* How the things of a list are related to those of the same list before, by
 * their names. */
struct kin {
	size_t	n, nwas;
	size_t	*was;		/* of each now: its place before, or NOBODY */
	bool	*same;		/* ... where it said the same */
	size_t	*heir;		/* of each before: its place now, or NOBODY; of several
				 * of one name that of any */
};

enum kinds { KIN_LINKS, KIN_DEVICES, KIN_RULES, KIN_UPLINKS,
	KIN_DERIVED,		/* from here on told of only where there are any */
	KIN_LISTENERS, KIN_RECEIVERS, KIN_STATISTICS, KIN_CONTACTS, KIN_GROUPS, KIN_DUTY,
	KIN_NOTIFY, KIN_WAYS, KIN_CURES, KIN_TARIFFS, KINS };

/* What a configuration that was read anew makes of the one before. */
struct renewal {
	const struct config	*was, *now;
	struct kin		 kin[KINS];
	const struct device	**twins;	/* of each device now the one before
						 * that is alike, or NULL */
};

void		 renewal_compare(struct renewal *, const struct config *was,
		    const struct config *now);
void		 renewal_free(struct renewal *);
/* Does this device of before go on as it was, and on the same line? */
bool		 renewal_goes_on(const struct renewal *, const struct device *);
/* Is there still one of its name? */
bool		 renewal_has(const struct renewal *, const struct device *);
const char	*kin_word(enum kinds);			/* "link" ... */
/* The name of the i-th of a list. */
const char	*kin_name(const struct config *, enum kinds, size_t i);
bool		 uplink_same(const struct uplink_conf *, const struct uplink_conf *);
/* Whether the groups that only a start takes up differ; each setting that does
 * is told. */
void		 renewal_waits(const struct gateway_conf *was, const struct gateway_conf *now,
		    void (*told)(void *, const char *setting), void *);

#endif
