#include <stdio.h>

#include "../log.h"
#include "poller.h"

void
bus_tend_suspension(struct bus *bus, int64_t now)
{
	void (*quiet)(void *, int64_t) = bus->quiet;

	if (!bus->suspended)
		return;
	if (now >= bus->resume_at) {
		log_warn("%s: polls resumed: the time for a suspension is over",
		    bus->link.conf->name);
		bus_resume(bus);
	} else if (quiet != NULL && bus->busy == NULL && bus->errands.out == NULL) {
		bus->quiet = NULL;
		quiet(bus->quiet_owner, now);
	}
}

/* Who borrows the line has it to himself, and feeds nothing. */
static bool
needs_feeding(const struct device *d, int64_t most)
{
	const struct watchdog *w = &d->profile->watchdog;

	return w->function != 0 && w->timeout - w->period <= most;
}

int
bus_suspend(struct bus *bus, int64_t most, void (*quiet)(void *, int64_t now), void *owner,
    char *why, size_t n)
{
	if (bus->suspended) {
		snprintf(why, n, "the line is suspended already");
		return -1;
	}
	for (size_t i = 0; i < bus->nstations; i++) {
		const struct device *d = bus->stations[i].device;

		if (needs_feeding(d, most)) {
			snprintf(why, n, "the watchdog of %s would run out", d->conf.name);
			return -1;
		}
		if (!pipeline_guards(bus->pipeline, d))
			continue;
		snprintf(why, n, "a rule of class life watches %s", d->conf.name);
		return -1;
	}
	log_info("%s: polls suspended", bus->link.conf->name);
	bus->suspended = true;
	bus->resume_at = bus->clock->mono() + most;
	bus->quiet = quiet;
	bus->quiet_owner = owner;
	if (bus->busy == NULL && bus->errands.out == NULL)
		bus_stir(bus);
	return 0;
}

bool
bus_suspended_by(const struct bus *bus, const void *owner)
{
	return bus->suspended && bus->quiet_owner == owner;
}

void
bus_release(struct bus *bus)
{
	errands_lose(&bus->errands, bus->clock->mono());
	link_stop(&bus->link);
}

/* A cycle that was cut short begins anew. */
void
bus_resume(struct bus *bus)
{
	if (!bus->suspended)
		return;
	bus->suspended = false;
	bus->quiet = NULL;
	for (size_t i = 0; i < bus->nstations; i++)
		bus->stations[i].running = false;
	log_info("%s: polls go on", bus->link.conf->name);
	if (bus->link.state == LINK_CLOSED && bus->link.retry.place == 0 && !bus->link.resting) {
		bus->tried = false;
		bus->settled = bus->clock->mono() + SETTLE;
		link_start(&bus->link, bus->link.loop, bus->clock->mono());
	}
	bus_stir(bus);
}
