#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "area.h"

static const char *const key_names[AREA_KEYS] = { "carrier", "district" };

static const char *
key_of(const struct area_link *link, size_t key)
{
	const char *word = key == 0 ? link->carrier : link->district;

	return word != NULL ? word : "";
}

static int
by_name(const void *a, const void *b)
{
	const struct area_member *p = a, *q = b;

	return strcmp(p->conf->name, q->conf->name);
}

static int
by_area(const void *a, const void *b)
{
	const struct area *p = a, *q = b;

	return strcmp(p->name, q->name);
}

static void
name_area(char name[64], const struct area_link *link, size_t key)
{
	snprintf(name, 64, "%s=%s", key_names[key], key_of(link, key));
}

/* Each name once, sorted. */
static void
keep_once(struct areas *a)
{
	size_t kept = 0;

	qsort(a->at, a->n, sizeof(a->at[0]), by_area);
	for (size_t i = 0; i < a->n; i++)
		if (kept == 0 || strcmp(a->at[kept - 1].name, a->at[i].name) != 0)
			a->at[kept++] = a->at[i];
	a->n = kept;
}

size_t
areas_find(const struct areas *a, const char *name)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(a->at[middle].name, name);

		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return SIZE_MAX;
}

static void
place_link(struct areas *a, struct area_member *m)
{
	char name[64];

	m->lost = INT64_MAX;
	for (size_t k = 0; k < AREA_KEYS; k++) {
		m->at[k] = (struct area_place){ .area = AREA_NONE, .before = AREA_NONE,
		    .after = AREA_NONE };
		if (key_of(m->conf, k)[0] == '\0')
			continue;
		name_area(name, m->conf, k);
		m->at[k].area = (uint32_t)areas_find(a, name);
		a->at[m->at[k].area].links++;
	}
}

struct areas *
areas_new(const struct life_conf *conf, const struct area_link *links, size_t n,
    struct arena *arena, bool *none)
{
	struct areas *a = arena_alloc(arena, sizeof(*a));
	size_t keys = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < AREA_KEYS; k++)
			keys += key_of(&links[i], k)[0] != '\0';
	*none = keys == 0;
	if (keys == 0 || a == NULL)
		return NULL;
	*a = (struct areas){ .conf = conf, .nlinks = n };
	a->links = arena_alloc(arena, n * sizeof(a->links[0]));
	a->at = arena_alloc(arena, keys * sizeof(a->at[0]));
	if (a->links == NULL || a->at == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		a->links[i].conf = &links[i];
		for (size_t k = 0; k < AREA_KEYS; k++)
			if (key_of(&links[i], k)[0] != '\0')
				name_area(a->at[a->n++].name, &links[i], k);
	}
	keep_once(a);
	for (size_t i = 0; i < a->n; i++)
		a->at[i].first = a->at[i].last = AREA_NONE;
	qsort(a->links, n, sizeof(a->links[0]), by_name);
	for (size_t i = 0; i < n; i++)
		place_link(a, &a->links[i]);
	return a;
}

uint32_t
areas_link(const struct areas *a, const char *name)
{
	size_t low = 0, high = a->nlinks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(a->links[middle].conf->name, name);

		if (order == 0)
			return (uint32_t)middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return AREA_NONE;
}

static void
tell(struct areas *a, enum area_event event, size_t area, uint32_t link, int64_t now)
{
	if (a->told != NULL)
		a->told(a->owner, event, area, link, now);
}

static bool
enough(const struct areas *a, const struct area *r, uint32_t lost)
{
	return lost >= a->conf->area_least &&
	    (double)lost * 100 > a->conf->area_share * (double)r->links;
}

/* In the order of loss; nearly always the last place is right. */
static void
list(struct areas *a, struct area *r, size_t k, uint32_t link)
{
	struct area_place *p = &a->links[link].at[k];
	uint32_t before = r->last;

	while (before != AREA_NONE && a->links[before].lost > a->links[link].lost)
		before = a->links[before].at[k].before;
	p->before = before;
	p->after = before == AREA_NONE ? r->first : a->links[before].at[k].after;
	if (before == AREA_NONE)
		r->first = link;
	else
		a->links[before].at[k].after = link;
	if (p->after == AREA_NONE)
		r->last = link;
	else
		a->links[p->after].at[k].before = link;
	p->recent = true;
	r->recent++;
}

static void
unlist(struct areas *a, struct area *r, size_t k, uint32_t link)
{
	struct area_place *p = &a->links[link].at[k];

	if (!p->recent)
		return;
	if (p->before == AREA_NONE)
		r->first = p->after;
	else
		a->links[p->before].at[k].after = p->after;
	if (p->after == AREA_NONE)
		r->last = p->before;
	else
		a->links[p->after].at[k].before = p->before;
	p->before = p->after = AREA_NONE;
	p->recent = false;
	r->recent--;
}

static void
forget_old(struct areas *a, struct area *r, size_t k, int64_t now)
{
	while (r->first != AREA_NONE &&
	    now - a->links[r->first].lost > a->conf->area_window)
		unlist(a, r, k, r->first);
}

