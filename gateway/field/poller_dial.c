#include <stdio.h>

#include "poller.h"

/* Who answered last: silence of one that is dead, or asked for no more, says
 * nothing of the line. */
static struct station *
likeliest(struct bus *bus)
{
	struct station *best = NULL;

	for (size_t i = 0; i < bus->nstations; i++) {
		struct station *st = &bus->stations[i];

		if (!st->asleep && st->device->nblocks > 0 &&
		    (best == NULL || st->failures < best->failures))
			best = st;
	}
	return best;
}

/* Whoever is asked now decides too. */
void
bus_prove(struct link *link, int64_t now)
{
	struct bus *bus = link->owned_by;
	struct station *st = likeliest(bus);

	if (st == NULL || bus->busy == st)
		return;
	st->probe_at = 0;
	station_early(st, now);
	bus_stir(bus);
}

void
bus_duplicate(struct link *link, const char *from, int64_t now)
{
	struct bus *bus = link->owned_by;
	char who[WHO_BYTES];

	pipeline_warn(bus->pipeline, bus_who(bus, who),
	    "duplicate identity: %s called as %s, which answers on its line", from,
	    link->conf->identity);
	pipeline_duplicate(bus->pipeline, link->conf->name, now);
}
