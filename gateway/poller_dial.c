#include <stdio.h>

#include "poller.h"

/* Whoever is asked now decides too. */
void
bus_prove(struct link *link, int64_t now)
{
	struct bus *bus = link->owned_by;

	if (bus->busy == NULL && bus->errands.out == NULL && bus->nstations > 0)
		bus_wake(bus, &bus->stations[0], now);
}

void
bus_duplicate(struct link *link, const char *from, int64_t now)
{
	struct bus *bus = link->owned_by;
	char who[NAME_MAX_BYTES + 8];

	snprintf(who, sizeof(who), "link %s", link->conf->name);
	pipeline_warn(bus->pipeline, who,
	    "duplicate identity: %s called as %s, which answers on its line", from,
	    link->conf->identity);
	pipeline_duplicate(bus->pipeline, link->conf->name, now);
}
