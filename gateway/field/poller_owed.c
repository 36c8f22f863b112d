#include <stdlib.h>
#include <string.h>

#include "../link/repeats.h"
#include "poller.h"

/* Acknowledgements that wait until what they are for is durable. */

static void
pay(struct bus *bus, uint64_t token, const uint8_t *receipt, size_t n, int64_t now)
{
	bus->proto->stored(bus->session, token);
	if (n > 0 && bus->link.state == LINK_UP)
		link_send(&bus->link, receipt, n, now);
}

void
bus_owe(struct bus *bus, uint64_t token, const struct buf *receipt, uint64_t seq, int64_t now)
{
	struct owed **at = &bus->owed, *o;

	if (seq == 0) {
		pay(bus, token, receipt->at, receipt->len, now);
		return;
	}
	if (bus->owing == NULL || bus->nowed == OWED_MAX ||
	    (o = malloc(sizeof(*o) + receipt->len)) == NULL)
		return;
	*o = (struct owed){ .token = token, .seq = seq, .n = receipt->len };
	memcpy(o->bytes, receipt->at, receipt->len);
	while (*at != NULL)
		at = &(*at)->next;
	*at = o;
	bus->nowed++;
	if (bus->owes)
		return;
	bus->owes = true;
	bus->next_owing = *bus->owing;
	*bus->owing = bus;
}

bool
bus_owes(const struct bus *bus, uint64_t token)
{
	for (const struct owed *o = bus->owed; o != NULL; o = o->next)
		if (o->token == token)
			return true;
	return false;
}

static struct owed *
take_oldest(struct bus *bus)
{
	struct owed *o = bus->owed;

	bus->owed = o->next;
	bus->nowed--;
	return o;
}

static void
forget_owed(struct bus *bus)
{
	while (bus->nowed > 0)
		free(take_oldest(bus));
}

void
bus_owes_nothing(struct bus *bus)
{
	struct bus **at = bus->owing;

	forget_owed(bus);
	while (bus->owes && *at != bus)
		at = &(*at)->next_owing;
	if (bus->owes)
		*at = bus->next_owing;
	bus->owes = false;
}

static bool
tells_from(const struct bus *bus, uint32_t series)
{
	for (size_t i = 0; i < bus->nstations; i++) {
		const struct device *d = bus->stations[i].device;

		for (size_t k = 0; k < d->profile->npoints; k++)
			if (d->taps[k].series >= series)
				return true;
	}
	return false;
}

void
bus_forsaken_repeats(struct bus *bus, uint32_t series, uint64_t durable)
{
	if (bus->repeats != NULL && tells_from(bus, series))
		repeats_forsake(bus->repeats, durable);
}

void
bus_forsaken(struct bus *owing, uint32_t series)
{
	for (struct bus *bus = owing, *next; bus != NULL; bus = next) {
		next = bus->next_owing;
		if (tells_from(bus, series))
			bus_owes_nothing(bus);
	}
}

static void
pay_all(struct bus *bus, uint64_t durable, int64_t now)
{
	while (bus->nowed > 0 && bus->owed->seq <= durable) {
		struct owed *o = take_oldest(bus);

		pay(bus, o->token, o->bytes, o->n, now);
		free(o);
	}
}

void
bus_stored(struct bus **owing, uint64_t durable, int64_t now)
{
	for (struct bus *bus = *owing, *next; bus != NULL; bus = next) {
		next = bus->next_owing;
		pay_all(bus, durable, now);
		if (bus->nowed == 0)
			bus_owes_nothing(bus);
	}
}
