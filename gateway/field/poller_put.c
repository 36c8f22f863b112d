#include "poller.h"

/* How long an answer is waited for at least (us).  A last try has more time than its
 * time-out while nobody else wants the line: giving up would gain nothing, and what
 * comes later is worth as much.  No command waits for it longer than two of the
 * longest time-outs. */
static int64_t
patience(struct bus *bus, const struct station *st, bool loopback, int64_t now)
{
	int64_t bar = bus->proto->ids || loopback ? 0 : bus->link.conf->max_late;
	int64_t until = station_patience(st, bar, now), wants;
	int64_t most = now + 2 * bus->link.conf->timeout_max;

	errands_pick(&bus->errands, now, &wants);
	most = wants < most ? wants : most;
	for (size_t i = 0; i < bus->nstations; i++) {
		wants = station_wants(&bus->stations[i]);
		if (&bus->stations[i] != st && wants < most)
			most = wants;
	}
	return (until < most ? until : most) - now;
}

struct trial {
	struct bus	*bus;
	struct ask	*ask;
	int64_t		 now, blind;
	int64_t		 until;		/* of those barred the first may go */
	bool		 stuck;		/* the line is not ready for any */
};

static bool
try(struct trial *t)
{
	struct out *out = &t->bus->out;

	if (t->stuck)
		return false;
	bus_clear(t->bus);
	if (t->bus->proto->ask(t->bus->session, t->ask, t->now, out))
		return true;
	t->until = out->deadline < t->until ? out->deadline : t->until;
	t->stuck = !out->barred;
	return false;
}

static bool
fits(void *owner, const struct slice *slice, bool makeshift)
{
	struct trial *t = owner;

	t->ask->number = slice->first;
	t->ask->count = slice->count;
	t->ask->blind = makeshift ? t->blind : 0;
	return try(t);
}

/* What cannot be asked for in slices is asked for as it is, in the end. */
static bool
try_slices(struct trial *t, struct station *st)
{
	struct slice slice = slice_whole(st->device, st->block);
	struct ask whole = *t->ask;

	if (slices_find(st->device, st->block, st->slice.from, fits, t, &slice)) {
		st->slice = slice;
		return true;
	}
	*t->ask = whole;
	t->ask->blind = t->blind;
	return st->slice.from == 0 && try(t);
}

bool
bus_put(struct bus *bus, struct station *st, struct ask *ask, int64_t now)
{
	struct trial t = { .bus = bus, .ask = ask, .now = now, .until = INT64_MAX,
	    .blind = station_blind(st) };
	int64_t wait = patience(bus, st, ask->loopback, now);

	if (ask->timeout < wait)
		ask->timeout = wait;
	if ((st->slice.from == 0 && try(&t)) || (t.blind > 0 && try_slices(&t, st)))
		return true;
	bus->out.barred = !t.stuck;
	bus->out.deadline = t.until;
	return false;
}
