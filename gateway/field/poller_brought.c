#include <string.h>

#include "../../devices/push.h"
#include "../../protocols/payload.h"
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

enum brought_verdict
bus_brought(struct link *link, const struct payload *payload, int64_t now, uint64_t *seq)
{
	static struct push pushes[VALUES];	/* one loop, one message at a time */
	static const char *keys[KEYS];
	struct bus *bus = link->owned_by;
	enum brought_verdict verdict = BROUGHT_NOBODY;

	*seq = 0;
	for (size_t i = 0; i < bus->nstations; i++) {
		const struct device *d = bus->stations[i].device;
		const char *unit = unit_of(d);
		struct payload_want want = { .unit = unit != NULL ? unit : "", .keys = keys,
		    .nkeys = keys_of(d->profile, keys) };
		size_t n = payload_pick(payload, &want, pushes, VALUES);
		uint64_t upto;

		if (n == 0) {
			const char *key = payload_says(payload, want.unit);

			if (key != NULL && verdict == BROUGHT_NOBODY)
				verdict = BROUGHT_NO_POINT;
			if (key != NULL)
				bus_no_point(bus, &bus->stations[i], key, now);
			continue;
		}
		if (!bus_push(bus, want.unit[0] != '\0' ? want.unit : NULL, pushes, n, now, &upto))
			return BROUGHT_LOST;
		*seq = upto > *seq ? upto : *seq;
		verdict = BROUGHT_TAKEN;
	}
	return verdict;
}
