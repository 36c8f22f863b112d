#ifndef GATEWAY_FIELD_SYSTEM_BUS_H
#define GATEWAY_FIELD_SYSTEM_BUS_H

#include "../loop.h"

/* One call to a service of the system over D-Bus, from the loop, which it never
 * holds up.  The bus is that of the system, or where DBUS_SYSTEM_BUS_ADDRESS says. */
struct bus_call {
	struct loop	*loop;
	struct source	 source;
	struct timer	 timer;
	void		*bus;		/* sd_bus; NULL: no call is under way */
	/* Once, from the loop: why is "" where it was answered without an error.  It
	 * may be used anew from within. */
	void		(*done)(struct bus_call *, const char *why, int64_t now);
	bool		 answered;
	char		 why[160];
};

/* org.freedesktop.login1: the machine begins anew.  -1: why is filled, and done is
 * not called. */
int	bus_call_reboot(struct bus_call *, struct loop *, int64_t now);
/* org.freedesktop.systemd1: this unit begins anew. */
int	bus_call_restart(struct bus_call *, struct loop *, const char *unit, int64_t now);
/* Nobody is told any more. */
void	bus_call_forget(struct bus_call *);

#endif
