#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../renewal.h"
#include "../room.h"
#include "field.h"

#define TIMERS_A_BUS	5	/* one of a DTU's silence */
#define TIMERS_A_LISTENER 2
#define TIMERS_MORE	20

size_t
field_timers(const struct config *c)
{
	return c->nlinks * TIMERS_A_BUS + c->nlisteners * TIMERS_A_LISTENER + TIMERS_MORE +
	    sequences_timers(c) + watchdogs_timers(c) + cures_timers(c);
}

struct rules *
field_rules(struct config *c, struct errs *errs)
{
	struct rules *rules;

	c->reckoned = derived_new(c->derived, c->nderived, c->devices, c->ndevices, &c->arena,
	    errs);
	if (c->reckoned == NULL)
		return NULL;
	rules = rules_new(c->rules, c->nrules, c->devices, c->ndevices, &c->arena, errs);
	if (rules == NULL || rules_live(rules, &c->life, c->areas, c->nlinks, &c->arena,
	    errs) != 0)
		return NULL;
	return rules;
}

struct statistics *
field_statistics(struct config *c, struct errs *errs)
{
	return statistics_new(c->statistics, c->nstatistics, c->devices, c->ndevices, &c->arena,
	    errs);
}

void
field_note_config(struct field_role *f)
{
	f->loaded = f->pipeline.clock->wall();
	f->loads++;
	pipeline_note(&f->pipeline, "config", "configuration loaded sha256=%s file=%s",
	    f->config->sha256, f->run->config);
}

void
field_accept(struct field_role *f)
{
	if (accepted_put(&f->run->accepted, f->config) < 0)
		log_err("config: it is not kept for a role that begins again: %s",
		    strerrordesc_np(errno));
}

static uint32_t
number_point(struct field_role *f, const struct device *d, size_t i)
{
	const struct point *p = &d->profile->points[i];
	const struct series s = { .device = d->conf.name, .point = p->name,
	    .unit = point_unit_name(p), .raw = p->raw->name, .decimals = p->decimals,
	    .basis = (uint8_t)p->basis };

	return journal_series(f->journal, &s);
}

int
field_number(struct field_role *f, struct config *c, struct statistics *s)
{
	uint32_t highest = 0;

	for (size_t i = 0; i < c->ndevices; i++) {
		struct device *d = &c->devices[i];

		for (size_t k = 0; k < d->profile->npoints; k++) {
			uint32_t id = number_point(f, d, k);

			if (id == 0) {
				log_err("store: no number for %s.%s", d->conf.name,
				    d->profile->points[k].name);
				return EXIT_FAILURE;
			}
			d->taps[k].series = id;
			highest = id > highest ? id : highest;
		}
	}
	journal_series_done(f->journal);
	latest_room(&f->latest, highest);
	if (statistics_start(s, &f->zone, &c->arena) == 0)
		return 0;
	log_err("statistics: the configuration is too large for the memory set aside for it");
	return EXIT_FAILURE;
}

size_t
field_most_points(const struct config *c)
{
	size_t most = 1;

	for (size_t i = 0; i < c->ndevices; i++)
		if (c->devices[i].profile->npoints > most)
			most = c->devices[i].profile->npoints;
	return most;
}

static struct moment
present(const struct field_role *f, int64_t now)
{
	return (struct moment){ .time = system_clock.wall(), .due = now, .mono = now,
	    .flags = f->pipeline.trusted ? 0 : QF_CLOCK_UNTRUSTED };
}

void
field_tell_off(struct field_role *f, const struct device *const *but, int64_t now)
{
	const struct moment at = present(f, now);

	for (size_t i = 0; i < f->config->ndevices; i++)
		if (but == NULL || but[i] == NULL)
			pipeline_off(&f->pipeline, &f->config->devices[i], &at);
}

static void
mark_series(const struct config *c, bool *there)
{
	for (size_t i = 0; i < c->ndevices; i++)
		for (size_t k = 0; k < c->devices[i].profile->npoints; k++)
			there[c->devices[i].taps[k].series - 1] = true;
}

