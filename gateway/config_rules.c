#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "../conf/span.h"
#include "../rules/watch.h"
#include "config_read.h"

/* An alarm that can kill must not wait longer for a line to fall silent. */
#define LIFE_SILENCE	20000000LL

/* After an answer that did not come, a line is left alone for max_late. */
static int
check_life(struct config_reader *r, const struct rule_conf *rule, const struct link_conf *link)
{
	const struct config *c = r->config;
	char span[32];
	int rc = 0;

	for (size_t i = 0; i < c->ndevices; i++) {
		const struct device_conf *d = &c->devices[i].conf;

		if (strcmp(d->link, link->name) != 0 || !glob_match(rule->on, d->name))
			continue;
		rc = err_add(r->errs, rule->place.file, rule->place.line,
		    "%s: is of class life, but max_late of link \"%s\" lets %s be silent for %s; "
		    "20s is the most", rule->name, link->name, d->name,
		    span_write(link->max_late, span, sizeof(span)));
	}
	return rc;
}

static int
check_lives(struct config_reader *r, const struct rule_conf *rules, size_t n)
{
	const struct config *c = r->config;
	int rc = 0;

	for (size_t i = 0; i < c->nlinks; i++)
		for (size_t k = 0; c->links[i].max_late > LIFE_SILENCE && k < n; k++)
			if (rules[k].class == CLASS_LIFE)
				rc |= check_life(r, &rules[k], &c->links[i]);
	return rc;
}

/* Tries the sound rules on the devices, in memory that is given back: a rule
 * on no device or on a point that is not there is told. */
static int
try_rules(struct config_reader *r, const struct rule_conf *sound, size_t n)
{
	struct config *c = r->config;
	struct arena scratch = config_arena();
	int rc = 0;

	if (scratch.at == NULL)
		return config_no_memory(r);
	if (rules_new(sound, n, c->devices, c->ndevices, &scratch, r->errs) == NULL)
		rc = -1;
	munmap(scratch.at, scratch.cap);
	return rc;
}

int
config_rules(struct config_reader *r, bool devices_sound)
{
	struct config *c = r->config;
	int rc = constants_read(r->constants, &c->constants, r->arena, r->errs);
	struct rule_conf *sound = arena_alloc(r->arena, (r->rules.n + 1) * sizeof(*sound));
	struct names names;
	size_t n = 0;

	if (sound == NULL)
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
		    rule_compile(rule, &c->constants, r->arena, r->errs) != 0)
			rc = -1;
		else
			sound[n++] = *rule;
	}
	if (!devices_sound)
		return rc;
	rc |= check_lives(r, sound, n);
	return rc | try_rules(r, sound, n);
}
