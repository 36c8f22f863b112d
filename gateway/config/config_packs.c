#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/glob.h"
#include "../../conf/span.h"
#include "../../devices/basis.h"
#include "../../rules/fit.h"
#include "config_read.h"

/* What is gathered while the packs are gone through. */
struct gather {
	struct config_reader	*r;
	const struct pack	*pack;
	const struct pack_use	*use;
	struct census		 census;
	const struct device	*unmade;	/* lacks nothing but statistics */
	struct rule_conf	*rules;		/* those of the file, then the packs' */
	size_t			 n, cap, own;
	struct errs		*why;		/* of rules that are on no device */
	bool			 sound;
};

/* A rule of the file of the same name goes before it. */
static bool
is_overridden(const struct gather *g, const char *name)
{
	for (size_t i = 0; i < g->own; i++)
		if (g->rules[i].name != NULL && strcmp(g->rules[i].name, name) == 0)
			return true;
	return false;
}

/* Another of that name has the device already. */
static bool
is_taken(const struct gather *g, const struct rule_conf *rule, const struct device *d)
{
	for (size_t i = g->own; i < g->n; i++)
		if (g->rules[i].on == d->conf.name && strcmp(g->rules[i].name, rule->name) == 0)
			return true;
	return false;
}

static int
add_rule(struct gather *g, const struct rule_conf *rule, const struct device *d)
{
	struct rule_conf *more = g->rules;

	if (g->n == g->cap) {
		g->cap = 2 * g->cap + 64;
		more = arena_alloc(g->r->arena, g->cap * sizeof(*more));
		if (more == NULL)
			return config_no_memory(g->r);
		if (g->n > 0)
			memcpy(more, g->rules, g->n * sizeof(*more));
		g->rules = more;
	}
	more[g->n] = *rule;
	more[g->n++].on = d->conf.name;
	return 0;
}

static int
too_slow(const struct gather *g, const struct rule_conf *rule, const struct device *d)
{
	char is[32], most[32];

	if (rule->class != CLASS_LIFE || g->pack->period == 0 || d->profile->pushes ||
	    d->conf.period <= g->pack->period)
		return 0;	/* a heartbeat is looked at with those of all rules */
	return err_add(g->r->errs, g->use->place.file, g->use->place.line,
	    "packs: %s: the period of %s is %s; %s is the most for a device that %s watches",
	    g->use->name, d->conf.name, span_write(d->conf.period, is, sizeof(is)),
	    span_write(g->pack->period, most, sizeof(most)), rule->name);
}

static bool
lacks_statistics(const struct gather *g, const struct rule_conf *rule, const struct device *d)
{
	const struct census any = { .at = g->census.at, .n = g->census.n };

	return (rule->condition.clocked || rule->clearing.clocked) &&
	    rule_fit(rule, d, &any, false, g->r->errs) == BIND_FITS;
}

/* On each device that has its points. */
static int
place_rule(struct gather *g, const struct rule_conf *rule, const struct device **last)
{
	const struct config *c = g->r->config;
	int rc = 0;

	for (size_t i = 0; i < c->ndevices && rc == 0; i++) {
		const struct device *d = &c->devices[i];
		enum bind_result result;

		if (!glob_match(g->use->on, d->conf.name) ||
		    !glob_match(rule->on, d->conf.name) || is_taken(g, rule, d))
			continue;
		*last = d;
		result = rule_fit(rule, d, &g->census, false, g->r->errs);
		if (result == BIND_WRONG)
			return -1;
		if (result == BIND_ABSENT && lacks_statistics(g, rule, d))
			g->unmade = d;
		if (result == BIND_FITS)
			rc = add_rule(g, rule, d) | too_slow(g, rule, d);
	}
	return rc;
}

static bool
is_device(const struct gather *g, const struct device *of, const char *word)
{
	const char *dot = strrchr(word, '.');
	size_t site = census_site(of);
	char name[160];

	snprintf(name, sizeof(name), "%.*s", (int)(dot - word), word);
	if (census_find(&g->census, name) != NULL)
		return true;
	snprintf(name, sizeof(name), "%.*s%s%.*s", (int)site, of->conf.name,
	    site > 0 ? "/" : "", (int)(dot - word), word);
	return census_find(&g->census, name) != NULL;
}

/* The first name of an expression that is neither a constant nor of a device, such
 * as limit.pm; NULL: none.  Recursion is bounded by the length of the text. */
