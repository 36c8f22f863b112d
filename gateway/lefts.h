#ifndef GATEWAY_LEFTS_H
#define GATEWAY_LEFTS_H

#include "journal/entry.h"

/* The last that the journal says of one alarm. */
struct left {
	struct left		*next;
	char			rule[NAME_MAX_BYTES], device[NAME_MAX_BYTES];
	struct alarm_entry	entry;		/* its texts are not kept ... */
	int64_t			came;		/* announced last, UTC ms; 0: unknown */
	char			*en, *zh;	/* NULL: not asked for */
	char			*who, *why;	/* ... but who keeps it silent and what
						 * for; NULL: nobody */
};

/* Of every alarm, in the order in which they were first told of; found by a
 * look or two, however many there are.  Only at start: memory is taken as they
 * come. */
struct lefts {
	struct left	*first, **end;
	struct left	**slots;	/* by rule and device, at most half in use */
	size_t		 size, n;	/* slots: a power of two; in use */
	bool		 texts;		/* are kept; set after lefts_init */
	uint64_t	 compared;	/* alarms looked at: what the search costs */
};

void	lefts_init(struct lefts *);
/* It replaces what was said of the same alarm before. */
void	lefts_take(struct lefts *, const struct alarm_entry *);
void	lefts_free(struct lefts *);

#endif
