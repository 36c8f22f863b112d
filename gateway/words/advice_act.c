#include <stdio.h>
#include <string.h>

#include "../../conf/glob.h"
#include "../../devices/output.h"
#include "../../rules/census.h"
#include "advice.h"

/* Of a rule that switches outputs, on the first of its devices. */
struct deed_of {
	const struct config		*config;
	const struct rule_conf		*rule;
	const struct action_conf	*action;
	char				 name[2 * NAME_MAX_BYTES];	/* DEVICE.POINT */
	bool				 valve;
};

/* The device of the same site before one that is called so, as rules take it. */
static const struct device *
find(const struct config *c, const struct device *d, const char *output, size_t len)
{
	char name[2 * NAME_MAX_BYTES];
	const struct device *found;
	size_t site = census_site(d);

	snprintf(name, sizeof(name), "%.*s%s%.*s", (int)site, d->conf.name, site > 0 ? "/" : "",
	    (int)len, output);
	found = config_device(c, name);
	if (found != NULL)
		return found;
	snprintf(name, sizeof(name), "%.*s", (int)len, output);
	return config_device(c, name);
}

/* False: the rule is on no such device. */
static bool
name_it(struct deed_of *deed)
{
	const char *dot = strrchr(deed->action->output, '.');
	const struct device *d = NULL, *out;
	const struct output *o;
	const struct point *p;

	for (size_t i = 0; i < deed->config->ndevices && d == NULL; i++)
		if (glob_match(deed->rule->on, deed->config->devices[i].conf.name))
			d = &deed->config->devices[i];
	if (d == NULL || dot == NULL)
		return false;
	out = find(deed->config, d, deed->action->output, (size_t)(dot - deed->action->output));
	p = out != NULL ? profile_point(out->profile, dot + 1) : NULL;
	if (p == NULL)
		return false;
	o = output_of(out, p);
	deed->valve = o != NULL && o->acts == OUTPUT_GAS_VALVE;
	snprintf(deed->name, sizeof(deed->name), "%.63s.%.63s", out->conf.name, p->name);
	return true;
}

static void
add_ways(const struct way_list *ways, unsigned *bits)
{
	for (size_t i = 0; i < ways->n; i++)
		*bits |= 1u << (ways->at[i] & 31);
}

/* All ways by which its steps tell somebody, as bits. */
static unsigned
ways_of(const struct plan *plan, const struct policy *policy)
{
	unsigned bits = 0;

	for (size_t i = 0; i < policy->nsteps; i++)
		for (size_t k = 0; k < plan->ncontacts; k++)
			if (plan_may_be(plan, &policy->steps[i].to, k))
				add_ways(policy->steps[i].by.n > 0 ? &policy->steps[i].by :
				    &plan->contacts[k].ways, &bits);
	return bits;
}

static void
look_at(const struct deed_of *deed, struct errs *errs)
{
	const struct plan *plan = deed->config->plan;
	const struct place *at = deed->action->place.file != NULL ? &deed->action->place :
	    &deed->rule->place;
	const struct policy *policy;
	unsigned ways = 0;
	size_t i = 0;

	while ((policy = plan_match(plan, "sys.disobeyed", deed->name, deed->valve ? CLASS_LIFE :
	    CLASS_EQUIPMENT, deed->valve ? PRIORITY_URGENT : PRIORITY_HIGH, &i)) != NULL)
		ways |= ways_of(plan, policy);
	if (ways == 0)
		err_add(errs, at->file, at->line, "%s: nobody is told when %s does not obey: "
		    "name sys.disobeyed under rules of a policy of notify", deed->rule->name,
		    deed->name);
	else if ((ways & (ways - 1)) == 0)
		err_add(errs, at->file, at->line, "%s: that %s does not obey is told by one way "
		    "alone: give its policy a step by another one", deed->rule->name,
		    deed->name);
}

/* Other classes are masked from afar, and what is masked switches nothing. */
static void
look_at_valve(const struct deed_of *deed, struct errs *errs)
{
	const struct place *at = deed->action->place.file != NULL ? &deed->action->place :
	    &deed->rule->place;

	if (deed->valve && deed->rule->class != CLASS_LIFE)
		err_add(errs, at->file, at->line, "%s: closes the gas valve %s and is not of "
		    "class life: maintenance that is begun from afar holds the close back",
		    deed->rule->name, deed->name);
}

void
advice_act(const struct config *c, struct errs *errs)
{
	for (size_t i = 0; i < c->nrules; i++) {
		const struct action_conf *actions = c->rules[i].actions.at;

		for (size_t k = 0; k < c->rules[i].actions.n; k++) {
			struct deed_of deed = { .config = c, .rule = &c->rules[i],
			    .action = &actions[k] };

			if (actions[k].at != ACTION_ENTER || !name_it(&deed))
				continue;
			look_at_valve(&deed, errs);
			if (c->tell.contacts.n > 0)
				look_at(&deed, errs);
		}
	}
}
