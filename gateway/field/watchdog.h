#ifndef GATEWAY_FIELD_WATCHDOG_H
#define GATEWAY_FIELD_WATCHDOG_H

#include "../config/config.h"
#include "poller.h"

struct field_role;
struct renewal;

/* The last that was told of it. */
enum watchdog_told {
	WATCHDOG_NOTHING,
	WATCHDOG_FED,
	WATCHDOG_HELD,		/* on purpose: this gateway is not healthy */
	WATCHDOG_REFUSED,
	WATCHDOG_LAPSED		/* for so long that it fell into its fail-safe */
};

/* A device whose watchdog register is written, by this loop and nobody else:
 * a gateway that is dead, stopped or hangs feeds nothing. */
struct dog {
	struct field_role	*field;
	struct bus		*bus;
	struct station		*station;
	struct device		*device;
	struct timer		 timer;
	struct feeding		 feeding;
	uint64_t		 ups;		/* of the link, when it was last looked at */
	int64_t			 blind;		/* mono us: since then rules miss a
						 * point of it; 0: they do not */
	bool			 out;		/* a write waits or is on the line */
	enum watchdog_told	 told;
};

struct watchdogs {
	struct dog	**at;
	size_t		  n;
};

/* How many timers they need. */
size_t	watchdogs_timers(const struct config *);
/* After the buses, before they start. */
void	watchdogs_open(struct field_role *);
/* A word for status: what was told of it last; "": the device has none. */
const char *watchdog_state(const struct field_role *, const struct device *);
/* us since the last write that was taken was sent; 0: none was. */
int64_t	watchdog_fed(const struct field_role *, const struct device *);
/* The gateway ends: none is fed any more, and the journal says so. */
void	watchdogs_close(struct field_role *);
void	watchdogs_free(struct field_role *);
/* Before the devices are other ones: those that do not go on are left.  And when
 * the buses have the new ones: the others go on, and new ones begin. */
void	watchdogs_give_up(struct field_role *, const struct renewal *);
void	watchdogs_renew(struct field_role *, const struct renewal *);

#endif