/* Who looks at the last reading would else take it for that of now. */
void
field_tell_gone(struct field_role *f, const struct config *was, int64_t now)
{
	const struct moment at = present(f, now);
	const struct latest *l = &f->latest;
	bool *before = room_for(l->n + 1, sizeof(*before));
	bool *there = room_for(l->n + 1, sizeof(*there));

	mark_series(was, before);
	mark_series(f->config, there);
	for (size_t i = 0; i < l->n; i++)
		if (before[i] && !there[i] && (l->rows[i].seq == 0 ||
		    l->rows[i].quality.code != Q_OUT_OF_SERVICE))
			pipeline_gone(&f->pipeline, (uint32_t)i + 1, &at);
	free(before);
	free(there);
}

static struct bus *
bus_for(struct field_role *f, const struct renewal *r, struct bus *const *before, size_t i,
    int64_t now)
{
	struct config *c = f->config;
	struct bus *bus;

	if (r != NULL && r->kin[KIN_LINKS].same[i]) {
		bus = before[r->kin[KIN_LINKS].was[i]];
		bus_renew(bus, &c->links[i], c->devices, c->ndevices, r->twins, now);
		return bus;
	}
	bus = bus_new(&c->links[i], c->devices, c->ndevices, &f->pipeline, &system_clock);
	bus->splits = f->splits;
	bus->owing = &f->owing;
	bus->inflow = &f->inflow;
	bus->link.listeners = f->listeners;
	bus->link.letterbox = f->letterbox;
	return bus;
}

static bool
has_heir(const struct renewal *r, size_t link)
{
	size_t heir = r->kin[KIN_LINKS].heir[link];

	return heir != NOBODY && r->kin[KIN_LINKS].same[heir];
}

void
field_make_buses(struct field_role *f, const struct renewal *r, int64_t now)
{
	struct config *c = f->config;
	struct bus **before = f->buses, **buses = room_for(c->nlinks, sizeof(struct bus *));
	size_t nbefore = f->nbuses;

	free(f->stations);
	f->stations = room_for(c->ndevices, sizeof(struct station *));
	for (size_t i = 0; i < c->nlinks; i++) {
		struct bus *bus = bus_for(f, r, before, i, now);

		for (size_t k = 0; k < bus->nstations; k++)
			f->stations[bus->stations[k].device - c->devices] = &bus->stations[k];
		buses[i] = bus;
	}
	f->buses = buses;
	f->nbuses = c->nlinks;
	for (size_t i = 0; i < nbefore; i++)
		if (!has_heir(r, i))
			bus_free(before[i]);
	free(before);
}

static void
book(struct field_role *f, struct bus *bus)
{
	struct traffic t = meter_take(&bus->link.meter);

	if (bus->bytes == NULL)
		bus->bytes = ledger_row(f->ledger, bus->link.conf->name);
	ledger_add(bus->bytes, t);
	tariffs_spend(f->tariffs, bus->link.conf->tariff, t);
}

void
field_book(struct field_role *f)
{
	for (size_t i = 0; i < f->nbuses; i++)
		book(f, f->buses[i]);
}

/* Who waits for an answer there hears that none comes. */
void
field_end_buses(struct field_role *f, const struct renewal *r, int64_t now)
{
	char who[WHO_BYTES];

	for (size_t i = 0; i < f->nbuses; i++) {
		struct bus *bus = f->buses[i];

		if (has_heir(r, i))
			continue;
		errands_lose(&bus->errands, now);
		inquiry_lost(f, bus);
		bus_stop(bus);
		book(f, bus);
		pipeline_note(&f->pipeline, bus_who(bus, who), "closed: %s",
		    r->kin[KIN_LINKS].heir[i] == NOBODY ?
		    "it went from the configuration" : "its configuration changed");
	}
}

/* What no uplink has told of yet is still needed; without uplinks nothing is,
 * so that age takes what is old. */
void
field_pin_all(struct field_role *f)
{
	uint64_t seq = f->config->nuplinks > 0 ? 1 : UINT64_MAX;

	for (enum lane lane = 0; lane < LANES; lane++)
		journal_pin(f->journal, lane, seq);
}

