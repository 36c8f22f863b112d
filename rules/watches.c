#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit.h"
#include "watches.h"

static const struct zone utc = { .n = 0 };

static int
fault(struct errs *errs, const struct rule_conf *rule, const char *fmt, const char *word)
{
	return err_add(errs, rule->place.file, rule->place.line, fmt, rule->name, word);
}

static struct rule_binding
binding_of(const struct rule_conf *rule, const struct census *census, struct errs *errs)
{
	return (struct rule_binding){ .census = census, .place = &rule->place,
	    .name = rule->name, .when = &rule->condition, .clear = &rule->clearing,
	    .deadband = rule->deadband, .guards = rule->class == CLASS_LIFE,
	    .max_age = rule->max_age, .errs = errs };
}

/* None of the devices has all of its points: which was meant? */
static void
tell_absent(struct rule_binding *b, const struct device *d)
{
	struct rule_program p;

	b->device = d;
	b->tell_absent = true;
	program_bind(b, &p);
}

enum bind_result
rule_fit(const struct rule_conf *rule, const struct device *d, const struct census *census,
    bool tell, struct errs *errs)
{
	struct rule_binding b = binding_of(rule, census, errs);
	struct rule_program p;

	b.device = d;
	b.tell_absent = tell;
	return program_bind(&b, &p);
}

/* On how many devices a rule can be; 0: the reason is in errs. */
static size_t
count(const struct rule_conf *rule, const struct census *census, size_t *inputs,
    struct errs *errs)
{
	struct rule_binding b = binding_of(rule, census, errs);
	const struct device *last = NULL;
	struct rule_program p;
	size_t hits = 0, i = 0;

	while ((b.device = census_next(census, rule->on, &i)) != NULL) {
		enum bind_result result = program_bind(&b, &p);

		if (result == BIND_WRONG)
			return 0;
		if (result == BIND_FITS) {
			hits++;
			*inputs += p.ninputs;
		}
		last = b.device;
	}
	if (hits == 0 && last == NULL)
		fault(errs, rule, "%s: on \"%s\" fits no device", rule->on);
	else if (hits == 0)
		tell_absent(&b, last);
	return hits;
}

static int
fill(struct rules *rules, const struct rule_conf *rule, const struct census *census,
    struct arena *arena, struct errs *errs)
{
	struct rule_binding b = binding_of(rule, census, errs);
	size_t i = 0;

