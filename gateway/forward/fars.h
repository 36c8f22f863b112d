#ifndef GATEWAY_FORWARD_FARS_H
#define GATEWAY_FORWARD_FARS_H

#include "../config/config.h"
#include "../ledger.h"
#include "../rate.h"
#include "../uplink/runner.h"

/* One far end with its thread. */
struct far {
	struct far		*next;		/* of those that end */
	struct uplink_conf	 conf;		/* with copies of all it points to */
	struct runner		*runner;	/* NULL: it begins when another one of
						 * its name has ended */
	struct ledger_row	*row;		/* once the runner is there */
	struct thin_terms	 terms;		/* of its plan, and what is asked of it */
	bool			 planned;	/* it has one */
	unsigned		 saves;		/* enum saving_flag, as asked last */
	struct traffic		 unspent;	/* not told the field role yet */
	struct rate		 rate;		/* of entries delivered */
	int64_t			 oldest;	/* UTC ms: what it is owed was stored
						 * then, and later; 0: nothing is */
	uint64_t		 oldest_of;	/* where it was when that was looked up */
};

/* The uplinks of the configuration in force, in its order, and those of before
 * that have not ended yet. */
struct fars {
	struct far		**at;
	size_t			 n;
	struct far		*ending;
	struct runner_conf	 common;	/* but conf and kind */
	struct ledger		*ledger;
	struct thin_guards	 guards;	/* with copies of the names */
	struct reader		*reader;	/* to look for what is owed; NULL: closed */
};

/* Those that say the same go on; the others end, and new ones begin with the
 * next fars_tend.  Nothing of the configuration is kept. */
void	fars_renew(struct fars *, const struct config *);
/* False: some have not begun or not ended yet; look again. */
bool	fars_tend(struct fars *);
/* After feed_stop: waits for all threads, us at most.  False: some were left
 * behind, with their cursors saved. */
bool	fars_end(struct fars *, int64_t us);
/* The far end of that uplink is opened anew; false: there is none. */
bool	fars_anew(struct fars *, const char *name);
/* far_row.c.  The row of one in status; as snprintf. */
int	far_row(struct fars *, struct far *, char *row, size_t n);
/* Books what has come and gone on the wire. */
void	fars_book(struct fars *);
/* fars_plan.c.  Rows of what went on the wire since those that were told of.
 * False: there are no plans. */
bool	fars_spent(const struct fars *, char *rows, size_t n);
/* They arrived. */
void	fars_told(struct fars *);
/* The answer to them: how each is to save. */
void	fars_save(struct fars *, const char *answer);
/* For fars.c: of what plan each is, and whom nobody may leave out. */
void	fars_plan(struct fars *, const struct config *);
void	fars_drop_guards(struct fars *);
/* Gives back what telling rows took. */
void	fars_rest(struct fars *);

#endif