static const char *
missing(const struct gather *g, const struct expr *e, const struct device *of)
{
	const char *name = NULL;

	if (e == NULL)
		return NULL;
	if (e->kind == EXPR_NAME && e->of == NULL && strchr(e->word, '.') != NULL &&
	    constants_find(&of->conf.constants, e->word) == NULL &&
	    !is_device(g, of, e->word))
		return e->word;
	for (size_t i = 0; i < RULE_ARGS && name == NULL; i++)
		name = missing(g, e->arg[i], of);
	return name;
}

/* Does another standard of the pack say it? */
static bool
is_of_standards(const struct gather *g, const char *word)
{
	const struct pack_standard *at = g->pack->standards.at;
	char group[NAME_MAX_BYTES];
	const char *dot = strchr(word, '.');

	snprintf(group, sizeof(group), "%.*s", (int)(dot - word), word);
	for (size_t i = 0; i < g->pack->standards.n; i++) {
		const struct node *node = at[i].constants != NULL ?
		    node_get(at[i].constants, group) : NULL;

		if (node != NULL && node_kind(node) == NODE_GROUP &&
		    node_get(node, dot + 1) != NULL)
			return true;
	}
	return false;
}

/* Before what binding says of it. */
static void
tell_missing(struct gather *g, const struct expr *root, const struct device *of)
{
	const char *word = missing(g, root, of);

	if (word == NULL)
		return;
	if (!is_of_standards(g, word))
		err_add(g->why, NULL, 0, "there is no point and no constant \"%s\"", word);
	else if (g->use->standard[0] != '\0')
		err_add(g->why, NULL, 0, "standard %s says nothing of \"%s\"",
		    g->use->standard, word);
	else
		err_add(g->why, NULL, 0, "no standard is chosen, which would say \"%s\"", word);
}

/* The first of what was told, in the arena, without whose it is. */
static const char *
first_reason(struct gather *g, const char *name, const char *key)
{
	const char *text = g->why->n > 0 ? g->why->at[0].text : "";
	size_t n = strlen(name);

	if (strncmp(text, name, n) == 0 && strncmp(text + n, ": ", 2) == 0)
		text += n + 2;
	if (strncmp(text, key, strlen(key)) == 0)
		text += strlen(key);
	return arena_text(g->r->arena, text, strlen(text));
}

/* Why it is on no device. */
static const char *
reason(struct gather *g, const struct rule_conf *rule, const struct device *last)
{
	if (last == NULL)
		return err_word(g->r->errs, ERR_("no device fits"));
	g->why->n = 0;
	tell_missing(g, rule->condition.root, last);
	rule_fit(rule, last, &g->census, true, g->why);
	return first_reason(g, rule->name, "when: ");
}

/* Several of one name are one line. */
static struct pack_told *
told(struct gather *g, const char *rule, const char *zh)
{
	struct config *c = g->r->config;
	struct pack_told *t = c->npacks > 0 ? &c->packs[c->npacks - 1] : NULL;

	if (t == NULL || t->pack != g->use->name || strcmp(t->rule, rule) != 0) {
		t = &c->packs[c->npacks++];
		*t = (struct pack_told){ .pack = g->use->name, .standard = g->use->standard,
		    .rule = rule, .zh = zh, .place = g->use->place };
	}
	return t;
}

static int
take_rule(struct gather *g, struct rule_conf *rule, const struct constants *constants)
{
	const struct device *last = NULL;
	struct pack_told *t = told(g, rule->name, rule->name);
	size_t before = g->n;
	int rc;

	if (rule_compile(rule, constants, g->r->arena, g->r->errs) != 0)
		return -1;
	if (is_overridden(g, rule->name) || pack_is_off(g->use, rule->name)) {
		t->why = err_word(g->r->errs, is_overridden(g, rule->name) ?
		    ERR_("a rule of the configuration has its name") :
		    ERR_("the configuration says so"));
		return 0;
	}
	if (!g->sound)
		return 0;
	g->unmade = NULL;
	rc = place_rule(g, rule, &last);
	if (rc != 0)
		return rc;
	t->devices += g->n - before;
	if (t->devices > 0) {
		t->why = NULL;
		t->unmade = false;
	} else if (g->unmade != NULL && !t->unmade) {
		t->why = reason(g, rule, g->unmade);
		t->unmade = true;
	} else if (!t->unmade && (t->why == NULL || last != NULL)) {
		t->why = reason(g, rule, last);
	}
	return 0;
}

