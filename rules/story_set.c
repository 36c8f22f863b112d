#include <string.h>

#include "../conf/glob.h"
#include "fit.h"
#include "story.h"

/* The stage while it is set. */
struct setting {
	const struct story_file	*file;
	const struct story	*story;
	struct story_stage	*stage;
	struct constants	 constants;
	struct derived_conf	*derived;
	struct census		 census;
	struct arena		*arena;
	struct errs		*errs;
};

static int
no_memory(struct setting *s)
{
	return err_add(s->errs, s->story->place.file, s->story->place.line,
	    "stories: no memory left for the site of this one");
}

static int
set_point(struct setting *s, const struct story_point *from, struct point *to)
{
	const struct unit *unit = from->unit[0] != '\0' ? unit_find(from->unit) : NULL;

	*to = (struct point){ .at = from->place, .name = from->name, .zh = "", .en = "",
	    .raw = raw_find("f64"), .scale = 1, .decimals = (int8_t)from->decimals,
	    .unit = unit, .hj212 = "", .sl651 = "" };
	if (from->unit[0] == '\0' || unit != NULL)
		return 0;
	return err_add(s->errs, from->place.file, from->place.line,
	    "%s: unit \"%s\" is not known", from->name, from->unit);
}

static const struct profile *
set_profile(struct setting *s, const struct story_device *from)
{
	struct profile *p = arena_alloc(s->arena, sizeof(*p));
	struct point *points = arena_alloc(s->arena, (from->points.n + 1) * sizeof(*points));
	const struct story_point *at = from->points.at;
	int rc = 0;

	if (p == NULL || points == NULL) {
		no_memory(s);
		return NULL;
	}
	for (size_t i = 0; i < from->points.n; i++)
		rc |= set_point(s, &at[i], &points[i]);
	*p = (struct profile){ .name = from->name, .points = points,
	    .npoints = from->points.n };
	return rc == 0 ? derived_profile(s->derived, s->stage->nderived, from->name, p,
	    s->arena, s->errs) : NULL;
}

static int
set_device(struct setting *s, const struct story_device *from, struct device *d)
{
	struct device_conf *c = &d->conf;

	*d = (struct device){ .profile = set_profile(s, from) };
	if (d->profile == NULL)
		return -1;
	d->taps = arena_alloc(s->arena, (d->profile->npoints + 1) * sizeof(*d->taps));
	if (d->taps == NULL)
		return no_memory(s);
	for (size_t i = 0; i < d->profile->npoints; i++)
		d->taps[i].block = d->profile->points[i].derived ? BLOCK_DERIVED : 0;
	c->place = from->place;
	c->name = from->name;
	c->zh = from->zh != NULL ? from->zh : "";
	c->en = from->en != NULL ? from->en : "";
	c->link = c->station = c->unit = c->profile = "";
	c->period = s->story->period > 0 ? s->story->period : from->period;
	c->enabled = true;
	return constants_read(from->constants, &c->constants, s->arena, s->errs);
}

static int
set_devices(struct setting *s)
{
	const struct story_device *from = s->file->devices.at;
	size_t n = s->file->devices.n;
	int rc = 0;

	s->stage->devices = arena_alloc(s->arena, (n + 1) * sizeof(struct device));
	if (s->stage->devices == NULL)
		return no_memory(s);
	s->stage->ndevices = n;
	for (size_t i = 0; i < n; i++) {
		rc |= set_device(s, &from[i], &s->stage->devices[i]);
		for (size_t k = 0; k < i; k++)
			if (strcmp(from[k].name, from[i].name) == 0)
				rc = err_add(s->errs, from[i].place.file, from[i].place.line,
				    "devices: \"%s\" is there already", from[i].name);
	}
	if (rc != 0)
		return -1;
	return census_take(&s->census, s->stage->devices, n, s->arena) == 0 ? 0 : no_memory(s);
}

