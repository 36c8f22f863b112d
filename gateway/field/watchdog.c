#include <stdio.h>
#include <stdlib.h>

#include "../../conf/span.h"
#include "../../protocols/pdu.h"
#include "../renewal.h"
#include "../room.h"
#include "../text.h"
#include "field.h"
#include "watchdog.h"

#define ACCEPTED	5	/* exception: it will be done */
#define ON_A_BUS	2	/* places for errands; the others are for commands */
#define BLIND_PERIODS	3	/* of a device, as until it is called silent */

static const struct watchdog *
watchdog_of(const struct dog *g)
{
	return &g->device->profile->watchdog;
}

static bool
has_one(const struct device *d)
{
	return d->nblocks > 0 && d->profile->watchdog.function != 0;
}

size_t
watchdogs_timers(const struct config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->ndevices; i++)
		n += has_one(&c->devices[i]);
	return n;
}

/* Is there a point of it that rules hang on and that cannot be read? */
static bool
misses_points(const struct dog *g)
{
	const struct device *d = g->device;

	for (size_t i = 0; i < d->profile->npoints; i++) {
		size_t block = d->taps[i].block;

		if (block < d->nblocks && g->station->blocks[block].code != Q_GOOD &&
		    pipeline_watches(&g->field->pipeline, d->taps[i].series))
			return true;
	}
	return false;
}

/* One poll that is lost is no blindness. */
static bool
is_blind(struct dog *g, int64_t now)
{
	if (!misses_points(g))
		g->blind = 0;
	else if (g->blind == 0)
		g->blind = now;
	return g->blind != 0 && now - g->blind >= BLIND_PERIODS * g->station->period;
}

/* Why it is not to be fed; NULL: all is well. */
static const char *
held_by(struct dog *g, int64_t now)
{
	const struct field_role *f = g->field;

	if (f->gone || f->flush_slow || journal_stats(f->journal)->error != 0)
		return "nothing can be stored";
	if (!pipeline_ready(&f->pipeline))
		return "the store is full";
	if (is_blind(g, now))
		return "its rules miss points that cannot be read";
	if (g->bus->link.state == LINK_UP && !link_obeys(&g->bus->link))
		return "nothing proves who is at the end of its link";
	return NULL;
}

/* Once for each change: the writes themselves are no entries. */
static void
tell_held(struct dog *g, const char *why)
{
	if (g->told == WATCHDOG_HELD)
		return;
	g->told = WATCHDOG_HELD;
	pipeline_warn(&g->field->pipeline, g->device->conf.name,
	    "its watchdog is not fed: %s; it falls into its fail-safe", why);
}

static void
tell_fed(struct dog *g)
{
	char period[32], timeout[32];

	if (g->told == WATCHDOG_FED)
		return;
	g->told = WATCHDOG_FED;
	span_write(watchdog_of(g)->period, period, sizeof(period));
	span_write(watchdog_of(g)->timeout, timeout, sizeof(timeout));
	pipeline_note(&g->field->pipeline, g->device->conf.name,
	    "its watchdog is fed every %s; it falls into its fail-safe after %s without",
	    period, timeout);
}

static void
tell_refused(struct dog *g, unsigned exception)
{
	uint8_t payload[FEED_BYTES];
	struct ask ask;

	if (g->told == WATCHDOG_REFUSED)
		return;
	g->told = WATCHDOG_REFUSED;
	feeding_ask(&g->feeding, watchdog_of(g), g->device->address, payload, &ask);
	pipeline_warn(&g->field->pipeline, g->device->conf.name,
	    "its watchdog cannot be fed: it refuses register 0x%04X: exception %u, %s",
	    (unsigned)ask.number, exception, pdu_exception((uint8_t)exception));
}

static void
tell_lapsed(struct dog *g, int64_t now)
{
	char timeout[32];

	if (g->told == WATCHDOG_HELD || g->told >= WATCHDOG_REFUSED ||
	    !feeding_lapsed(&g->feeding, watchdog_of(g), now))
		return;
	g->told = WATCHDOG_LAPSED;
	span_write(watchdog_of(g)->timeout, timeout, sizeof(timeout));
	pipeline_warn(&g->field->pipeline, g->device->conf.name,
	    "its watchdog was not fed for %s: it does not take it, or cannot be reached; "
	    "it is in its fail-safe by now", timeout);
}

static void
later(struct dog *g)
{
	loop_arm(g->field->loop, &g->timer, g->feeding.due);
}

static void
heard(void *arg, const struct reply *reply)
{
	struct dog *g = arg;
	const struct watchdog *w = watchdog_of(g);
	int64_t now = g->field->pipeline.clock->mono();

	g->out = false;
	if (reply->status == REPLY_OK ||
	    (reply->status == REPLY_EXCEPTION && reply->exception == ACCEPTED)) {
		if (feeding_taken(&g->feeding, w, reply->asked, now))
			tell_fed(g);
	} else if (reply->status == REPLY_EXCEPTION) {
		feeding_refused(&g->feeding, w, now);
		tell_refused(g, reply->exception);
	} else {
		feeding_failed(&g->feeding, w, now);
		tell_lapsed(g, now);
	}
	later(g);
}

/* What was healthy when it was asked may not be so when the line is free. */
static bool
may_go(void *arg, int64_t now)
{
	return held_by(arg, now) == NULL;
}

/* Commands find a place all the same where many devices are fed. */
static bool
has_place(const struct bus *bus)
{
	unsigned n = 0;

	for (size_t i = 0; i < bus->errands.n; i++)
		n += bus->errands.at[i].order != 0 && bus->errands.at[i].done == heard;
	return n < ON_A_BUS;
}

