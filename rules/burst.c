#include <stdlib.h>
#include <string.h>

#include "watches.h"

#define LONG_AGO	(INT64_MIN / 2)

static size_t
site_len(const struct watch *w)
{
	const char *slash = strrchr(w->device->conf.name, '/');

	return slash != NULL ? (size_t)(slash - w->device->conf.name) : 0;
}

static int
compare_sites(const struct watch *a, const struct watch *b)
{
	size_t na = site_len(a), nb = site_len(b), n = na < nb ? na : nb;
	int order = memcmp(a->device->conf.name, b->device->conf.name, n);

	return order != 0 ? order : na < nb ? -1 : na > nb;
}

static int
by_site(const void *a, const void *b)
{
	const struct watch *const *p = a, *const *q = b;

	return compare_sites(*p, *q);
}

static int
take_sites(struct rules *rules, size_t n, struct arena *arena)
{
	size_t depth = (size_t)rules->life->flood + 1;

	rules->sites = arena_alloc(arena, n * sizeof(rules->sites[0]));
	if (rules->sites == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct site *s = &rules->sites[i];

		s->last = LONG_AGO;
		s->told = arena_alloc(arena, depth * sizeof(int64_t));
		if (s->told == NULL)
			return -1;
		for (size_t k = 0; k < depth; k++)
			s->told[k] = LONG_AGO;
	}
	rules->nsites = n;
	rules->flood_at = INT64_MAX;
	return 0;
}

/* A gateway with one site has none beside itself. */
int
burst_sites(struct rules *rules, struct arena *arena)
{
	struct watch **order = arena_alloc(arena, (rules->n + 1) * sizeof(order[0]));
	size_t n = 0;


	if (order == NULL)
		return -1;
	for (size_t i = 0; i < rules->n; i++)
		order[i] = &rules->at[i];
	qsort(order, rules->n, sizeof(order[0]), by_site);
	for (size_t i = 0; i < rules->n; i++) {
		n += i == 0 || compare_sites(order[i - 1], order[i]) != 0;
		order[i]->site = (uint32_t)n - 1;
	}
	if (n < 2)
		n = 0;
	if (take_sites(rules, n + 1, arena) != 0)
		return -1;
	for (size_t i = 0; i < rules->n; i++) {
		struct site *s = &rules->sites[n == 0 ? 0 : order[i]->site];

		if (site_len(order[i]) == 0 || n == 0)
			order[i]->site = (uint32_t)n;
		if (n == 0)
			continue;
		s->name = order[i]->device->conf.name;
		s->len = site_len(order[i]);
	}
	for (size_t i = 0; i < rules->n * (size_t)rules->life->chatter; i++)
		rules->enters[i] = LONG_AGO;
	rules->sites[n].name = FLOOD_ALL;
	rules->sites[n].len = strlen(FLOOD_ALL);
	return 0;
}

bool
burst_first(const struct rules *rules, const struct watch *w)
{
	return rules->life != NULL && !w->own && !w->alarm.event &&
	    rules->now - rules->sites[w->site].last >= rules->life->burst;
}

static void
site_name(const struct site *s, char name[NAME_BYTES])
{
	size_t n = s->len < NAME_BYTES ? s->len : NAME_BYTES - 1;

	memcpy(name, s->name, n);
	name[n] = '\0';
}

static void
count(struct rules *rules, struct site *s, int64_t time)
{
	const struct life_conf *c = rules->life;
	size_t depth = (size_t)c->flood + 1;
	char name[NAME_BYTES];

	s->told[s->at] = rules->now;
	s->at = (s->at + 1) % depth;
	/* the next place has the oldest of them */
	if (s->flood || rules->now - s->told[s->at] > c->flood_window)
		return;
	s->flood = true;
	if (rules->now + c->flood_window < rules->flood_at)
		rules->flood_at = rules->now + c->flood_window;
	site_name(s, name);
	own_set(rules, OWN_FLOOD, name, true, c->flood + 1, time);
}

