#ifndef GATEWAY_HERALD_H
#define GATEWAY_HERALD_H

#include "pulse.h"
#include <stdbool.h>
#include <stdint.h>

#define HERALD_ROLES	3		/* field, forward, door: in this order */
#define HERALD_MEANT	2		/* those without which there is no service; who
					 * hangs of the others is ended by the supervisor */

/* Tells the service manager of the supervisor how the roles fare. */
struct herald {
	struct pulse		*pulses;	/* HERALD_ROLES of them, shared */
	struct {
		unsigned	 beats;		/* as seen last */
		unsigned	 still;		/* looks since they grew */
		bool		 said;		/* in the log, that it hangs */
	} seen[HERALD_ROLES];
	bool			 wanted;	/* somebody is there to be told */
	int64_t			 watchdog;	/* us; 0: nobody watches */
	int64_t			 every, due;	/* us between two looks; mono us */
	int			 told;		/* enum pulse_state of the field role */
	char			 status[384];	/* as told last */
};

/* -1: errno. */
int	herald_open(struct herald *, int64_t now);
/* A role begins, or is no more. */
void	herald_role(struct herald *, size_t role, bool alive);
/* It had all that it needs, in this life. */
bool	herald_stood(const struct herald *, size_t role);
/* At every turn of the supervisor: tells what changed, and WATCHDOG=1 when that
 * is due and all roles get on. */
void	herald_look(struct herald *, int64_t now);
/* us until it wants to look again. */
int64_t	herald_wait(const struct herald *, int64_t now);
void	herald_stopping(struct herald *);

#endif
