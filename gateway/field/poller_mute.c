#include "poller.h"

/* Who is asked, and does not answer: all of them, and at least one. */
static bool
all_dark(const struct bus *bus)
{
	size_t asked = 0;

	for (size_t i = 0; i < bus->nstations; i++) {
		const struct station *st = &bus->stations[i];

		if (st->asleep || st->device->nblocks == 0)
			continue;
		if (!station_dark(st))
			return false;
		asked++;
	}
	return asked > 0;
}

/* A converter or a server that takes the connection may have lost all that is
 * behind it.  That the line comes up anew says nothing: only an answer does. */
void
bus_tell_mute(struct bus *bus, const struct station *st, int64_t now)
{
	bool mute = bus->mute;

	if (st->running)
		return;
	if (st->heard)
		mute = false;
	else if (all_dark(bus))
		mute = true;
	if (mute == bus->mute)
		return;
	bus->mute = mute;
	pipeline_mute(bus->pipeline, st->device, mute, now);
}

void
bus_tell_mute_again(struct bus *bus, const struct station *st, int64_t now)
{
	if (bus->mute)
		pipeline_mute(bus->pipeline, st->device, true, now);
}
