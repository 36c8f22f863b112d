#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watches.h"

#define AT_ONCE		50		/* links whose alarms are masked in one turn */
#define PAUSE		50000		/* us to the next turn: a store can be filled */
#define GATHER		10000000	/* us for which members are gathered for a record */
#define MEMBERS_BYTES	2900		/* of their names in one record */

/* The alarms of links that are lost together, and the records that say which
 * links these were. */
struct region {
	uint32_t	*link_of;	/* of each device, in areas; AREA_NONE */
	uint32_t	*by_link;	/* devices, those of one link side by side */
	uint32_t	*first;		/* of each link its first in by_link; one more */
	uint32_t	*todo;		/* ring of links whose masks are to be looked at */
	bool		*queued;	/* is it in there? */
	size_t		 at, n;		/* of the ring */
	int64_t		 turn;		/* mono us, of the next look; 0: none is due */
	/* Members of one area that no record has yet. */
	size_t		 area;
	char		 names[MEMBERS_BYTES + 64];
	size_t		 len, told;	/* of names; records of this area so far */
	int64_t		 flush;		/* mono us; 0: nothing is gathered */
};

static int
take_room(struct region *g, size_t ndevices, size_t nlinks, struct arena *arena)
{
	g->link_of = arena_alloc(arena, (ndevices + 1) * sizeof(uint32_t));
	g->by_link = arena_alloc(arena, (ndevices + 1) * sizeof(uint32_t));
	g->first = arena_alloc(arena, (nlinks + 1) * sizeof(uint32_t));
	g->todo = arena_alloc(arena, (nlinks + 1) * sizeof(uint32_t));
	g->queued = arena_alloc(arena, nlinks + 1);
	return g->link_of == NULL || g->by_link == NULL || g->first == NULL ||
	    g->todo == NULL || g->queued == NULL ? -1 : 0;
}

/* Sorted by counting: two passes over the devices. */
static void
sort_devices(struct rules *rules, struct region *g)
{
	uint32_t sum = 0, *first = g->first;

	for (size_t i = 0; i < rules->ndevices; i++) {
		const char *link = rules->devices[i].conf.link;

		g->link_of[i] = link != NULL ? areas_link(rules->areas, link) : AREA_NONE;
		if (g->link_of[i] != AREA_NONE)
			first[g->link_of[i]]++;
	}
	for (size_t i = 0; i <= rules->areas->nlinks; i++) {
		uint32_t n = first[i];

		first[i] = sum;
		sum += n;
	}
	for (size_t i = 0; i < rules->ndevices; i++)
		if (g->link_of[i] != AREA_NONE)
			g->by_link[first[g->link_of[i]]++] = (uint32_t)i;
	/* each stands behind its own now */
	for (size_t i = rules->areas->nlinks; i > 0; i--)
		first[i] = first[i - 1];
	first[0] = 0;
}

static void
queue(struct rules *rules, uint32_t link)
{
	struct region *g = rules->region;

	if (g->queued[link])
		return;
	g->queued[link] = true;
	g->todo[(g->at + g->n++) % rules->areas->nlinks] = link;
	if (g->turn == 0)
		g->turn = rules->now;
}

static const char *
area_name(const struct rules *rules, size_t area)
{
	return rules->areas->at[area].name;
}

static void
record(struct rules *rules, size_t area, const char *state, const char *members)
{
	struct region *g = rules->region;
	const struct area *r = &rules->areas->at[area];
	char lost[16], of[16], part[16], more[24];
	struct rule_record e;

	snprintf(lost, sizeof(lost), "%u", r->members);
	snprintf(of, sizeof(of), "%u", r->links);
	snprintf(part, sizeof(part), "%zu", ++g->told);
	snprintf(more, sizeof(more), "%s-%s", state, part);
	record_begin(&e, "area", r->name, more, rules->wall);
	record_add(&e, "area", r->name);
	record_add(&e, "state", state);
	record_add(&e, "part", part);
	record_add(&e, "lost", lost);
	record_add(&e, "of", of);
	record_add(&e, "links", members);
	record_tell(rules, &e);
}

static void
flush(struct rules *rules)
{
	struct region *g = rules->region;

	if (g->len > 0)
		record(rules, g->area, "lost", g->names);
	g->len = 0;
	g->flush = 0;
}

static void
gather(struct rules *rules, size_t area, uint32_t link, int64_t now)
{
	struct region *g = rules->region;
	const char *name = rules->areas->links[link].conf->name;
	size_t n = strlen(name);

	if (g->len > 0 && (g->area != area || g->len + n + 1 > MEMBERS_BYTES))
		flush(rules);
	g->area = area;
	g->len += (size_t)snprintf(g->names + g->len, sizeof(g->names) - g->len, "%s%s",
	    g->len > 0 ? " " : "", name);
	if (g->flush == 0)
		g->flush = now + GATHER;
}

