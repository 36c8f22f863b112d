#include <stdlib.h>

#include "../../devices/push.h"
#include "poller.h"

/* The clock of one that tells by itself may be slow: all that it tells is then too
 * old for rules.  A clock that is slow goes forward with ours; what comes late, for
 * the line was down, comes faster than it was measured. */

#define PROOF		(5 * US_PER_S)	/* so long it must have gone with ours */
#define JITTER		2000		/* ms on the way, and a tenth of the time ... */
#define JITTER_MAX	10000		/* ... up to this */
#define LEAP		30000		/* ms: the clock was set, or the line was down */
#define AGAIN		(3600 * US_PER_S)

static int64_t
newest(const struct push *pushes, size_t n)
{
	int64_t time = 0;

	for (size_t i = 0; i < n; i++)
		if (pushes[i].time > time)
			time = pushes[i].time;
	return time;
}

static bool
goes_along(const struct station_clock *c, int64_t time, int64_t now)
{
	int64_t ours = (now - c->since) / 1000, its = time - c->from;
	int64_t jitter = ours / 10 < JITTER_MAX ? ours / 10 : JITTER_MAX;

	return llabs((long long)(its - ours)) <= JITTER + jitter;
}

static void
begin(struct station_clock *c, int64_t time, int64_t now)
{
	c->steady = c->old = false;
	c->from = time;
	c->since = now;
}

/* Is it known what its clock says, if this is of now? */
static bool
look(struct station_clock *c, int64_t time, int64_t behind, int64_t now)
{
	if (c->steady ? llabs((long long)(behind - c->behind)) > LEAP :
	    c->since == 0 || !goes_along(c, time, now))
		begin(c, time, now);
	else if (now - c->since >= PROOF)
		c->steady = true;
	c->behind = behind;
	return c->steady;
}

static void
warn(struct bus *bus, struct station *st, bool life, int64_t now)
{
	struct station_clock *c = st->clock;

	if (c->warned != 0 && now - c->warned < AGAIN)
		return;
	c->warned = now;
	pipeline_warn(bus->pipeline, st->device->conf.name, "clock is %lld s behind that of the "
	    "gateway%s: %s; set its clock, or max_age of the rules", (long long)c->behind / 1000,
	    bus->pipeline->trusted ? "" : ", which is not trusted", life ?
	    "what rules of class life watch is taken as of its arrival, rules pass over all "
	    "else" : "no rule sees its figures, for they are older than max_age");
}

/* How old what is of then may be for a rule, us; INT64_MAX: none looks at it. */
static int64_t
least_age(const struct bus *bus, const struct station *st, const struct push *pushes, size_t n,
    int64_t time, bool life)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct point *p = push_point(st->device->profile, pushes[i].key);
		int64_t age;

		if (p == NULL || pushes[i].time != time)
			continue;
		age = rules_max_age(bus->pipeline->rules,
		    st->device->taps[p - st->device->profile->points].series, life);
		least = age < least ? age : least;
	}
	return least;
}

int64_t
bus_behind(struct bus *bus, struct station *st, const struct push *pushes, size_t n,
    int64_t now)
{
	struct station_clock *c = st->clock;
	int64_t time = newest(pushes, n), age;

	/* of a clock that was set back nothing newer comes */
	if (time == 0 || (time < c->newest && now - c->came < device_silence(st->device)))
		return 0;
	c->newest = time;
	c->came = now;
	if (!look(c, time, bus->clock->wall() - time, now) || c->behind <= 0) {
		c->old = false;
		return 0;
	}
	age = least_age(bus, st, pushes, n, time, false);
	if (age != INT64_MAX)		/* else nothing hangs on what it told now */
		c->old = c->behind * 1000 > age;
	if (c->behind * 1000 > age)
		warn(bus, st, c->behind * 1000 > least_age(bus, st, pushes, n, time, true), now);
	return time;
}
