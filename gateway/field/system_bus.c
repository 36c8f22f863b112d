#include <errno.h>
#include <stdio.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-bus.h>

#include "../clock.h"
#include "../library.h"
#include "system_bus.h"

#define LIMIT		(30 * US_PER_S)	/* for an answer */

#define LIBRARY		"libsystemd.so.0"

/* Loaded by the first call: most gateways never make one. */
static struct {
	__typeof__(sd_bus_open_system)			*open;
	__typeof__(sd_bus_set_method_call_timeout)	*limit;
	__typeof__(sd_bus_call_method_async)		*call;
	__typeof__(sd_bus_message_get_error)		*error;
	__typeof__(sd_bus_process)			*process;
	__typeof__(sd_bus_get_events)			*events;
	__typeof__(sd_bus_get_fd)			*fd;
	__typeof__(sd_bus_close_unref)			*close;
} lib;

static const struct library_symbol symbols[] = {
	{ "sd_bus_open_system", &lib.open },
	{ "sd_bus_set_method_call_timeout", &lib.limit },
	{ "sd_bus_call_method_async", &lib.call },
	{ "sd_bus_message_get_error", &lib.error },
	{ "sd_bus_process", &lib.process },
	{ "sd_bus_get_events", &lib.events },
	{ "sd_bus_get_fd", &lib.fd },
	{ "sd_bus_close_unref", &lib.close },
};

static bool
load(void)
{
	if (lib.close != NULL)		/* the last of them */
		return true;
	return library_load(LIBRARY, symbols, sizeof(symbols) / sizeof(symbols[0]));
}

static void	turn(struct bus_call *, int64_t now);

static void
end(struct bus_call *c, int64_t now)
{
	bus_call_forget(c);
	c->done(c, c->why, now);
}

static int
answered(sd_bus_message *m, void *arg, sd_bus_error *unused)
{
	struct bus_call *c = arg;
	const sd_bus_error *e = lib.error(m);

	(void)unused;
	c->answered = true;
	if (e != NULL)
		snprintf(c->why, sizeof(c->why), "%s: %s", e->name,
		    e->message != NULL ? e->message : "");
	return 0;
}

static void
ready(struct source *source, uint32_t events, int64_t now)
{
	(void)events;
	turn(owner_of(source, struct bus_call, source), now);
}

static void
due(struct timer *t, int64_t now)
{
	turn(owner_of(t, struct bus_call, timer), now);
}

/* What it waits for, as epoll says it; sd-bus reckons with CLOCK_MONOTONIC and is
 * asked often enough. */
static void
wait_for_it(struct bus_call *c, int64_t now)
{
	int events = lib.events(c->bus);
	uint32_t wanted = 0;

	if (events > 0 && events & POLLIN)
		wanted |= EPOLLIN;
	if (events > 0 && events & POLLOUT)
		wanted |= EPOLLOUT;
	loop_change(c->loop, &c->source, wanted);
	loop_arm(c->loop, &c->timer, now + US_PER_S);
}

static void
turn(struct bus_call *c, int64_t now)
{
	int rc = 1;

	while (rc > 0 && !c->answered)
		rc = lib.process(c->bus, NULL);
	if (!c->answered && rc < 0)
		snprintf(c->why, sizeof(c->why), "the system bus: %s", strerrordesc_np(-rc));
	if (c->answered || rc < 0)
		end(c, now);
	else
		wait_for_it(c, now);
}

/* 0: the question may be put. */
static int
begin(struct bus_call *c, struct loop *loop)
{
	sd_bus *bus = NULL;
	int rc;

	c->loop = loop;
	c->bus = NULL;
	c->answered = false;
	c->why[0] = '\0';
	c->source.ready = ready;
	c->timer.fire = due;
	if (!load()) {
		snprintf(c->why, sizeof(c->why), LIBRARY " cannot be loaded: install libsystemd0");
		return -1;
	}
	rc = lib.open(&bus);
	if (rc < 0) {
		snprintf(c->why, sizeof(c->why), "there is no system bus: %s",
		    strerrordesc_np(-rc));
		return -1;
	}
	lib.limit(bus, LIMIT);
	c->bus = bus;
	return 0;
}

static int
put(struct bus_call *c, int rc, int64_t now)
{
	if (rc >= 0) {
		c->source.fd = lib.fd(c->bus);
		rc = c->source.fd < 0 ? c->source.fd :
		    loop_add(c->loop, &c->source, EPOLLIN) < 0 ? -errno : 0;
	}
	if (rc < 0) {
		snprintf(c->why, sizeof(c->why), "the system bus: %s", strerrordesc_np(-rc));
		lib.close(c->bus);
		c->bus = NULL;
		return -1;
	}
	loop_arm(c->loop, &c->timer, now);
	return 0;
}

/* Nobody is asked for a password: there is nobody. */
int
bus_call_reboot(struct bus_call *c, struct loop *loop, int64_t now)
{
	if (begin(c, loop) < 0)
		return -1;
	return put(c, lib.call(c->bus, NULL, "org.freedesktop.login1",
	    "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "Reboot", answered,
	    c, "b", 0), now);
}

int
bus_call_restart(struct bus_call *c, struct loop *loop, const char *unit, int64_t now)
{
	if (begin(c, loop) < 0)
		return -1;
	return put(c, lib.call(c->bus, NULL, "org.freedesktop.systemd1",
	    "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "RestartUnit",
	    answered, c, "ss", unit, "replace"), now);
}

void
bus_call_forget(struct bus_call *c)
{
	if (c->bus == NULL)
		return;
	loop_remove(c->loop, &c->source);
	loop_disarm(c->loop, &c->timer);
	lib.close(c->bus);
	c->bus = NULL;
}
