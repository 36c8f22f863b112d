#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "../export_time.h"
#include "../field/field.h"
#include "../hash.h"
#include "../room.h"
#include "../text.h"
#include "../zone_table.h"
#include "replay.h"

#define MS_AN_HOUR	3600000LL
#define REACH_MOST	(35 * 24 * MS_AN_HOUR)	/* learnt hours and a week */
#define GAP_MOST	(7 * 86400LL * US_PER_S)	/* without any reading: it was off */
#define SOON		(5 * US_PER_S)

static uint32_t *
place(const struct replay *r, const char *device, const char *point)
{
	uint64_t h = hash_name(hash_name(HASH_BEGIN, device), point);

	for (size_t i = (size_t)(h ^ h >> 32);; i++) {
		uint32_t *slot = &r->slots[i & (r->nslots - 1)];
		const struct replay_point *p;

		if (*slot == 0)
			return slot;
		p = &r->points[*slot - 1];
		if (strcmp(p->device->conf.name, device) == 0 &&
		    strcmp(p->point->name, point) == 0)
			return slot;
	}
}

const struct replay_point *
replay_find(struct replay *r, const char *device, const char *point)
{
	uint32_t i = *place(r, device, point);

	return i != 0 ? &r->points[i - 1] : NULL;
}

static void
number(struct replay *r)
{
	struct config *c = r->config;

	for (size_t i = 0; i < c->ndevices; i++)
		r->npoints += c->devices[i].profile->npoints;
	r->nslots = 256;
	while (r->nslots < 2 * r->npoints)
		r->nslots *= 2;
	r->points = room_for(r->npoints + 1, sizeof(*r->points));
	r->slots = room_for(r->nslots, sizeof(*r->slots));
	r->npoints = 0;
	for (size_t i = 0; i < c->ndevices; i++)
		for (size_t k = 0; k < c->devices[i].profile->npoints; k++) {
			struct device *d = &c->devices[i];
			const struct point *p = &d->profile->points[k];
			uint32_t series = (uint32_t)++r->npoints;

			d->taps[k].series = series;
			*place(r, d->conf.name, p->name) = series;
			r->points[series - 1] = (struct replay_point){ d, p, series };
		}
}

static void
changed(void *arg, const struct alarm_change *c)
{
	struct replay *r = arg;

	if (!own_reserved(c->rule->name))
		episodes_step(&r->episodes, TOLD_NOW, c->rule->name, c->device->conf.name,
		    c->alarm->active, c->time);
}

/* So long before what is wanted, that windows are full and delays have run. */
static int64_t
reach(const struct course *c)
{
	int64_t us = rules_reach(c->rules) + derived_reach(c->derived) + rules_delay(c->rules);
	int64_t ms = us / 1000 + MS_AN_HOUR;

	return ms < REACH_MOST ? ms : REACH_MOST;
}

/* In the place of those before. */
static int
make_statistics(struct replay *r, struct errs *errs)
{
	struct course *c = &r->time.course;

	r->config->arena.used = r->mark;
	c->statistics = field_statistics(r->config, errs);
	if (c->statistics == NULL)
		return -1;
	if (statistics_start(c->statistics, &r->zone, &r->config->arena) == 0)
		return 0;
	return err_add(errs, "", 0, "the configuration is too large for the memory set aside "
	    "for it");
}

int
replay_open(struct replay *r, struct config *config, int64_t from, int64_t to,
    struct errs *errs)
{
	struct course *c = &r->time.course;

	*r = (struct replay){ .config = config, .from = from, .to = to,
	    .tell_at = system_clock.mono() + SOON };
	episodes_init(&r->episodes);
	c->rules = field_rules(config, errs);
	if (c->rules == NULL)
		return -1;
	c->derived = config->reckoned;
	number(r);
	zone_table(&r->zone);
	r->mark = config->arena.used;
	if (make_statistics(r, errs) != 0)
		return -1;
	rules_in_zone(c->rules, &r->zone);
	rules_on_change(c->rules, changed, r);
	r->nroom = field_most_points(config) + derived_count(c->derived);
	r->room = room_for(r->nroom, sizeof(*r->room));
	r->since = from > INT64_MIN + REACH_MOST ? from - reach(c) : from;
	return 0;
}

