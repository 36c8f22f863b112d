#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "../../conf/glob.h"
#include "../../rules/watch.h"
#include "config_read.h"

/* Is all known of the devices that a rule may be on? */
static bool
can_be_tried(const struct config *c, const struct rule_conf *rule)
{
	for (size_t i = 0; i < c->ndevices; i++) {
		const struct device *d = &c->devices[i];

		if (d->conf.name == NULL ||
		    (d->profile == NULL && glob_match(rule->on, d->conf.name)))
			return false;
	}
	return c->ndevices > 0;
}

static size_t
keep_known(const struct config *c, struct rule_conf *rules, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (can_be_tried(c, &rules[i]))
			rules[kept++] = rules[i];
	return kept;
}

/* Tries the sound rules on the devices, in memory that is given back: a rule
 * on no device or on a point that is not there is told. */
static int
try_rules(struct config_reader *r, const struct rule_conf *rules, size_t n)
{
	struct config *c = r->config;
	struct arena scratch = config_arena();
	struct rules *made;
	int rc = 0;

	if (scratch.at == NULL)
		return config_no_memory(r);
	if (derived_new(c->derived, c->nderived, c->devices, c->ndevices, &scratch,
	    r->errs) == NULL)
		rc = -1;
	if ((made = rules_new(rules, n, c->devices, c->ndevices, &scratch, r->errs)) == NULL ||
	    rules_live(made, &c->life, c->areas, c->nlinks, &scratch, r->errs) != 0)
		rc = -1;
	munmap(scratch.at, scratch.cap);
	return rc;
}

/* What the rules must know of the links. */
static int
take_areas(struct config_reader *r)
{
	struct config *c = r->config;

	c->areas = arena_alloc(r->arena, (c->nlinks + 1) * sizeof(c->areas[0]));
	if (c->areas == NULL)
		return config_no_memory(r);
	for (size_t i = 0; i < c->nlinks; i++) {
		const struct link_conf *link = &c->links[i];

		c->areas[i] = (struct area_link){ .name = link->name != NULL ? link->name : "",
		    .carrier = link->carrier, .district = link->district };
	}
	return 0;
}

static int
check_life(struct config_reader *r)
{
	const struct node *node = node_get(r->root, "alarms");
	const struct place at = { node_file(node != NULL ? node : r->root),
	    node != NULL ? node_line(node) : 0 };
	int rc = life_check(&r->config->life, &at, r->errs);

	for (size_t i = 0; i < r->config->nrules; i++) {
		const struct rule_conf *rule = &r->config->rules[i];

		if (rule->name != NULL && own_reserved(rule->name))
			rc = err_add(r->errs, rule->place.file, rule->place.line,
			    "rules: \"%s\" is an alarm of the gateway itself; take another "
			    "name", rule->name);
	}
	return rc | take_areas(r);
}

int
config_derived(struct config_reader *r)
{
	struct config *c = r->config;
	int rc = constants_read(r->constants, &c->constants, r->arena, r->errs);

	c->derived = r->derived.at;
	for (size_t i = 0; i < r->derived.n; i++) {
		struct derived_conf *d = &c->derived[c->nderived];

		*d = c->derived[i];
		if (d->name == NULL || d->on == NULL || d->value == NULL || d->unit == NULL ||
		    (r->part && r->constants == NULL) ||
		    derived_compile(d, &c->constants, r->arena, r->errs) != 0)
			rc = -1;
		else
			c->nderived++;
	}
	return rc;
}

int
config_rules(struct config_reader *r, bool sound)
{
	struct config *c = r->config;
	int rc = 0;
	struct rule_conf *rules = arena_alloc(r->arena, (r->rules.n + 1) * sizeof(*rules));
	struct names names;
	size_t n = 0;

	if (rules == NULL)
		return config_no_memory(r);
	c->rules = r->rules.at;
	c->nrules = r->rules.n;
	if (names_sort(&names, c->rules, c->nrules, sizeof(c->rules[0]),
	    offsetof(struct rule_conf, name), offsetof(struct rule_conf, place), r) != 0)
		return -1;
	rc |= names_unique(&names, "rules", r);
	for (size_t i = 0; i < c->nrules; i++) {
		struct rule_conf *rule = &c->rules[i];

		if (rule->name == NULL || rule->on == NULL || rule->when == NULL ||
		    (r->part && r->constants == NULL) ||
		    rule_compile(rule, &c->constants, r->arena, r->errs) != 0)
			rc = -1;
		else
			rules[n++] = *rule;
	}
	rc |= check_life(r);
	if (r->part)		/* the devices it is on may be hidden */
		return rc;
	if (!sound)
		n = keep_known(c, rules, n);
	if (n == 0 && (c->nderived + c->life.keys.n == 0 || !sound))
		return rc;
	return rc | (try_rules(r, rules, n) != 0 ? -1 : config_clocks(r, rules, n));
}
