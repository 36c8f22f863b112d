#include "poller.h"

bool
bus_hopeful(const struct bus *bus, int64_t now)
{
	return link_reachable(&bus->link) || (!bus->tried && now < bus->settled);
}

int
bus_errand(struct bus *bus, const struct errand *what)
{
	if (bus->proto->ask == NULL || !bus_hopeful(bus, bus->clock->mono()) ||
	    errands_add(&bus->errands, bus->proto, what) == NULL)
		return -1;
	if (bus->busy == NULL && bus->errands.out == NULL)
		bus_stir(bus);
	return 0;
}

int
bus_ask(struct bus *bus, const struct ask *ask, void (*done)(void *, const struct reply *),
    void *owner)
{
	const struct errand e = { .ask = *ask, .done = done, .owner = owner };

	return bus_errand(bus, &e);
}

void
bus_forget(struct bus *bus, const void *owner)
{
	for (size_t i = 0; i < bus->errands.n; i++) {
		struct errand *e = &bus->errands.at[i];

		if (e->order == 0 || e->owner != owner)
			continue;
		e->may = NULL;
		e->sent = NULL;
		e->done = NULL;
		if (e != bus->errands.out)
			e->order = 0;
	}
	if (bus->quiet_owner == owner)
		bus->quiet = NULL;
}
