#include <stdlib.h>
#include <string.h>

#include "../../devices/push.h"
#include "../hash.h"
#include "poller.h"

/* What an instrument stamps tells of its clock, too: one that stands still stamps the
 * same moment for ever, and one that was set back a moment that was before.  What is
 * sent again later is neither: it says so, or was sent by a clock that goes on, or comes
 * beside what is of now, or faster than it was measured. */

#define STILL		(3 * 60 * US_PER_S)
#define STILL_MINUTES	(20 * 60 * US_PER_S)	/* where stamps are cut to minutes ... */
#define STILL_HOURS	(65 * 60 * US_PER_S)	/* ... and to hours */
#define TURNED		(60 * US_PER_S)	/* so long it must have gone on from there */
#define OTHERS		3		/* messages that make it sure */
#define JITTER		2000		/* ms on the way, and a tenth of the time */
#define HOURLY		(3600 * US_PER_S)

static int64_t
newest(const struct out *out)
{
	int64_t time = 0;

	for (size_t i = 0; i < out->npushes; i++)
		if (out->pushes[i].time > time)
			time = out->pushes[i].time;
	return time;
}

/* A digest of the factors of a message, or of their figures. */
static uint32_t
digest_of(const struct out *out, bool figures)
{
	uint64_t h = HASH_BEGIN;

	for (size_t i = 0; i < out->npushes; i++) {
		const struct push *p = &out->pushes[i];
		const char *text = figures ? p->text : p->key;

		h = hash_name(h, text != NULL ? text : "");
	}
	return (uint32_t)(h >> 32);
}

static int64_t
patience(int64_t stamp)
{
	return stamp % 3600000 == 0 ? STILL_HOURS : stamp % 60000 == 0 ? STILL_MINUTES : STILL;
}

static bool
is_right(const struct bus *bus, int64_t time)
{
	return bus->pipeline->trusted && llabs((long long)(bus->clock->wall() - time)) <=
	    bus->link.conf->clock_bound / 1000;
}

/* It is asked at once, where it is asked at all. */
static void
doubt(struct station *st, int64_t now)
{
	struct station_clock *c = st->clock;

	c->doubted = true;
	if (now - c->asked >= HOURLY || c->asked == 0)
		c->due = now;
}

/* By what it says of the moment at which it spoke; some only count there. */
static bool
is_later(struct station_clock *c, const struct out *out, int64_t now)
{
	bool later = out->sent > c->sent &&
	    out->sent - c->sent >= (now - c->sent_at) / 2000;

	if (out->sent > c->sent) {
		c->sent = out->sent;
		c->sent_at = now;
	}
	return later;
}

static void
go_on(struct bus *bus, struct station *st, const struct out *out, int64_t time, int64_t now)
{
	struct station_clock *c = st->clock;

	if (c->doubted && is_right(bus, time)) {
		c->doubted = false;
		pipeline_note(bus->pipeline, st->device->conf.name,
		    "clock is right again, by what it stamps");
	}
	c->stamp = time;
	c->stood = now;
	c->turned = 0;
	c->others = 0;
	c->factors = digest_of(out, false);
	c->figures = digest_of(out, true);
	is_later(c, out, now);
}

static void
stand(struct bus *bus, struct station *st, const struct out *out, int64_t now)
{
	struct station_clock *c = st->clock;
	uint32_t figures = digest_of(out, true);

	/* the same once more is one that has not measured again */
	if (digest_of(out, false) != c->factors || figures == c->figures)
		return;
	c->figures = figures;
	if (c->others < OTHERS)
		c->others++;
	if (c->doubted || c->others < OTHERS || now - c->stood < patience(c->stamp))
		return;
	doubt(st, now);
	pipeline_warn(bus->pipeline, st->device->conf.name, "clock stands still: for %lld s it "
	    "stamps the same moment, and other figures", (long long)((now - c->stood) / US_PER_S));
}

static bool
goes_along(const struct station_clock *c, int64_t time, int64_t now)
{
	int64_t ours = (now - c->turned) / 1000, its = time - c->back;

	return llabs((long long)(its - ours)) <= JITTER + ours / 10;
}

static void
turn(struct bus *bus, struct station *st, const struct out *out, int64_t time, int64_t now)
{
	struct station_clock *c = st->clock;
	int64_t by;

	if (is_later(c, out, now))
		return;			/* its clock goes on: this is what it kept */
	if (c->turned == 0 || !goes_along(c, time, now)) {
		c->turned = now;
		c->back = time;
		c->others = 0;
		return;
	}
	if (++c->others < OTHERS || now - c->turned < TURNED)
		return;
	by = c->stamp + (now - c->stood) / 1000 - time;
	c->newest = c->sent = 0;
	go_on(bus, st, out, time, now);
	if (is_right(bus, time)) {
		pipeline_note(bus->pipeline, st->device->conf.name,
		    "clock was set back by %lld s, and is right now", (long long)by / 1000);
		return;
	}
	doubt(st, now);
	pipeline_warn(bus->pipeline, st->device->conf.name, "clock was set back by %lld s, by "
	    "what it stamps", (long long)by / 1000);
}

void
bus_stamps(struct bus *bus, struct station *st, const struct out *out, int64_t now)
{
	struct station_clock *c = st->clock;
	int64_t time = newest(out);

	/* what it tells of past periods, or of one moment in pieces, says nothing */
	if (out->told == 0 || out->again || out->part || time == 0)
		return;
	if (time > c->stamp)
		go_on(bus, st, out, time, now);
	else if (time == c->stamp)
		stand(bus, st, out, now);
	else
		turn(bus, st, out, time, now);
}