	b.arena = arena;
	while ((b.device = census_next(census, rule->on, &i)) != NULL) {
		struct watch *w = &rules->at[rules->n];
		enum bind_result result;

		*w = (struct watch){ .rule = rule, .device = b.device,
		    .alarm = { .latching = rule->latching,
		    .event = rule->kind == RULE_EVENT }, .limit = NAN, .figure = NAN,
		    .next = INT64_MAX, .expires = INT64_MAX,
		    .quality = { .code = Q_NO_DATA_YET } };
		result = program_bind(&b, &w->program);
		if (result == BIND_WRONG)
			return -1;
		rules->n += result == BIND_FITS;
	}
	return 0;
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
take_room(struct rules *rules, size_t n, size_t inputs, struct arena *arena)
{
	/* one more than there are: what a device has not all of is tried in it */
	rules->at = arena_alloc(arena, (n + 1) * sizeof(*rules->at));
	rules->by_name = arena_alloc(arena, (n + 1) * sizeof(struct watch *));
	rules->by_series = arena_alloc(arena, (inputs + 1) * sizeof(*rules->by_series));
	rules->standing = arena_alloc(arena, (n + 1) * sizeof(struct watch *));
	rules->dues.heap = arena_alloc(arena, (n + 1) * sizeof(struct due *));
	rules->dues.cap = n;
	return rules->at == NULL || rules->by_name == NULL || rules->by_series == NULL ||
	    rules->standing == NULL || rules->dues.heap == NULL ? -1 : 0;
}

/* Those that fit: what is wrong with the others was told. */
static int
fill_all(struct rules *rules, const struct rule_conf *confs, const bool *fit, size_t n,
    const struct census *census, struct arena *arena, struct errs *errs)
{
	for (size_t i = 0; i < n; i++)
		if (fit[i] && fill(rules, &confs[i], census, arena, errs) != 0)
			return -1;
	sort_names(rules);
	rules->zone = &utc;
	return 0;
}

struct rules *
rules_new(const struct rule_conf *confs, size_t nrules, const struct device *devices,
    size_t ndevices, struct arena *arena, struct errs *errs)
{
	struct rules *rules = arena_alloc(arena, sizeof(*rules));
	bool *fit = arena_alloc(arena, nrules + 1), wrong = false;
	struct census census = { .n = 0 };
	size_t n = 0, inputs = 0;
	int rc = census_take(&census, devices, ndevices, arena);

	for (size_t i = 0; i < nrules && rc == 0 && fit != NULL; i++) {
		size_t hits = count(&confs[i], &census, &inputs, errs);

		fit[i] = hits > 0;
		wrong |= hits == 0;
		n += hits;
	}
	if (rc != 0 || fit == NULL || rules == NULL || take_room(rules, n, inputs, arena) != 0) {
		err_add(errs, "", 0, "rules: no memory left for %zu alarms", n);
		return NULL;
	}
	rules->devices = devices;
	rules->ndevices = ndevices;
	return fill_all(rules, confs, fit, nrules, &census, arena, errs) == 0 &&
	    deeds_bind(rules, &census, arena, errs) == 0 && !wrong ? rules : NULL;
}

/* Those of a watch side by side, the watches in the order of the file. */
static int
by_series(const void *a, const void *b)
{
	const struct dependant *p = a, *q = b;

	if (p->series != q->series)
		return p->series < q->series ? -1 : 1;
	if (p->watch != q->watch)
		return p->watch < q->watch ? -1 : 1;
	return p->input < q->input ? -1 : p->input > q->input;
}

void
rules_start(struct rules *rules, int64_t now)
{
	rules->now = now;
	rules->ndependants = 0;
	for (size_t i = 0; i < rules->n; i++) {
		struct watch *w = &rules->at[i];

		program_start(&w->program, now);
		for (size_t k = 0; k < w->program.ninputs; k++)
			rules->by_series[rules->ndependants++] = (struct dependant){
			    .series = w->program.inputs[k].series, .input = (uint32_t)k,
			    .watch = w };
		w->next = now;
		watch_arm(rules, w);
	}
	qsort(rules->by_series, rules->ndependants, sizeof(*rules->by_series), by_series);
}

struct dependant *
watches_of(const struct rules *rules, uint32_t series, size_t *n)
{
	size_t low = 0, high = rules->ndependants;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rules->by_series[middle].series < series)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < rules->ndependants && rules->by_series[high].series == series;
	    high++)
		continue;
	*n = high - low;
	return &rules->by_series[low];
}

bool
rules_watch_series(const struct rules *rules, uint32_t series)
{
	size_t n = 0;

	watches_of(rules, series, &n);
	return n > 0;
}

bool
rules_guard_series(const struct rules *rules, uint32_t series)
{
	size_t n;
	const struct dependant *at = watches_of(rules, series, &n);

	for (size_t k = 0; k < n; k++)
		if (at[k].watch->rule->class == CLASS_LIFE)
			return true;
	return false;
}

int64_t
rules_max_age(const struct rules *rules, uint32_t series, bool life)
{
	size_t n;
	const struct dependant *at = watches_of(rules, series, &n);
	int64_t least = INT64_MAX;

	for (size_t k = 0; k < n; k++) {
		int64_t age = at[k].watch->program.inputs[at[k].input].max_age;

		if ((!life || at[k].watch->rule->class == CLASS_LIFE) && age < least)
			least = age;
	}
	return least;
}

bool
rules_point(const struct rules *rules, struct rule_point *p)
{
	while (p->watch < rules->n && p->input >= rules->at[p->watch].program.ninputs) {
		p->watch++;
		p->input = 0;
	}
	if (p->watch == rules->n)
		return false;
	p->rule = rules->at[p->watch].rule;
	p->device = rules->at[p->watch].program.inputs[p->input].device;
	p->point = rules->at[p->watch].program.inputs[p->input++].point;
	return true;
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

static bool
is_disabled(const struct rule_input *in)
{
	return in->device->taps[in->point - in->device->profile->points].block == BLOCK_NONE;
}

bool
watch_disabled(const struct watch *w)
{
	const struct rule_program *p = &w->program;

	for (size_t i = 0; i < p->ninputs; i++) {
		if (!is_disabled(&p->inputs[i]))
			return false;
		if (!p->grouped)
			return true;
	}
	return p->ninputs > 0;
}

int64_t
watch_stale_age(const struct watch *w)
{
	return w->program.silence;
}
