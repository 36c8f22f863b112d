#ifndef GATEWAY_FIELD_CURES_H
#define GATEWAY_FIELD_CURES_H

#include "../../rules/ladder.h"
#include "../journal/slot.h"
#include "keeper.h"
#include "system_bus.h"

struct command;
struct control_client;
struct field_role;

#define CURE_RECORD	"cure"		/* kind of its records */
#define CURE_SOURCE	"cure:"		/* of its commands, then its name */
#define RAILS_MAX	8

/* What is done for uplinks that deliver nothing: the ladder says when, here it is
 * done.  Each step is an entry before it is taken. */

enum cure_doing {
	CURE_NOTHING,
	CURE_RECORDED,		/* its entry, and that it was taken, become durable */
	CURE_ACTS
};

struct cure {
	struct field_role	*field;
	const struct cure_conf	*conf;
	struct ladder		 ladder;
	struct far_watch	*watches;	/* of each of its uplinks */
	enum line_state		 line;		/* as of the last look */
	enum cure_doing		 doing;
	const struct cure_step	*step;		/* being taken */
	uint64_t		 seq, kept;	/* what is waited for */
	size_t			 command;	/* the next of the modem */
	bool			 well;		/* the last of them was */
	int64_t			 acts_since;	/* mono us */
	struct bus_call		 call;
	char			 why[160];	/* of the last step; "": it went well */
};

/* A supply that is off, or may be: it is switched on again, whatever becomes of the
 * cure. */
struct rail {
	char	output[2 * NAME_MAX_BYTES];	/* "": no such */
	char	cure[NAME_MAX_BYTES];
	int	on;			/* what is written */
	int64_t	at;			/* mono us: not before */
	bool	asked;			/* the command is under way */
	bool	cutting;		/* the one that switches it off is */
	unsigned tries;			/* to switch it on, that failed */
};

struct cures {
	struct cure		*at;
	size_t			 n;
	struct kept		*kept;
	struct rail		 rails[RAILS_MAX];
	struct control_client	*forward;	/* the role that sends; NULL */
};

/* NULL: errno. */
struct kept	*cures_open(struct keeper *);
/* The configuration is another one, or the first: what was taken before is known. */
void	cures_renew(struct field_role *, int64_t now);
/* Before that: what is under way ends. */
void	cures_give_up(struct field_role *);
void	cures_close(struct field_role *);
/* What an uplink says of itself. */
void	cures_hear(struct field_role *, const char *uplink, uint64_t delivered, bool owes);
/* Once a second. */
void	cures_second(struct field_role *, int64_t now);
/* After a reap: what waited to be durable goes on. */
void	cures_go_on(struct field_role *, int64_t now);
/* A command of a cure has ended. */
void	cures_ended(struct field_role *, const struct command *);
/* The timers that they may arm. */
size_t	cures_timers(const struct config *);
/* Is an alarm of class life active, or latched? */
bool	cures_life(const struct field_role *);

/* For status: words of a few, and how long (us); 0: it is not. */
struct cure_look {
	const char	*name, *line, *state, *step, *why;
	int64_t		 dead, next;
	char		 taken[160];	/* "reconnect 1/24, cfun 0/6" */
};

/* The i-th; false past the end. */
bool	cures_look(const struct field_role *, size_t i, struct cure_look *);

/* cures_do.c: takes the step; cures_done is called when it has ended. */
void	cures_act(struct cure *, int64_t now);
void	cures_done(struct cure *, bool well, int64_t now);
/* Looks after what takes time, once a second. */
void	cures_tend(struct cure *, int64_t now);
/* Whatever is under way is told to nobody. */
void	cures_let_go(struct cure *);
/* cures_rail.c: supplies. */
bool	rail_cut(struct cure *, int64_t now);
void	rails_tend(struct field_role *, int64_t now);
void	rail_ended(struct field_role *, const struct command *);
/* It is about to be sent.  False: it switches off, and a life may hang on it now; its
 * why says so. */
bool	rail_may(struct field_role *, struct command *);
struct rail	*rail_of(struct field_role *, const char *output);
/* cures_keep.c: what was taken, and what is off, over a restart. */
uint64_t cures_keep(struct field_role *);
void	cures_recall(struct field_role *);

#endif