static bool
ask(struct dog *g, int64_t now)
{
	const struct watchdog *w = watchdog_of(g);
	struct errand e = { .expires = now + w->period, .may = may_go, .done = heard,
	    .owner = g };
	uint8_t payload[FEED_BYTES];

	if (!has_place(g->bus))
		return false;
	if (g->ups != g->bus->link.ups)
		feeding_line(&g->feeding, w);
	g->ups = g->bus->link.ups;
	feeding_ask(&g->feeding, w, g->device->address, payload, &e.ask);
	e.ask.timeout = g->device->conf.timeout;
	e.ask.loopback = g->device->profile->loopback;
	return bus_errand(g->bus, &e) == 0;
}

static void
fire(struct timer *t, int64_t now)
{
	struct dog *g = owner_of(t, struct dog, timer);
	const char *why = held_by(g, now);

	if (g->out)
		return;
	if (why != NULL)
		tell_held(g, why);
	else
		g->out = link_reachable(&g->bus->link) && ask(g, now);
	if (g->out)
		return;
	feeding_failed(&g->feeding, watchdog_of(g), now);
	tell_lapsed(g, now);
	later(g);
}

static const struct dog *
dog_of(const struct field_role *f, const struct device *d)
{
	for (size_t i = 0; i < f->watchdogs.n; i++)
		if (f->watchdogs.at[i]->device == d)
			return f->watchdogs.at[i];
	return NULL;
}

const char *
watchdog_state(const struct field_role *f, const struct device *d)
{
	static const char *const words[] = {
		[WATCHDOG_NOTHING] = N_("starting"), [WATCHDOG_FED] = N_("fed"),
		[WATCHDOG_HELD] = N_("held"), [WATCHDOG_REFUSED] = N_("refused"),
		[WATCHDOG_LAPSED] = N_("lapsed")
	};
	const struct dog *g = dog_of(f, d);

	return g != NULL ? words[g->told] : "";
}

int64_t
watchdog_fed(const struct field_role *f, const struct device *d)
{
	const struct dog *g = dog_of(f, d);

	return g != NULL && g->feeding.fed != 0 ?
	    f->pipeline.clock->mono() - g->feeding.fed : 0;
}

/* True: the one of before goes on with this station. */
static bool
goes_on(struct field_role *f, struct station *st, struct watchdogs *before,
    const struct renewal *r)
{
	const struct device *twin = r != NULL ? r->twins[st->device - f->config->devices] : NULL;

	for (size_t i = 0; i < before->n && twin != NULL; i++) {
		struct dog *g = before->at[i];

		if (g == NULL || g->device != twin || !renewal_goes_on(r, twin))
			continue;
		g->device = st->device;
		g->station = st;
		f->watchdogs.at[f->watchdogs.n++] = g;
		before->at[i] = NULL;
		return true;
	}
	return false;
}

/* Ahead of the first poll. */
static void
take(struct field_role *f, struct bus *bus, struct station *st)
{
	struct dog *g = room_for(1, sizeof(*g));
	int64_t now = f->pipeline.clock->mono();

	*g = (struct dog){ .field = f, .bus = bus, .station = st, .device = st->device,
	    .timer = { .fire = fire }, .ups = UINT64_MAX };
	feeding_begin(&g->feeding, now);
	f->watchdogs.at[f->watchdogs.n++] = g;
	later(g);
}

static void
fill(struct field_role *f, struct watchdogs *before, const struct renewal *r)
{
	f->watchdogs = (struct watchdogs){ .at = room_for(watchdogs_timers(f->config) + 1,
	    sizeof(struct dog *)) };
	for (size_t i = 0; i < f->nbuses; i++)
		for (size_t k = 0; k < f->buses[i]->nstations; k++) {
			struct station *st = &f->buses[i]->stations[k];

			if (has_one(st->device) && !goes_on(f, st, before, r))
				take(f, f->buses[i], st);
		}
}

void
watchdogs_open(struct field_role *f)
{
	fill(f, &(struct watchdogs){ .n = 0 }, NULL);
}

static void
leave(struct dog *g, const char *why)
{
	bus_forget(g->bus, g);
	loop_disarm(g->field->loop, &g->timer);
	if (g->told != WATCHDOG_FED)
		return;
	g->told = WATCHDOG_NOTHING;
	pipeline_note(&g->field->pipeline, g->device->conf.name,
	    "its watchdog is fed no more: %s", why);
}

void
watchdogs_give_up(struct field_role *f, const struct renewal *r)
{
	for (size_t i = 0; i < f->watchdogs.n; i++) {
		struct dog *g = f->watchdogs.at[i];

		if (!renewal_goes_on(r, g->device))
			leave(g, renewal_has(r, g->device) ? "its configuration changed" :
			    "it went from the configuration");
	}
}

void
watchdogs_renew(struct field_role *f, const struct renewal *r)
{
	struct watchdogs before = f->watchdogs;

	fill(f, &before, r);
	for (size_t i = 0; i < before.n; i++)
		free(before.at[i]);
	free(before.at);
}

void
watchdogs_close(struct field_role *f)
{
	for (size_t i = 0; i < f->watchdogs.n; i++)
		leave(f->watchdogs.at[i], "the gateway ends");
}

void
watchdogs_free(struct field_role *f)
{
	for (size_t i = 0; i < f->watchdogs.n; i++)
		free(f->watchdogs.at[i]);
	free(f->watchdogs.at);
}
