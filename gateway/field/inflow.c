#include "../log.h"
#include "inflow.h"

#define TURN		256	/* messages before others have theirs */
#define STUCK		(5 * US_PER_S)

static bool
any_station(const struct bus *bus, bool (*so)(const struct pipeline *, const struct device *))
{
	for (size_t i = 0; i < bus->nstations; i++)
		if (so(bus->pipeline, bus->stations[i].device))
			return true;
	return false;
}

static bool
is_stuck(const struct inflow *in, int64_t now)
{
	return in->full_since != 0 && now >= in->full_since + STUCK;
}

bool
inflow_admits(const struct inflow *in, const struct bus *bus, size_t bytes)
{
	if (in->waiting == 0 && pipeline_admits(in->pipeline, bytes))
		return true;
	return any_station(bus, pipeline_guards);
}

bool
inflow_room(struct inflow *in, size_t bytes, int64_t now)
{
	if (pipeline_admits(in->pipeline, bytes) || is_stuck(in, now))
		return true;
	in->full_since = in->full_since == 0 ? now : in->full_since;
	return false;
}

static void
append(struct inflow *in, struct bus *bus)
{
	struct bus **last = &in->last[bus->watched ? INFLOW_WATCHED : INFLOW_OTHERS];
	struct bus **first = &in->first[bus->watched ? INFLOW_WATCHED : INFLOW_OTHERS];

	bus->next_waiting = NULL;
	*(*first != NULL ? &(*last)->next_waiting : first) = bus;
	*last = bus;
}

static void
take_out(struct inflow *in, struct bus *bus)
{
	enum inflow_rank rank = bus->watched ? INFLOW_WATCHED : INFLOW_OTHERS;
	struct bus *before = NULL, **at = &in->first[rank];

	while (*at != NULL && *at != bus) {
		before = *at;
		at = &before->next_waiting;
	}
	if (*at == NULL)
		return;
	*at = bus->next_waiting;
	if (in->last[rank] == bus)
		in->last[rank] = before;
}

static bool
is_watched(const struct pipeline *p, const struct device *d)
{
	return !pipeline_skippable(p, d);
}

void
inflow_wait(struct inflow *in, struct bus *bus, int64_t now)
{
	if (bus->waits)
		return;
	bus->waits = true;
	bus->waits_since = now;
	bus->watched = any_station(bus, is_watched);
	append(in, bus);
	in->waits++;
	link_hold(&bus->link);
	in->full_since = in->full_since == 0 ? now : in->full_since;
	if (in->waiting++ == 0 || is_stuck(in, now))
		loop_arm(in->loop, &in->turn, in->full_since + STUCK);
}

static void
left(struct inflow *in, struct bus *bus)
{
	bus->waits = false;
	if (--in->waiting > 0)
		return;
	loop_disarm(in->loop, &in->turn);
	if (in->told)
		pipeline_note(in->pipeline, "store", "takes again what is told");
	in->told = false;
}

void
inflow_leave(struct inflow *in, struct bus *bus)
{
	if (!bus->waits)
		return;
	take_out(in, bus);
	left(in, bus);
}

static void
tell_stuck(struct inflow *in)
{
	if (in->told)
		return;
	in->told = true;
	pipeline_warn(in->pipeline, "store", "full: %zu lines wait to be heard, and what waits "
	    "is not acknowledged", in->waiting);
}

/* The line whose turn it is; NULL: none may go yet. */
static struct bus *
next(const struct inflow *in, int64_t now)
{
	struct bus *bus = in->first[INFLOW_WATCHED];

	if (bus != NULL && is_stuck(in, now))
		return bus;
	if (bus == NULL)
		bus = in->first[INFLOW_OTHERS];
	return bus != NULL && pipeline_admits(in->pipeline, bus->out.rest.n) ? bus : NULL;
}

/* One message of each, round and round.  One that owes all it can waits on. */
static void
turn(struct timer *t, int64_t now)
{
	struct inflow *in = owner_of(t, struct inflow, turn);
	bool stuck = is_stuck(in, now), heard = false;
	struct bus *bus = NULL;

	if (stuck)
		tell_stuck(in);
	for (size_t n = in->waiting < TURN ? in->waiting : TURN;
	    n > 0 && (bus = next(in, now)) != NULL; n--) {
		bool hears = stuck || bus->nowed < OWED_MAX;

		take_out(in, bus);
		heard |= hears;
		if (!hears || bus_hear_on(bus, now)) {
			append(in, bus);
			continue;
		}
		if (!bus->waits)	/* it broke, and left by itself */
			continue;
		left(in, bus);
		bus_waited(bus, now);
	}
	if (in->waiting > 0)
		loop_arm(in->loop, t, bus != NULL && heard ? now : stuck ? INT64_MAX :
		    in->full_since + STUCK);
}

void
inflow_grew(struct inflow *in, int64_t now)
{
	in->full_since = in->waiting > 0 ? now : 0;
	if (in->waiting > 0)
		loop_arm(in->loop, &in->turn, now);
}

void
inflow_begin(struct inflow *in, struct loop *loop, struct pipeline *pipeline)
{
	*in = (struct inflow){ .loop = loop, .pipeline = pipeline, .turn = { .fire = turn } };
}

void
inflow_end(struct inflow *in)
{
	if (in->loop != NULL)
		loop_disarm(in->loop, &in->turn);
}
