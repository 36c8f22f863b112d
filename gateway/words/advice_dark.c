#include <string.h>

#include "../../conf/glob.h"
#include "advice.h"

/* Who misses data is silent while the line of its device is down. Of a cable that is
 * told elsewhere; of a DTU that has no power, or no signal, it is all that people
 * could hear. */

/* Would a rule of that kind tell that the line is gone? */
static bool
tells(const struct rule_conf *r)
{
	return r->condition.waits && (r->class == CLASS_LIFE || r->suppress == SUPPRESS_AREA ||
	    r->suppress == SUPPRESS_NONE);
}

/* Has the device what the call of a function looks for? A name with a full stop is of
 * another one. */
static bool
has_points(const struct expr *e, const struct device *d)
{
	if (e == NULL)
		return true;
	if (e->kind == EXPR_NAME && e->of == NULL && strchr(e->word, '.') == NULL &&
	    profile_point(d->profile, e->word) == NULL)
		return false;
	for (size_t i = 0; i < RULE_ARGS; i++)
		if (!has_points(e->arg[i], d))
			return false;
	return true;
}

static bool
is_on(const struct rule_conf *r, const struct device *d)
{
	return glob_match(r->on, d->conf.name) && has_points(r->condition.root, d);
}

static bool
is_told(const struct config *c, const char *link)
{
	for (size_t i = 0; i < c->ndevices; i++) {
		const struct device *d = &c->devices[i];

		if (strcmp(d->conf.link, link) != 0)
			continue;
		for (size_t k = 0; k < c->nrules; k++)
			if (tells(&c->rules[k]) && is_on(&c->rules[k], d))
				return true;
	}
	return false;
}

/* One line a rule, with the first of its devices. */
static void
look_at_rule(const struct config *c, const struct rule_conf *r, struct errs *errs)
{
	for (size_t i = 0; i < c->ndevices; i++) {
		const struct device *d = &c->devices[i];
		const struct link_conf *l = config_link(c, d->conf.link);

		if (l == NULL || !link_kind_at((size_t)l->kind)->calls || d->profile->pushes ||
		    !d->conf.enabled || !is_on(r, d) || is_told(c, l->name))
			continue;
		err_add(errs, r->place.file, r->place.line,
		    "%s: is silent while link \"%s\" is down, and nobody is told when the DTU of "
		    "%s is gone: say suppress = \"area\"", r->name, l->name, d->conf.name);
		return;
	}
}

void
advice_dark(const struct config *c, struct errs *errs)
{
	for (size_t i = 0; c->tell.contacts.n > 0 && i < c->nrules; i++)
		if (c->rules[i].condition.waits && c->rules[i].kind == RULE_ALARM &&
		    !tells(&c->rules[i]))
			look_at_rule(c, &c->rules[i], errs);
}
