#include <stdio.h>
#include <string.h>

#include "../../conf/glob.h"
#include "advice.h"

static const char *const weekdays[] = { ERR_("mon"), ERR_("tue"), ERR_("wed"), ERR_("thu"),
	ERR_("fri"), ERR_("sat"), ERR_("sun") };

static void
look_at_calendar(const struct calendar *c, struct errs *errs)
{
	struct gap_of_duty gap;
	const struct date_conf *dates = c->conf->dates.at;
	const char *day;

	if (!duty_gap(c, &gap))
		return;
	day = err_word(errs, weekdays[gap.weekday]);
	for (size_t i = 0; gap.day >= 0 && i < c->ndates; i++)
		if (gap.day >= c->dates[i].first && gap.day <= c->dates[i].last)
			day = dates[i].date;
	err_add(errs, c->conf->place.file, c->conf->place.line,
	    "%s: nobody is on duty on %s from %02d:%02d to %02d:%02d", c->conf->name, day,
	    gap.from / 60, gap.from % 60, gap.to / 60, gap.to % 60);
}

static bool
is_told(const struct config *c, const struct rule_conf *rule, const char *device)
{
	size_t i = 0;

	return plan_match(c->plan, rule->name, device, (enum alarm_class)rule->class,
	    (enum priority)rule->priority, &i) != NULL;
}

/* One line a rule, with the first of its devices. */
static void
look_at_rule(const struct config *c, const struct rule_conf *rule, struct errs *errs)
{
	for (size_t i = 0; i < c->ndevices; i++) {
		const char *device = c->devices[i].conf.name;

		if (!glob_match(rule->on, device) || is_told(c, rule, device))
			continue;
		err_add(errs, rule->place.file, rule->place.line,
		    "%s: is of class life, and nobody is told of it on %s", rule->name, device);
		return;
	}
}

static unsigned
served(const struct plan *p, const struct contact *k)
{
	unsigned bits = 0;

	for (int class = 0; class_names[class] != NULL; class++)
		for (size_t i = 0; i < k->ways.n; i++)
			if (plan_serves(&p->conf->ways[k->ways.at[i]],
			    (enum alarm_class)class, NOTICE_ALARM))
				bits |= 1u << class;
	return bits;
}

/* Those of a rule that says itself who is told: its own class. */
static unsigned
classes_of(const struct config *c, const struct policy *policy)
{
	if (policy >= c->plan->policies + c->plan->nrules)
		return policy->classes;
	for (size_t i = 0; i < c->nrules; i++)
		if (strcmp(c->rules[i].name, policy->conf->name) == 0)
			return 1u << c->rules[i].class;
	return 0;
}

static bool
may_reach(const struct plan *p, const struct policy *policy, size_t contact)
{
	for (size_t i = 0; i < policy->nsteps; i++)
		if (plan_may_be(p, &policy->steps[i].to, contact))
			return true;
	return false;
}

/* Somebody who is to be told of what none of their ways is for; one line each. */
static void
look_at_contact(const struct config *c, size_t contact, struct errs *errs)
{
	const struct contact *k = &c->plan->contacts[contact];
	unsigned has = served(c->plan, k), class = 0;

	for (size_t i = 0; i < c->plan->npolicies; i++) {
		const struct policy *policy = &c->plan->policies[i];
		unsigned lacks = classes_of(c, policy) & ~has & ((1u << CLASSES) - 1);

		if (lacks == 0 || !may_reach(c->plan, policy, contact))
			continue;
		while (!(lacks >> class & 1))
			class++;
		err_add(errs, k->conf->place.file, k->conf->place.line,
		    "%s: is to be told by \"%s\" of alarms of class %s, and none of the "
		    "contact's ways is for them", k->conf->name, policy->conf->name,
		    class_names[class]);
		return;
	}
}

static bool
hears(const struct plan *p, const struct way_list *ways)
{
	for (size_t i = 0; i < ways->n; i++)
		if (p->conf->ways[ways->at[i]].hears)
			return true;
	return false;
}

/* Somebody who may answer, and nothing would hear it. */
static void
look_at_replies(const struct plan *p, size_t contact, struct errs *errs)
{
	const struct contact *k = &p->contacts[contact];
	bool heard = !k->conf->reply || hears(p, &k->ways);

	for (size_t i = 0; i < p->npolicies; i++)
		for (size_t s = 0; s < p->policies[i].nsteps && !heard; s++)
			heard = plan_may_be(p, &p->policies[i].steps[s].to, contact) &&
			    hears(p, &p->policies[i].steps[s].by);
	if (!heard)
		err_add(errs, k->conf->place.file, k->conf->place.line,
		    "%s: reply: none of the contact's ways takes answers: no message asks for "
		    "one", k->conf->name);
}

/* Rules of the gateway's own need none in the file. */
static bool
fits_any_rule(const struct config *c, const char *pattern)
{
	for (size_t i = 0; i < c->nrules; i++)
		if (glob_match(pattern, c->rules[i].name))
			return true;
	return strncmp(pattern, "sys.", 4) == 0 || glob_match(pattern, "sys.notify");
}

/* A name that was mistyped would leave people untold. */
static void
look_at_policy(const struct config *c, const struct notify_conf *n, struct errs *errs)
{
	for (size_t i = 0; i < n->rules.n; i++) {
		const char *pattern = n->rules.at[i];
		struct near near = near_to(pattern);

		if (fits_any_rule(c, pattern))
			continue;
		for (size_t k = 0; k < c->nrules; k++)
			near_try(&near, c->rules[k].name);
		err_add(errs, n->place.file, n->place.line, near.best != NULL ?
		    ERR_("%s: rules: there is no rule %s; did you mean %s?") :
		    ERR_("%s: rules: there is no rule %s"), n->name, pattern, near.best);
	}
}

void
advice_tell(const struct config *c, struct errs *errs)
{
	for (size_t i = 0; i < c->plan->ncalendars; i++)
		look_at_calendar(&c->plan->calendars[i], errs);
	for (size_t i = 0; i < c->plan->ncontacts; i++)
		look_at_contact(c, i, errs);
	for (size_t i = 0; i < c->tell.notify.n; i++)
		look_at_policy(c, (const struct notify_conf *)c->tell.notify.at + i, errs);
	for (size_t i = 0; i < c->plan->ncontacts; i++)
		look_at_replies(c->plan, i, errs);
	for (size_t i = 0; c->tell.contacts.n > 0 && i < c->nrules; i++)
		if (c->rules[i].class == CLASS_LIFE)
			look_at_rule(c, &c->rules[i], errs);
}
