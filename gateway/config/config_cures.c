#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "../../conf/glob.h"
#include "../../rules/watch.h"
#include "config_read.h"

/* Which devices rules of class life hang on, a byte each. */
struct watched {
	const struct config	*config;
	bool			*is;
};

static bool
is_watched(const void *owner, const struct device *d)
{
	const struct watched *w = owner;

	return w->is[d - w->config->devices];
}

/* By the patterns alone: also where something else is wrong. */
static void
mark_by_name(struct watched *w)
{
	const struct config *c = w->config;

	for (size_t i = 0; i < c->nrules; i++)
		for (size_t k = 0; k < c->ndevices; k++)
			if (c->rules[i].class == CLASS_LIFE && c->rules[i].on != NULL &&
			    c->devices[k].conf.name != NULL &&
			    glob_match(c->rules[i].on, c->devices[k].conf.name))
				w->is[k] = true;
}

static void
mark_source(void *owner, const struct device *d, const struct point *p)
{
	struct watched *w = owner;

	(void)p;
	w->is[d - w->config->devices] = true;
}

/* Also what stands in their conditions and is another device. */
static int
mark_by_points(struct config_reader *r, struct watched *w)
{
	struct config *c = r->config;
	struct arena scratch = config_arena();
	struct rule_point p = { .watch = 0 };
	struct derived *derived;
	struct rules *rules;
	uint32_t round = 0;

	if (scratch.at == NULL)
		return config_no_memory(r);
	derived = derived_new(c->derived, c->nderived, c->devices, c->ndevices, &scratch,
	    r->errs);
	rules = derived != NULL ? rules_new(c->rules, c->nrules, c->devices, c->ndevices,
	    &scratch, r->errs) : NULL;
	while (rules != NULL && rules_point(rules, &p))
		if (p.rule->class == CLASS_LIFE)
			derived_sources(derived, p.device, p.point, ++round, mark_source, w);
	munmap(scratch.at, scratch.cap);
	return rules != NULL ? 0 : config_no_memory(r);
}

/* What has a cursor and goes over a network may be dead. */
static int
check_uplinks(struct config_reader *r, const struct cure_conf *cure)
{
	const struct config *c = r->config;
	int rc = 0;

	for (size_t i = 0; i < cure->uplinks.n; i++) {
		const struct uplink_conf *u = NULL;

		for (size_t k = 0; k < c->nuplinks; k++)
			if (c->uplinks[k].name != NULL &&
			    strcmp(c->uplinks[k].name, cure->uplinks.at[i]) == 0)
				u = &c->uplinks[k];
		if (u == NULL && r->part)
			continue;
		if (u == NULL)
			rc |= err_add(r->errs, cure->place.file, cure->place.line,
			    "%s: there is no uplink \"%s\"", cure->name, cure->uplinks.at[i]);
		else if (uplink_kind_at((size_t)u->kind)->present || u->path != NULL)
			rc |= err_add(r->errs, cure->place.file, cure->place.line,
			    "%s: uplink %s goes over no network that could be cured",
			    cure->name, u->name);
	}
	return rc;
}

int
config_cures(struct config_reader *r, bool sound)
{
	struct config *c = r->config;
	struct watched w = { .config = c };
	struct names names;
	int rc = 0;

	c->cures = r->cures.at;
	c->ncures = r->cures.n;
	if (c->ncures == 0)
		return 0;
	w.is = arena_alloc(r->arena, c->ndevices + 1);
	if (w.is == NULL)
		return config_no_memory(r);
	if (names_sort(&names, c->cures, c->ncures, sizeof(c->cures[0]),
	    offsetof(struct cure_conf, name), offsetof(struct cure_conf, place), r) != 0)
		return -1;
	rc |= names_unique(&names, "cures", r);
	mark_by_name(&w);
	if (sound && c->nrules > 0)
		rc |= mark_by_points(r, &w);
	for (size_t i = 0; i < c->ncures; i++) {
		if (c->cures[i].name == NULL)
			continue;
		rc |= check_uplinks(r, &c->cures[i]);
		if (!r->part)
			rc |= cure_check(&c->cures[i], c->devices, c->ndevices, is_watched, &w,
			    r->errs);
	}
	return rc;
}