void
replay_close(struct replay *r)
{
	episodes_free(&r->episodes);
	zone_table_free(&r->zone);
	free(r->points);
	free(r->slots);
	free(r->room);
}

/* Alarms that stood when the first reading is heard stand here too. */
static void
restore(struct replay *r, int64_t wall)
{
	for (size_t i = 0; i < r->episodes.n; i++) {
		struct alarm_past *a = &r->episodes.alarms[i];

		for (size_t k = 0; k < a->n[TOLD_THEN]; k++) {
			const struct episode *e = &a->at[TOLD_THEN][k];
			const struct alarm alarm = { .active = true, .unacked = true,
			    .count = 1, .since = e->from };

			if (e->from >= wall || e->to <= wall ||
			    rules_restore(r->time.course.rules, a->rule, a->device,
			    &alarm) != 0)
				continue;
			episodes_step(&r->episodes, TOLD_NOW, a->rule, a->device, true,
			    e->from);
		}
	}
}

/* False: it is before the time that is wanted. */
static bool
begin(struct replay *r, int64_t mono, int64_t wall)
{
	if (r->begun || wall < r->since)
		return r->begun;
	rules_start(r->time.course.rules, mono);
	derived_start(r->time.course.derived, &r->zone, mono);
	restore(r, wall);
	rehearsal_begin(&r->time, mono, wall);
	r->begun = true;
	return true;
}

/* Intervals that nobody saw the end of are none. */
static void
skip(struct replay *r)
{
	struct errs none = { .n = ERRS_MAX };

	if (r->mono - r->time.now > GAP_MOST) {
		make_statistics(r, &none);	/* they were made in that room before */
		rehearsal_begin(&r->time, r->mono, r->wall);
	}
	rehearsal_skip(&r->time, r->mono, r->wall);
}

static void
flush(struct replay *r)
{
	if (r->n == 0)
		return;
	if (r->mono - r->time.now > GAP_MOST)
		skip(r);
	rehearsal_hear(&r->time, r->room, r->n, r->mono, r->wall);
	r->n = 0;
}

void
replay_hear(struct replay *r, const struct replay_point *p, const struct reading *reading,
    int64_t mono, int64_t wall)
{
	struct reading *to;

	if (p->point->derived || !begin(r, mono, wall))
		return;
	if (r->n > 0 && (r->device != p->device || r->mono != mono ||
	    r->n == p->device->profile->npoints))
		flush(r);
	r->device = p->device;
	r->mono = mono;
	r->wall = wall;
	to = &r->room[r->n++];
	*to = *reading;
	to->series = p->series;
	to->mono = to->due = mono;
	r->readings++;
}

void
replay_started(struct replay *r, int64_t mono, int64_t wall)
{
	if (!r->begun)
		return;
	flush(r);
	r->mono = mono;
	r->wall = wall;
	skip(r);
	r->restarts++;
}

void
replay_pass(struct replay *r, int64_t mono, int64_t wall)
{
	if (!r->begun)
		return;
	flush(r);
	if (mono - r->time.now <= GAP_MOST)
		rehearsal_until(&r->time, mono);
	r->mono = mono;
	r->wall = wall;
}

void
replay_then(struct replay *r, const char *rule, const char *device, bool active, int64_t time)
{
	r->told_then = true;
	if (!own_reserved(rule))
		episodes_step(&r->episodes, TOLD_THEN, rule, device, active, time);
}

void
replay_progress(struct replay *r)
{
	int64_t now = system_clock.mono();
	char at[32];

	if (now < r->tell_at)
		return;
	local_write(r->wall, at);
	at[19] = '\0';
	fprintf(stderr, _("tidegate rules replay: %llu readings, at %s\n"),
	    (unsigned long long)r->readings, at);
	r->tell_at = now + SOON;
}