static void
told(void *owner, enum area_event event, size_t area, uint32_t link, int64_t now)
{
	struct rules *rules = owner;
	const struct area *r = &rules->areas->at[area];

	switch (event) {
	case AREA_BEGAN:
		flush(rules);
		rules->region->told = 0;
		own_set(rules, OWN_AREA, area_name(rules, area), true, r->recent, rules->wall);
		break;
	case AREA_JOINED:
		gather(rules, area, link, now);
		queue(rules, link);
		break;
	case AREA_LEFT:
		queue(rules, link);
		break;
	case AREA_ENDED:
		flush(rules);
		own_set(rules, OWN_AREA, area_name(rules, area), false, r->members,
		    rules->wall);
		record(rules, area, "back", "");
		break;
	}
}

int
region_new(struct rules *rules, const struct area_link *links, size_t n, struct arena *arena)
{
	struct region *g;
	bool none;

	rules->areas = areas_new(rules->life, links, n, arena, &none);
	if (rules->areas == NULL)
		return none ? 0 : -1;
	g = rules->region = arena_alloc(arena, sizeof(*g));
	if (g == NULL || take_room(g, rules->ndevices, n, arena) != 0)
		return -1;
	sort_devices(rules, g);
	rules->areas->told = told;
	rules->areas->owner = rules;
	return 0;
}

/* The alarms of a link that are silent with its area, and only with that. */
static void
mask_link(struct rules *rules, uint32_t link, int64_t now, int64_t wall)
{
	struct region *g = rules->region;
	bool silent = areas_silent(rules->areas, link);

	for (uint32_t i = g->first[link]; i < g->first[link + 1]; i++) {
		const struct device *d = &rules->devices[g->by_link[i]];

		for (size_t k = 0; k < d->profile->npoints; k++)
			watch_mask_point(rules, d, d->taps[k].series, SUPPRESS_AREA, silent,
			    now, wall);
	}
}

/* Of a device that is read; AREA_NONE: it has no key. */
static uint32_t
link_of(const struct rules *rules, const struct device *d)
{
	size_t i = (size_t)(d - rules->devices);

	if (rules->areas == NULL || d < rules->devices || i >= rules->ndevices)
		return AREA_NONE;
	return rules->region->link_of[i];
}

void
region_link(struct rules *rules, const struct device *d, enum area_loss why, bool lost,
    int64_t now)
{
	uint32_t link = link_of(rules, d);

	if (link == AREA_NONE)
		return;
	if (lost)
		areas_lost(rules->areas, link, why, now);
	else
		areas_back(rules->areas, link, why, now);
}

bool
region_silences(const struct rules *rules, const struct device *d)
{
	uint32_t link = link_of(rules, d);

	return link != AREA_NONE && areas_silent(rules->areas, link);
}

bool
region_down(const struct rules *rules, const struct device *d)
{
	uint32_t link = link_of(rules, d);

	return link != AREA_NONE && (rules->areas->links[link].why & AREA_DOWN) != 0;
}

bool
region_restore(struct rules *rules, const char *name, bool lost)
{
	size_t area = rules->areas != NULL ? areas_find(rules->areas, name) : SIZE_MAX;

	if (area == SIZE_MAX)
		return false;
	if (lost)
		areas_restore(rules->areas, area, rules->now);
	return true;
}

/* Its link counts as lost until it comes up: before the restart it was. */
bool
region_keeps(struct rules *rules, const struct watch *w)
{
	uint32_t link = link_of(rules, w->device);

	if (link == AREA_NONE)
		return false;
	for (size_t k = 0; k < AREA_KEYS; k++) {
		uint32_t area = rules->areas->links[link].at[k].area;

		if (area == AREA_NONE || !rules->areas->at[area].down)
			continue;
		areas_lost(rules->areas, link, AREA_DOWN, rules->now);
		return true;
	}
	return false;
}

void
region_tick(struct rules *rules, int64_t now, int64_t wall)
{
	struct region *g = rules->region;

	if (rules->areas == NULL)
		return;
	areas_tick(rules->areas, now);
	if (g->flush != 0 && now >= g->flush)
		flush(rules);
	if (g->turn == 0 || now < g->turn)
		return;
	for (size_t i = 0; i < AT_ONCE && g->n > 0; i++, g->n--) {
		uint32_t link = g->todo[g->at];

		g->at = (g->at + 1) % rules->areas->nlinks;
		g->queued[link] = false;
		mask_link(rules, link, now, wall);
	}
	g->turn = g->n > 0 ? now + PAUSE : 0;
}

int64_t
region_deadline(const struct rules *rules)
{
	const struct region *g = rules->region;
	int64_t at;

	if (rules->areas == NULL)
		return INT64_MAX;
	at = areas_deadline(rules->areas);
	if (g->flush != 0 && g->flush < at)
		at = g->flush;
	return g->turn != 0 && g->turn < at ? g->turn : at;
}

/* What is silent by an area may be so no more, or must be. */
void
region_take_over(struct rules *rules, const struct rules *was)
{
	if (rules->areas == NULL)
		return;
	if (was->areas != NULL)
		areas_take_over(rules->areas, was->areas, rules->now);
	for (uint32_t i = 0; i < rules->areas->nlinks; i++)
		if (rules->areas->links[i].lost != INT64_MAX)
			queue(rules, i);
}
