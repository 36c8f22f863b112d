#include <stdlib.h>
#include <string.h>

#include "../conf/glob.h"
#include "../conf/span.h"
#include "watches.h"

#define S	1000000LL

static int
fault(struct errs *errs, const struct rule_conf *rule, const char *fmt, const char *word)
{
	return err_add(errs, rule->place.file, rule->place.line, fmt, rule->name, word);
}

/* The devices in the order of their names, so that a rule on one of thousands
 * need not be held against all of them. */
struct census {
	const struct device	**at;
	size_t			  n;
};

static int
by_device(const void *a, const void *b)
{
	const struct device *const *p = a, *const *q = b;

	return strcmp((*p)->conf.name, (*q)->conf.name);
}

static int
take_census(struct census *c, const struct device *devices, size_t n, struct arena *arena)
{
	c->at = arena_alloc(arena, (n + 1) * sizeof(c->at[0]));
	if (c->at == NULL)
		return -1;
	for (c->n = 0; c->n < n; c->n++)
		c->at[c->n] = &devices[c->n];
	qsort(c->at, n, sizeof(c->at[0]), by_device);
	return 0;
}

/* The next device that fits, from *i on; NULL: no more.  What stands before the
 * first sign of a pattern says where those that fit stand side by side. */
static const struct device *
next_on(const struct census *c, const char *pattern, size_t *i)
{
	size_t len = strcspn(pattern, "*?"), high = c->n;

	while (*i < high && len > 0) {
		size_t middle = *i + (high - *i) / 2;

		if (strncmp(c->at[middle]->conf.name, pattern, len) < 0)
			*i = middle + 1;
		else
			high = middle;
	}
	for (; *i < c->n && strncmp(c->at[*i]->conf.name, pattern, len) == 0; ++*i)
		if (glob_match(pattern, c->at[*i]->conf.name))
			return c->at[(*i)++];
	return NULL;
}

/* No device of the rule has its point: which of their points was meant? */
static int
no_point(const struct rule_conf *rule, const struct profile *profile, struct errs *errs)
{
	const char *near = profile_near(profile, rule->condition.point);

	return err_add(errs, rule->place.file, rule->place.line, near != NULL ?
	    ERR_("%s: no device that it is on has a point \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: no device that it is on has a point \"%s\""),
	    rule->name, rule->condition.point, near);
}

static bool
has_point(const struct device *d, const struct rule_conf *rule)
{
	return profile_point(d->profile, rule->condition.point) != NULL;
}

/* How many devices a rule is on; 0: the reason is in errs. */
static size_t
count(const struct rule_conf *rule, const struct census *census, struct errs *errs)
{
	const struct profile *other = NULL;
	const struct device *d;
	size_t hits = 0, i = 0;

	while ((d = next_on(census, rule->on, &i)) != NULL) {
		hits += has_point(d, rule);
		other = d->profile;
	}
	if (hits == 0 && other == NULL)
		fault(errs, rule, "%s: on \"%s\" fits no device", rule->on);
	else if (hits == 0)
		no_point(rule, other, errs);
	return hits;
}

/* Before the next reading is due it would be taken for silence. */
static int
check_age(const struct rule_conf *rule, const struct device *d, const struct point *p,
    struct errs *errs)
{
	int64_t age = rule->condition.age, period = device_period(d, p);
	char words[2][32];

	if (age == 0 || age > period)
		return 0;
	return err_add(errs, rule->place.file, rule->place.line,
	    "%s: stale after %s, but %s is read only each %s", rule->name,
	    span_write(age, words[0], sizeof(words[0])), d->conf.name,
	    span_write(period, words[1], sizeof(words[1])));
}

/* Can the rule ever say what it shall, of each device that it is on? */
static int
check_devices(const struct rule_conf *rule, const struct census *census, struct errs *errs)
{
	const struct device *d;
	size_t i = 0;
	int rc = 0;

	while ((d = next_on(census, rule->on, &i)) != NULL) {
		const struct point *p = profile_point(d->profile, rule->condition.point);

		if (p == NULL)
			continue;
		if (rule->condition.kind == CONDITION_STALE)
			rc |= check_age(rule, d, p, errs);
		else if (p->raw->needs & RAW_LENGTH)
			rc = err_add(errs, rule->place.file, rule->place.line,
			    "%s: point \"%s\" of %s is a text, which is above or below nothing",
			    rule->name, p->name, d->conf.name);
	}
	return rc;
}