static int
told_room(struct config_reader *r, size_t more)
{
	struct config *c = r->config;
	struct pack_told *at = arena_alloc(r->arena, (c->npacks + more + 1) * sizeof(*at));

	if (at == NULL)
		return config_no_memory(r);
	if (c->npacks > 0)
		memcpy(at, c->packs, c->npacks * sizeof(*at));
	c->packs = at;
	return 0;
}

static const struct device *
last_device(const struct gather *g, const char *on)
{
	const struct config *c = g->r->config;

	for (size_t i = c->ndevices; i-- > 0;)
		if (glob_match(g->use->on, c->devices[i].conf.name) &&
		    glob_match(on, c->devices[i].conf.name))
			return &c->devices[i];
	return NULL;
}

/* "fume_ref (rated)": points of one name rest on different things. */
static const char *
title_of(const struct gather *g, const struct derived_conf *point, const char *language)
{
	char text[NAME_MAX_BYTES + 64];
	int basis = basis_find(point->basis);
	int n = snprintf(text, sizeof(text), "%s (%s)", point->name,
	    basis_word((uint8_t)(basis > 0 ? basis : BASIS_NONE), language));

	if (point->basis[0] == '\0' || n < 0 || (size_t)n >= sizeof(text))
		return point->name;
	return arena_text(g->r->arena, text, (size_t)n);
}

/* Its copies, one for each device, share its text. */
static void
tell_point(struct gather *g, const struct derived_conf *point)
{
	const struct config *c = g->r->config;
	struct pack_told *t = told(g, title_of(g, point, "en"),
	    title_of(g, point, "zh"));
	const struct device *d = g->sound ? last_device(g, point->on) : NULL;

	for (size_t i = 0; i < c->nderived; i++)
		t->devices += c->derived[i].value == point->value;
	if (t->devices > 0)
		t->why = NULL;
	else if (pack_is_off(g->use, point->name))
		t->why = err_word(g->r->errs, ERR_("the configuration says so"));
	else if (d == NULL)
		t->why = err_word(g->r->errs, ERR_("no device fits"));
	else if (profile_point(d->profile, point->name) != NULL)
		t->why = err_word(g->r->errs, ERR_("the devices have a point of that name"));
	else {
		g->why->n = 0;
		tell_missing(g, point->formula.root, d);
		derived_fit(point, d, &g->census, true, g->why);
		t->why = first_reason(g, point->name, "value: ");
	}
}

static int
take_pack(struct gather *g, const struct opened_pack *opened)
{
	const struct pack *pack = opened->pack;
	struct derived_conf *points = pack->derived.at;
	struct rule_conf *rules = pack->rules.at;
	int rc = told_room(g->r, pack->rules.n + pack->derived.n);

	g->pack = pack;
	for (size_t i = 0; i < pack->derived.n && rc == 0; i++)
		tell_point(g, &points[i]);
	for (size_t i = 0; i < pack->rules.n; i++)
		rc |= take_rule(g, &rules[i], &opened->constants);
	return rc;
}

static int
take_packs(struct gather *g)
{
	struct pack_use *uses = g->r->packs.at;
	int rc = 0;

	for (size_t i = 0; i < g->r->packs.n; i++) {
		g->use = &uses[i];
		rc |= g->r->opened[i].pack != NULL ? take_pack(g, &g->r->opened[i]) : -1;
	}
	return rc;
}

int
config_packs(struct config_reader *r, bool sound)
{
	struct config *c = r->config;
	struct gather g = { .r = r, .rules = c->rules, .n = c->nrules, .cap = c->nrules,
	    .own = c->nrules, .sound = sound && !r->part };
	int rc;

	if (r->packs.n == 0 || r->opened == NULL)
		return 0;
	if (census_take(&g.census, c->devices, g.sound ? c->ndevices : 0, r->arena) != 0)
		return config_no_memory(r);
	g.census.statistics = config_made(r, &g.census.nstatistics);
	g.why = config_errs();
	g.why->translate = r->errs->translate;
	rc = take_packs(&g);
	free(g.why);
	if (rc != 0)
		return rc;
	c->rules = g.rules;
	c->nrules = g.n;
	return 0;
}
