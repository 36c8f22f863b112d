#include <stdio.h>

#include "../conf/glob.h"
#include "advice.h"

static const char *const weekdays[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static void
look_at_calendar(const struct calendar *c, struct errs *errs)
{
	struct gap_of_duty gap;
	const struct date_conf *dates = c->conf->dates.at;
	const char *day;

	if (!duty_gap(c, &gap))
		return;
	day = weekdays[gap.weekday];
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

void
advice_tell(const struct config *c, struct errs *errs)
{
	for (size_t i = 0; i < c->plan->ncalendars; i++)
		look_at_calendar(&c->plan->calendars[i], errs);
	for (size_t i = 0; c->tell.contacts.n > 0 && i < c->nrules; i++)
		if (c->rules[i].class == CLASS_LIFE)
			look_at_rule(c, &c->rules[i], errs);
}
