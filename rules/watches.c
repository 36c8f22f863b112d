#include <stdlib.h>
#include <string.h>

#include "watches.h"

#define S	1000000LL

static int
fault(struct errs *errs, const struct rule_conf *rule, const char *fmt, const char *word)
{
	return err_add(errs, rule->place.file != NULL ? rule->place.file : "",
	    rule->place.line, fmt, rule->name, word);
}

static bool
watches(const struct rule_conf *rule, const struct device *device)
{
	return glob_match(rule->on, device->conf.name) &&
	    profile_point(device->profile, rule->condition.point) != NULL;
}

/* No device of the rule has its point: which of their points was meant? */
static int
no_point(const struct rule_conf *rule, const struct profile *profile, struct errs *errs)
{
	const char *names[64], *near;
	size_t n = 0;

	for (; n < profile->npoints && n < 64; n++)
		names[n] = profile->points[n].name;
	near = near_name(rule->condition.point, names, n);
	if (near == NULL)
		return fault(errs, rule, "%s: no device that it is on has a point \"%s\"",
		    rule->condition.point);
	return err_add(errs, rule->place.file != NULL ? rule->place.file : "",
	    rule->place.line,
	    "%s: no device that it is on has a point \"%s\"; did you mean \"%s\"?",
	    rule->name, rule->condition.point, near);
}

/* How many devices a rule is on; 0: the reason is in errs. */
static size_t
count(const struct rule_conf *rule, const struct device *devices, size_t n,
    struct errs *errs)
{
	const struct profile *other = NULL;
	size_t hits = 0;

	for (size_t i = 0; i < n; i++) {
		hits += watches(rule, &devices[i]);
		if (other == NULL && glob_match(rule->on, devices[i].conf.name))
			other = devices[i].profile;
	}
	if (hits == 0 && other == NULL)
		fault(errs, rule, "%s: on \"%s\" fits no device", rule->on);
	else if (hits == 0)
		no_point(rule, other, errs);
	return hits;
}

static void
fill(struct rules *rules, const struct rule_conf *rule, const struct device *devices,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!watches(rule, &devices[i]))
			continue;
		rules->at[rules->n++] = (struct watch){ .rule = rule, .device = &devices[i],
		    .point = profile_point(devices[i].profile, rule->condition.point),
		    .alarm = { .latching = rule->latching },
		    .quality = { .code = Q_NO_DATA_YET } };
	}
}

static int
take_room(struct rules *rules, size_t n, struct arena *arena)
{
	rules->at = arena_alloc(arena, (n + 1) * sizeof(*rules->at));
	rules->by_series = arena_alloc(arena, (n + 1) * sizeof(struct watch *));
	rules->standing = arena_alloc(arena, (n + 1) * sizeof(struct watch *));
	rules->dues.heap = arena_alloc(arena, (n + 1) * sizeof(struct due *));
	rules->dues.cap = n;
	return rules->at == NULL || rules->by_series == NULL || rules->standing == NULL ||
	    rules->dues.heap == NULL ? -1 : 0;
}

struct rules *
rules_new(const struct rule_conf *confs, size_t nrules, const struct device *devices,
    size_t ndevices, struct arena *arena, struct errs *errs)
{
	struct rules *rules = arena_alloc(arena, sizeof(*rules));
	bool missing = false;
	size_t n = 0;

	for (size_t i = 0; i < nrules; i++) {
		size_t hits = count(&confs[i], devices, ndevices, errs);

		missing = missing || hits == 0;
		n += hits;
	}
	if (missing)
		return NULL;
	if (rules == NULL || take_room(rules, n, arena) != 0) {
		err_add(errs, "", 0, "rules: no memory left for %zu alarms", n);
		return NULL;
	}
	for (size_t i = 0; i < nrules; i++)
		fill(rules, &confs[i], devices, ndevices);
	return rules;
}

static int
by_series(const void *a, const void *b)
{
	const struct watch *const *p = a, *const *q = b;

	if ((*p)->series != (*q)->series)
		return (*p)->series < (*q)->series ? -1 : 1;
	return *p < *q ? -1 : *p > *q;		/* in the order of the file */
}

void
rules_start(struct rules *rules, int64_t now)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct watch *w = &rules->at[i];

		w->series = w->device->taps[w->point - w->device->profile->points].series;
		w->heard = now;
		rules->by_series[i] = w;
		if (w->rule->condition.kind == CONDITION_STALE)
			due_arm(&rules->dues, &w->due, now + watch_stale_age(w));
	}
	qsort(rules->by_series, rules->n, sizeof(struct watch *), by_series);
}

struct watch **
watches_of(const struct rules *rules, uint32_t series, size_t *n)
{
	size_t low = 0, high = rules->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rules->by_series[middle]->series < series)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < rules->n && rules->by_series[high]->series == series; high++)
		continue;
	*n = high - low;
	return &rules->by_series[low];
}

bool
rules_watched(const struct rules *rules, const struct device *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->profile->npoints && n == 0; i++)
		watches_of(rules, d->taps[i].series, &n);
	return n > 0;
}

bool
rules_guard(const struct rules *rules, const struct device *d)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->at[i].device == d && rules->at[i].rule->class == CLASS_LIFE)
			return true;
	return false;
}

struct watch *
watch_find(const struct rules *rules, const char *rule, const char *device)
{
	for (size_t i = 0; i < rules->n; i++)
		if (strcmp(rules->at[i].rule->name, rule) == 0 &&
		    strcmp(rules->at[i].device->conf.name, device) == 0)
			return &rules->at[i];
	return NULL;
}

bool
watch_disabled(const struct watch *w)
{
	return w->device->taps[w->point - w->device->profile->points].block == BLOCK_NONE;
}

int64_t
watch_stale_age(const struct watch *w)
{
	return rule_stale_age(w->rule, w->device->conf.period);
}

/* One missed answer may lie between two readings of a hold, two may not. */
int64_t
watch_gap(const struct watch *w)
{
	return 2 * w->device->conf.period + w->device->conf.period / 2;
}

int64_t
watch_max_age(const struct watch *w)
{
	return w->rule->max_age > 0 ? w->rule->max_age : 2 * w->device->conf.period + 60 * S;
}

size_t
rules_count(const struct rules *rules)
{
	return rules->n;
}