static void
join(struct areas *a, size_t area, size_t k, uint32_t link, int64_t now)
{
	struct area_place *p = &a->links[link].at[k];

	if (p->member)
		return;
	p->member = true;
	a->at[area].members++;
	tell(a, AREA_JOINED, area, link, now);
}

/* All that were lost within the window are its members. */
static void
begin(struct areas *a, size_t area, size_t k, int64_t now)
{
	struct area *r = &a->at[area];

	r->down = true;
	r->hold = 0;
	tell(a, AREA_BEGAN, area, AREA_NONE, now);
	for (uint32_t i = r->first; i != AREA_NONE; i = a->links[i].at[k].after)
		join(a, area, k, i, now);
}

static void
end(struct areas *a, size_t area, int64_t now)
{
	struct area *r = &a->at[area];

	r->down = false;
	r->hold = 0;
	tell(a, AREA_ENDED, area, AREA_NONE, now);
	for (uint32_t i = 0; i < a->nlinks && r->members > 0; i++)
		for (size_t k = 0; k < AREA_KEYS; k++) {
			if (a->links[i].at[k].area != area || !a->links[i].at[k].member)
				continue;
			a->links[i].at[k].member = false;
			r->members--;
			tell(a, AREA_LEFT, area, i, now);
		}
}

void
areas_lost(struct areas *a, uint32_t link, enum area_loss why, int64_t now)
{
	struct area_member *m = &a->links[link];

	m->why |= (uint8_t)why;
	if (m->lost != INT64_MAX)
		return;
	m->lost = now;
	for (size_t k = 0; k < AREA_KEYS; k++) {
		uint32_t area = m->at[k].area;

		if (area == AREA_NONE)
			continue;
		forget_old(a, &a->at[area], k, now);
		list(a, &a->at[area], k, link);
		if (a->at[area].down)
			join(a, area, k, link, now);
		else if (enough(a, &a->at[area], a->at[area].recent))
			begin(a, area, k, now);
	}
}

static void
look(struct areas *a, size_t area, int64_t now)
{
	struct area *r = &a->at[area];

	if (r->down && now >= r->hold && !enough(a, r, r->members))
		end(a, area, now);
}

void
areas_back(struct areas *a, uint32_t link, enum area_loss why, int64_t now)
{
	struct area_member *m = &a->links[link];

	m->why &= (uint8_t)~why;
	if (m->lost == INT64_MAX || m->why != 0)
		return;
	m->lost = INT64_MAX;
	for (size_t k = 0; k < AREA_KEYS; k++) {
		uint32_t area = m->at[k].area;

		if (area == AREA_NONE)
			continue;
		unlist(a, &a->at[area], k, link);
		if (!m->at[k].member)
			continue;
		m->at[k].member = false;
		a->at[area].members--;
		tell(a, AREA_LEFT, area, link, now);
		look(a, area, now);
	}
}

bool
areas_silent(const struct areas *a, uint32_t link)
{
	return a->links[link].at[0].member || a->links[link].at[1].member;
}

void
areas_restore(struct areas *a, size_t area, int64_t now)
{
	a->at[area].down = true;
	a->at[area].hold = now + a->conf->area_window;
}

void
areas_tick(struct areas *a, int64_t now)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->at[i].hold == 0 || now < a->at[i].hold)
			continue;
		look(a, i, now);
		a->at[i].hold = 0;
	}
}

int64_t
areas_deadline(const struct areas *a)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < a->n; i++)
		if (a->at[i].hold != 0 && a->at[i].hold < at)
			at = a->at[i].hold;
	return at;
}

static void
take_link(struct areas *a, uint32_t link, const struct areas *was,
    const struct area_member *old, int64_t now)
{
	struct area_member *m = &a->links[link];

	m->lost = old->lost;
	m->why = old->why;
	for (size_t k = 0; k < AREA_KEYS && m->lost != INT64_MAX; k++) {
		uint32_t area = m->at[k].area;

		if (area == AREA_NONE)
			continue;
		list(a, &a->at[area], k, link);
		forget_old(a, &a->at[area], k, now);
		if (!a->at[area].down || !old->at[k].member ||
		    strcmp(was->at[old->at[k].area].name, a->at[area].name) != 0)
			continue;
		m->at[k].member = true;
		a->at[area].members++;
	}
}

void
areas_take_over(struct areas *a, const struct areas *was, int64_t now)
{
	for (size_t i = 0; i < a->n; i++) {
		size_t old = areas_find(was, a->at[i].name);

		/* looked at soon: its share may be another one now */
		if (old != SIZE_MAX && was->at[old].down) {
			a->at[i].down = true;
			a->at[i].hold = was->at[old].hold > now ? was->at[old].hold : now;
		}
	}
	for (uint32_t i = 0; i < a->nlinks; i++) {
		uint32_t old = areas_link(was, a->links[i].conf->name);

		if (old != AREA_NONE)
			take_link(a, i, was, &was->links[old], now);
	}
}