static int
set_derived(struct setting *s)
{
	size_t n = s->file->derived.n;
	int rc = 0;

	s->derived = arena_alloc(s->arena, (n + 1) * sizeof(*s->derived));
	if (s->derived == NULL)
		return no_memory(s);
	if (n > 0)
		memcpy(s->derived, s->file->derived.at, n * sizeof(*s->derived));
	for (size_t i = 0; i < n; i++)
		rc |= derived_compile(&s->derived[i], &s->constants, s->arena, s->errs);
	s->stage->derived = s->derived;
	s->stage->nderived = n;
	return rc;
}

/* Another of that name has the device already. */
static bool
is_taken(const struct rule_conf *rules, size_t from, size_t n, const char *name,
    const struct device *d)
{
	for (size_t i = from; i < n; i++)
		if (rules[i].on == d->conf.name && strcmp(rules[i].name, name) == 0)
			return true;
	return false;
}

/* A rule of a pack, on each device that has its points and no other of its name. */
static int
place_rule(struct setting *s, const struct pack_use *use, const struct rule_conf *rule,
    struct rule_conf *to, size_t own)
{
	struct story_stage *stage = s->stage;

	for (size_t i = 0; i < stage->ndevices; i++) {
		const struct device *d = &stage->devices[i];
		enum bind_result result;

		if (!glob_match(use->on, d->conf.name) || !glob_match(rule->on, d->conf.name) ||
		    is_taken(to, own, stage->nrules, rule->name, d))
			continue;
		result = rule_fit(rule, d, &s->census, false, s->errs);
		if (result == BIND_WRONG)
			return -1;
		if (result != BIND_FITS)
			continue;
		to[stage->nrules] = *rule;
		to[stage->nrules++].on = d->conf.name;
	}
	return 0;
}

static int
place_pack(struct setting *s, const struct pack_use *as, const struct pack *pack,
    struct rule_conf *to)
{
	const struct rule_conf *rules = pack->rules.at;
	struct pack_use use = *as;
	struct constants constants;
	size_t own = s->file->rules.n;
	int rc = 0;

	if (s->story->standard[0] != '\0')
		use.standard = s->story->standard;
	if (pack_constants(pack, &use, &s->constants, &constants, s->arena, s->errs) != 0 ||
	    pack_check_off(pack, &use, s->arena, s->errs) != 0)
		return -1;
	for (size_t i = 0; i < pack->rules.n; i++) {
		struct rule_conf rule = rules[i];
		const struct rule_conf *of_file = s->file->rules.at;
		bool off = pack_is_off(&use, rule.name);

		for (size_t k = 0; k < own; k++)
			off |= strcmp(of_file[k].name, rule.name) == 0;
		if (rule_compile(&rule, &constants, s->arena, s->errs) != 0)
			rc = -1;
		else if (!off)
			rc |= place_rule(s, &use, &rule, to, own);
	}
	return rc;
}

static int
set_rules(struct setting *s, struct pack *const *packs)
{
	const struct pack_use *uses = s->file->packs.at;
	size_t own = s->file->rules.n, most = own;
	struct rule_conf *to;
	int rc = 0;

	for (size_t i = 0; i < s->file->packs.n; i++)
		most += packs[i]->rules.n * s->stage->ndevices;
	to = arena_alloc(s->arena, (most + 1) * sizeof(*to));
	if (to == NULL)
		return no_memory(s);
	if (own > 0)
		memcpy(to, s->file->rules.at, own * sizeof(*to));
	for (size_t i = 0; i < own; i++)
		rc |= rule_compile(&to[i], &s->constants, s->arena, s->errs);
	s->stage->rules = to;
	s->stage->nrules = own;
	for (size_t i = 0; i < s->file->packs.n; i++)
		rc |= place_pack(s, &uses[i], packs[i], to);
	return rc;
}

int
story_set(const struct story_file *file, struct pack *const *packs, const struct story *story,
    struct story_stage *stage, struct arena *arena, struct errs *errs)
{
	struct setting s = { .file = file, .story = story, .stage = stage, .arena = arena,
	    .errs = errs };

	*stage = (struct story_stage){ .zone = stage->zone, .life = &file->life,
	    .statistics = file->statistics.at, .nstatistics = file->statistics.n };
	if (constants_read(file->constants, &s.constants, arena, errs) != 0 ||
	    set_derived(&s) != 0 || set_devices(&s) != 0)
		return -1;
	return set_rules(&s, packs);
}
