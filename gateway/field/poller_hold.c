#include <string.h>

#include "poller.h"

/* Each question that a unit leaves without an answer holds the line for its time-out.
 * The first two go at once, for a frame may be lost; from then on polls have the line
 * for three times as long between them, or the question goes where no poll is due until
 * it is over. */
#define SHARE		3
#define OVERTIME	2	/* of an overloaded line, where some poll is always due */

static struct station *
station_of(const struct bus *bus, const struct ask *ask)
{
	for (size_t i = 0; i < bus->nstations; i++)
		if (memcmp(bus->stations[i].device->address, ask->address,
		    sizeof(ask->address)) == 0)
			return &bus->stations[i];
	return NULL;
}

static bool
is_well(const struct bus *bus, const struct ask *ask)
{
	const struct station *st = station_of(bus, ask);

	return st != NULL && st->failures == 0 && !st->deaf;
}

static int64_t
next_poll(const struct bus *bus)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < bus->nstations; i++) {
		int64_t at = station_wants(&bus->stations[i]);

		next = at < next ? at : next;
	}
	return next;
}

void
bus_missed(struct bus *bus, const struct ask *ask, const struct reply *reply)
{
	struct station *st = station_of(bus, ask);
	struct hold *h = &bus->hold;
	bool was_well = is_well(bus, ask);

	if (st != NULL)
		st->deaf = reply->status == REPLY_TIMEOUT;
	if (reply->status == REPLY_TIMEOUT) {
		h->missed++;
		h->took = reply->heard - reply->asked;
		h->until = reply->heard + (h->missed > 1 ? SHARE : 1) * h->took;
	} else if (!was_well) {
		*h = (struct hold){ .missed = 0 };
	}
}

static bool
holds(const struct bus *bus, int64_t now)
{
	const struct hold *h = &bus->hold;

	return h->missed > 0 && !bus->suspended && now < h->until + OVERTIME * h->took;
}

/* Then *until says when it may go at the latest. */
static bool
is_held(const struct bus *bus, const struct ask *ask, int64_t now, int64_t *until)
{
	const struct hold *h = &bus->hold;
	int64_t next;

	if (!holds(bus, now) || is_well(bus, ask))
		return false;
	next = next_poll(bus);
	if (next - now >= h->took || (now >= h->until && next > now))
		return false;
	*until = now < h->until ? h->until : h->until + OVERTIME * h->took;
	return true;
}

/* What is held is looked at anew each time: a poll may have gone meanwhile. */
struct errand *
bus_pick(struct bus *bus, int64_t now, int64_t *until)
{
	struct errand *e;

	errands_release(&bus->errands);
	while ((e = errands_pick(&bus->errands, now, until)) != NULL &&
	    is_held(bus, &e->ask, now, &e->later))
		e->held = true;
	return e;
}