/* One that chatters is told of by itself: it makes no flood, and hides no first
 * of a burst. */
void
burst_told(struct rules *rules, struct watch *w, int64_t time)
{
	struct site *all = &rules->sites[rules->nsites - 1], *s;

	if (w->own || w->alarm.event)
		return;
	s = &rules->sites[w->site];
	if (w->alarm.chattering)
		return;
	s->last = all->last = rules->now;
	count(rules, all, time);
	if (s != all)
		count(rules, s, time);
}

void
burst_entered(struct rules *rules, struct watch *w, int64_t time)
{
	const struct life_conf *c = rules->life;
	size_t depth = (size_t)c->chatter;
	int64_t *ring;

	if (w->own)
		return;
	ring = &rules->enters[(size_t)(w - rules->at) * depth];
	ring[w->entered] = rules->now;
	w->entered = (uint8_t)((w->entered + 1) % depth);
	if (rules->now - ring[w->entered] <= c->chatter_window) {
		w->calm_at = rules->now + c->chatter_calm;
		watch_step(rules, w, ALARM_EV_CHATTER, 0, "", time);
	} else if (w->alarm.chattering) {
		w->calm_at = rules->now + c->chatter_calm;
	}
}

/* When fewer than flood_end will be left in the window. */
static int64_t
flood_ends(const struct rules *rules, const struct site *s)
{
	size_t depth = (size_t)rules->life->flood + 1, back = (size_t)rules->life->flood_end;

	return s->told[(s->at + depth - back) % depth] + rules->life->flood_window;
}

void
burst_tick(struct rules *rules, int64_t now, int64_t wall)
{
	char name[NAME_BYTES];

	if (now < rules->flood_at)
		return;
	rules->flood_at = INT64_MAX;
	for (size_t i = 0; i < rules->nsites; i++) {
		struct site *s = &rules->sites[i];
		int64_t at;

		if (!s->flood)
			continue;
		at = flood_ends(rules, s);
		if (now > at) {
			s->flood = false;
			site_name(s, name);
			own_set(rules, OWN_FLOOD, name, false, rules->life->flood_end, wall);
		} else if (at + 1 < rules->flood_at) {
			rules->flood_at = at + 1;
		}
	}
}

int64_t
burst_deadline(const struct rules *rules)
{
	return rules->flood_at;
}

/* One that stood before the start goes on until its time is over. */
bool
burst_restore(struct rules *rules, const char *site, bool flood)
{
	for (size_t i = 0; i < rules->nsites; i++) {
		struct site *s = &rules->sites[i];

		if (strlen(site) != s->len || memcmp(site, s->name, s->len) != 0)
			continue;
		if (!flood)
			return true;
		s->flood = true;
		rules->flood_at = rules->now + rules->life->flood_window;
		for (size_t k = 0; k < (size_t)rules->life->flood_end; k++) {
			s->told[s->at] = rules->now;
			s->at = (s->at + 1) % ((size_t)rules->life->flood + 1);
		}
		return true;
	}
	return false;
}

static void
go_on(struct rules *rules, struct watch *w, int64_t last)
{
	struct site *s = &rules->sites[w->site];

	if (!w->alarm.event && last > s->last)
		s->last = last;
}

void
rules_restore_coming(struct rules *rules, const char *rule, const char *device, int64_t came,
    int64_t wall)
{
	struct watch *w = rules->life != NULL ? watch_find(rules, rule, device) : NULL;

	if (w == NULL || came <= wall - rules->life->burst / 1000)
		return;
	/* a clock that was lost meanwhile: it has just been */
	go_on(rules, w, came < wall ? rules->now - (wall - came) * 1000 : rules->now);
}

void
burst_take_over(struct rules *rules, struct watch *w, const struct rules *was,
    const struct watch *old)
{
	if (rules->life != NULL && was->life != NULL)
		go_on(rules, w, was->sites[old->site].last);
}
