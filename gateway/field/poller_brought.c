#include <string.h>

#include "../../devices/push.h"
#include "../../protocols/payload.h"
#include "../../protocols/pushed.h"
#include "../link/repeats.h"
#include "../room.h"
#include "poller.h"

/* Messages in which several units may have a say. */

#define VALUES		2048	/* for one unit: a message of 16 KiB holds no more */
#define KEYS		1024	/* of one profile */

/* The keys of its points that look into bytes; others need not be known. */
static size_t
keys_of(const struct profile *p, const char **keys)
{
	size_t n = 0;

	for (size_t i = 0; i < p->nkeys && n < KEYS; i++) {
		const char *key = p->points[p->keys[i]].push, *place = strchr(key, '#');

		if (place != NULL)
			keys[n++] = key;
	}
	return n;
}

static const char *
unit_of(const struct device *d)
{
	return d->conf.unit != NULL && d->conf.unit[0] != '\0' ? d->conf.unit : d->profile->unit;
}

struct told {
	struct push	 at[VALUES];
	size_t		 n;
	struct payload_want want;
	const char	*key;		/* the first that it says for that unit; NULL */
};

/* What a message says for one of its stations, until the next call. */
static struct told *
told_to(const struct payload *payload, const struct station *st)
{
	static const char *keys[KEYS];		/* one loop, one message at a time */
	static struct told told;
	const struct device *d = st->device;
	const char *unit = unit_of(d);

	told.want = (struct payload_want){ .unit = unit != NULL ? unit : "", .keys = keys,
	    .nkeys = keys_of(d->profile, keys) };
	told.n = payload_pick(payload, &told.want, told.at, VALUES);
	told.key = told.n == 0 ? payload_says(payload, told.want.unit) : NULL;
	return &told;
}

static bool
hears_any(const struct station *st, const struct told *told)
{
	for (size_t i = 0; i < told->n; i++)
		if (device_hears(st->device, &told->at[i]))
			return true;
	return false;
}

/* With which the message ends: it is whole only when that is stored. */
static size_t
last_of(const struct bus *bus, const struct payload *payload)
{
	size_t i = bus->nstations;

	if (i <= 1)
		return 0;
	while (i > 0 && !hears_any(&bus->stations[i - 1], told_to(payload, &bus->stations[i - 1])))
		i--;
	return i > 0 ? i - 1 : 0;
}

bool
bus_knows_again(const struct bus *bus)
{
	return bus->nstations > 0 && (bus->proto->knew != NULL || bus->proto == &pushed);
}

static void
remember(struct bus *bus, const struct repeat *is, uint64_t seq, int64_t taken)
{
	if (bus->repeats == NULL)
		bus->repeats = room_for(1, sizeof(*bus->repeats));
	repeats_take(bus->repeats, is, seq, taken);
}

void
bus_knew(struct bus *bus, uint64_t print, int64_t time, int64_t taken)
{
	const struct repeat was = { .print = print, .time = time };

	if (bus->proto->knew != NULL)
		bus->proto->knew(bus->session, print);
	else
		remember(bus, &was, 0, taken);
}

/* One that is known says only that they are there. */
enum brought_verdict
bus_brought(struct link *link, const struct payload *payload, const struct repeat *is,
    int64_t now, uint64_t *seq)
{
	struct bus *bus = link->owned_by;
	enum brought_verdict verdict = BROUGHT_NOBODY;
	uint64_t before = 0;
	bool known = bus->repeats != NULL && repeats_know(bus->repeats, is, now, &before);
	size_t last = known ? 0 : last_of(bus, payload);

	*seq = before;
	for (size_t i = 0; i < bus->nstations; i++) {
		const struct told *told = told_to(payload, &bus->stations[i]);
		const char *unit = told->want.unit[0] != '\0' ? told->want.unit : NULL;
		uint64_t upto;

		if (told->n == 0) {
			if (told->key != NULL && verdict == BROUGHT_NOBODY)
				verdict = BROUGHT_NO_POINT;
			if (told->key != NULL)
				bus_no_point(bus, &bus->stations[i], told->key, now);
			continue;
		}
		if (!bus_push_last(bus, unit, told->at, known ? 0 : told->n,
		    i == last ? is->print : 0, now, &upto))
			return BROUGHT_LOST;
		*seq = upto > *seq ? upto : *seq;
		verdict = BROUGHT_TAKEN;
	}
	if (!known && verdict == BROUGHT_TAKEN && *seq != 0)
		remember(bus, is, *seq, now);
	return verdict;
}
