#include <stdlib.h>
#include <string.h>

#include "../../devices/push.h"
#include "../room.h"
#include "poller.h"

/* A device that is out of service as a whole is never asked. */
static bool
is_on(const struct device *d, const struct link_conf *link)
{
	return d->nblocks > 0 && strcmp(d->conf.link, link->name) == 0;
}

static size_t
nth(const struct link_conf *link, size_t i)
{
	return link->devices != NULL ? link->devices[i] : i;
}

void
bus_take_stations(struct bus *bus, struct device *devices, size_t n)
{
	const struct link_conf *conf = bus->link.conf;
	size_t k = 0, most = conf->devices != NULL ? conf->ndevices : n;

	bus->nstations = 0;
	for (size_t i = 0; i < most; i++)
		bus->nstations += is_on(&devices[nth(conf, i)], conf);
	bus->stations = room_for(bus->nstations, sizeof(*bus->stations));
	for (size_t i = 0; i < most; i++) {
		struct device *d = &devices[nth(conf, i)];

		if (!is_on(d, conf))
			continue;
		bus->stations[k].blocks = room_for(d->max_blocks,
		    sizeof(*bus->stations[k].blocks));
		if (bus->proto->ask == NULL)
			bus->stations[k].clock = room_for(1, sizeof(*bus->stations[k].clock));
		bus->stations[k++].device = d;
	}
}

/* The phases of the devices are spread over their periods, so that a line is
 * loaded evenly; a phase that was configured is kept. */
void
bus_begin_station(struct bus *bus, size_t i, int64_t now)
{
	struct station *st = &bus->stations[i];
	struct device *d = st->device;
	int64_t phase = d->conf.phase >= 0 ? d->conf.phase :
	    d->conf.period * (int64_t)i / (int64_t)bus->nstations;

	if (d->profile->pushes)
		phase = device_silence(d);

	station_init(st, d, now + phase);	/* of one that tells: until when */
	if (bus->splits != NULL)
		st->splits = splits_count(bus->splits, d);
}

/* The one that goes on here; NULL: none does. */
static struct station *
station_of(struct station *stations, size_t n, const struct device *d)
{
	for (size_t i = 0; i < n && d != NULL; i++)
		if (stations[i].device == d)
			return &stations[i];
	return NULL;
}

static void
go_on(struct bus *bus, size_t i, struct station *old)
{
	struct station *st = &bus->stations[i];
	struct device *d = st->device;

	if (bus->busy == old)
		bus->busy = st;
	free(st->blocks);
	free(st->clock);
	*st = *old;
	st->device = d;
	old->blocks = NULL;
	old->history = NULL;
	old->clock = NULL;
	old->settings = NULL;
}

/* Its line is up or down already, and nobody would tell it. */
static void
tell_line(struct bus *bus, const struct station *st, bool fresh, int64_t now)
{
	bool down = !link_reachable(&bus->link);

	if (st->device->profile->pushes)
		down = down && station_dark(st);	/* it may only be between two calls */
	if (bus->tried && (fresh || down))
		pipeline_link(bus->pipeline, st->device, down, now);
}

void
bus_renew(struct bus *bus, const struct link_conf *conf, struct device *devices, size_t n,
    const struct device *const *twins, int64_t now)
{
	struct station *old = bus->stations, *busy = bus->busy, *asked = bus->asked;
	size_t nold = bus->nstations;

	bus->link.conf = conf;
	bus->busy = bus->asked = NULL;
	bus_take_stations(bus, devices, n);
	for (size_t i = 0; i < bus->nstations; i++) {
		struct device *d = bus->stations[i].device;
		struct station *was = station_of(old, nold, twins[d - devices]);

		if (was != NULL && was == busy)
			bus->busy = was;
		if (was != NULL && was == asked)
			bus->asked = &bus->stations[i];
		if (was != NULL)
			go_on(bus, i, was);
		else
			bus_begin_station(bus, i, now);
		station_probes(&bus->stations[i], bus->nstations > 1,
		    pipeline_guards(bus->pipeline, d));
		tell_line(bus, &bus->stations[i], was == NULL, now);
		bus_tell_mute_again(bus, &bus->stations[i], now);
		if (bus->suspended && pipeline_guards(bus->pipeline, d))
			bus->resume_at = now;
	}
	if (asked != NULL && bus->asked == NULL) {	/* it went */
		bus->asked = asked;
		bus_request_over(bus);
	}
	for (size_t i = 0; i < nold; i++) {
		free(old[i].blocks);
		free(old[i].history);
		free(old[i].clock);
		free(old[i].settings);
	}
	free(old);
	bus_stir(bus);
}
