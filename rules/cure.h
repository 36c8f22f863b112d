#ifndef RULES_CURE_H
#define RULES_CURE_H

#include "../devices/device.h"

/* What is done for an uplink that delivers nothing any more, from the mildest on. */

enum cure_action {
	CURE_RECONNECT,		/* the uplinks begin anew, their addresses too */
	CURE_REDIAL,		/* the connection of the modem ends and is made again */
	CURE_CFUN,		/* the modem leaves the network, or begins anew */
	CURE_POWER,		/* its supply is switched off and on */
	CURE_REBOOT,		/* the machine is asked to begin anew */
	CURE_ACTIONS
};

#define CURE_RUNS	48	/* at_most of a step, at most */
#define CURE_COMMANDS	8	/* of a step */

struct cure_step {
	struct place	 place;
	int		 action;	/* enum cure_action */
	int64_t		 wait;		/* us: for it to help, before the next */
	int64_t		 at_most;	/* times ...; 0: as its action has it */
	int64_t		 within;	/* ... in so long, us */
	struct strings	 commands;	/* AT, of redial and cfun; none: the usual ones */
	int64_t		 timeout;	/* us: for each of them */
	const char	*unit;		/* of systemd, restarted by redial; "": none */
	const char	*output;	/* power: "DEVICE.POINT" that switches it */
	int64_t		 off_value;	/* 0 or 1: written to switch it off */
	int64_t		 off;		/* us that it stays so */
	struct strings	 feeds;		/* power: devices that hang on it */
};

struct cure_conf {
	const char	*name;
	struct place	 place;
	struct strings	 uplinks;	/* all of them are dead: it begins */
	int64_t		 dead;		/* us without a delivery of what is owed */
	const char	*modem;		/* device that is told commands; "": none */
	struct items	 steps;		/* of struct cure_step */
	int64_t		 again;		/* us until all steps are tried again */
};

extern const struct key	 cure_keys[];
extern const char *const cure_names[];		/* of actions; NULL ends them */
extern const int64_t	 cure_most[];		/* at_most of each by default */

/* It must not be done while somebody's life may hang on the gateway. */
bool	cure_is_grave(int action);
/* How often it may be done. */
int64_t	cure_times(const struct cure_step *);
/* Its i-th command; NULL: it has no more. */
const char *cure_command(const struct cure_step *, size_t i);
/* What the devices and the words of steps allow.  is_watched: does a rule of class
 * life look at it?  -1: see errs. */
int	cure_check(const struct cure_conf *, const struct device *, size_t n,
	    bool (*is_watched)(const void *, const struct device *), const void *owner,
	    struct errs *);

#endif