static void
fill(struct rules *rules, const struct rule_conf *rule, const struct census *census)
{
	const struct device *d;
	size_t i = 0;

	while ((d = next_on(census, rule->on, &i)) != NULL)
		if (has_point(d, rule))
			rules->at[rules->n++] = (struct watch){ .rule = rule, .device = d,
			    .point = profile_point(d->profile, rule->condition.point),
			    .alarm = { .latching = rule->latching },
			    .quality = { .code = Q_NO_DATA_YET } };
}

static int
compare_names(const struct watch *w, const char *rule, const char *device)
{
	int order = strcmp(w->rule->name, rule);

	return order != 0 ? order : strcmp(w->device->conf.name, device);
}

static int
by_name(const void *a, const void *b)
{
	const struct watch *const *p = a, *const *q = b;

	return compare_names(*p, (*q)->rule->name, (*q)->device->conf.name);
}

static void
sort_names(struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		rules->by_name[i] = &rules->at[i];
	qsort(rules->by_name, rules->n, sizeof(struct watch *), by_name);
}

static int
take_room(struct rules *rules, size_t n, struct arena *arena)
{
	rules->at = arena_alloc(arena, (n + 1) * sizeof(*rules->at));
	rules->by_name = arena_alloc(arena, (n + 1) * sizeof(struct watch *));
	rules->by_series = arena_alloc(arena, (n + 1) * sizeof(struct watch *));
	rules->standing = arena_alloc(arena, (n + 1) * sizeof(struct watch *));
	rules->dues.heap = arena_alloc(arena, (n + 1) * sizeof(struct due *));
	rules->dues.cap = n;
	return rules->at == NULL || rules->by_name == NULL || rules->by_series == NULL ||
	    rules->standing == NULL || rules->dues.heap == NULL ? -1 : 0;
}

struct rules *
rules_new(const struct rule_conf *confs, size_t nrules, const struct device *devices,
    size_t ndevices, struct arena *arena, struct errs *errs)
{
	struct rules *rules = arena_alloc(arena, sizeof(*rules));
	struct census census = { .n = 0 };
	bool wrong = false;
	size_t n = 0;
	int rc = take_census(&census, devices, ndevices, arena);

	for (size_t i = 0; i < nrules && rc == 0; i++) {
		size_t hits = count(&confs[i], &census, errs);

		wrong |= hits == 0 || check_devices(&confs[i], &census, errs) != 0;
		n += hits;
	}
	if (wrong)
		return NULL;
	if (rc != 0 || rules == NULL || take_room(rules, n, arena) != 0) {
		err_add(errs, "", 0, "rules: no memory left for %zu alarms", n);
		return NULL;
	}
	for (size_t i = 0; i < nrules; i++)
		fill(rules, &confs[i], &census);
	sort_names(rules);
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
	for (size_t i = 0; i < d->profile->npoints; i++) {
		size_t n;
		struct watch **at = watches_of(rules, d->taps[i].series, &n);

		for (size_t k = 0; k < n; k++)
			if (at[k]->rule->class == CLASS_LIFE)
				return true;
	}
	return false;
}

struct watch *
watch_find(const struct rules *rules, const char *rule, const char *device)
{
	size_t low = 0, high = rules->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_names(rules->by_name[middle], rule, device);

		if (order == 0)
			return rules->by_name[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
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
	return rule_stale_age(w->rule, device_period(w->device, w->point));
}

/* One missed answer may lie between two readings of a hold, two may not. */
int64_t
watch_gap(const struct watch *w)
{
	return device_period(w->device, w->point) * 5 / 2;
}

int64_t
watch_max_age(const struct watch *w)
{
	return w->rule->max_age > 0 ? w->rule->max_age :
	    2 * device_period(w->device, w->point) + 60 * S;
}
