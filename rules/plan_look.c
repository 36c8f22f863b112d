#include <string.h>

#include "plan_builder.h"

/* A list that was refused, or is not there, was told. */
static void
look_at_list(struct builder *b, const struct strings *from, const struct place *at,
    const char *key, enum target_kind most)
{
	struct targets to;

	if (from->at != NULL)
		plan_targets(b, from, at, key, most, &to);
}

static void
look_at_contact(struct builder *b, const struct contact_conf *c)
{
	struct contact built = { .conf = c };
	struct hours hour;

	if (c->name == NULL || c->phone == NULL || c->email == NULL)
		return;
	plan_addresses(c, b->errs);
	if (!b->ways_hidden || c->ways.n > 0)
		plan_contact_ways(b, &built);
	for (size_t i = 0; i < c->quiet.n; i++)
		plan_hours(b, c->quiet.at[i], &c->place, "quiet", &hour);
	if (c->per_minute > 0 && c->per_10min > 0 && c->per_day > 0)
		plan_budget(c, b->errs);
}

static void
look_at_calendar(struct builder *b, const struct duty_conf *d)
{
	const struct shift_conf *shifts = d->shifts.at;
	const struct date_conf *dates = d->dates.at;
	struct shift shift;

	for (size_t i = 0; i < d->shifts.n; i++) {
		if (shifts[i].hours != NULL)
			plan_hours(b, shifts[i].hours, &shifts[i].place, "hours", &shift.hours);
		look_at_list(b, &shifts[i].who, &shifts[i].place, "who", TO_GROUP);
	}
	for (size_t i = 0; i < d->dates.n; i++) {
		if (dates[i].hours != NULL && dates[i].date != NULL && dates[i].until != NULL)
			plan_date(b, &dates[i], &shift);
		look_at_list(b, &dates[i].who, &dates[i].place, "who", TO_GROUP);
	}
}

static void
look_at_policy(struct builder *b, const struct notify_conf *n)
{
	const struct step_conf *steps = n->steps.at;
	struct way_list by;
	unsigned bits;

	if (n->name != NULL)
		plan_classes(b, n, &bits);
	for (size_t i = 0; i < n->steps.n; i++) {
		look_at_list(b, &steps[i].to, &steps[i].place, "to", TO_DUTY);
		plan_ways(b, &steps[i].by, &steps[i].place, "by", &by);
	}
}

void
plan_look(const struct tell_conf *conf, bool part, struct arena *arena, struct errs *errs)
{
	struct plan plan = { .conf = conf };
	struct builder b = { .plan = &plan, .arena = arena, .errs = errs, .hidden = part,
	    .ways_hidden = part };
	const struct contact_conf *contacts = conf->contacts.at;
	const struct group_conf *groups = conf->groups.at;
	const struct duty_conf *duty = conf->duty.at;
	const struct notify_conf *notify = conf->notify.at;

	for (size_t i = 0; i < conf->nways; i++)
		b.ways_hidden |= conf->ways[i].name == NULL;
	if (plan_names(&b) != 0 && b.names == NULL)
		return;
	for (size_t i = 0; i < conf->contacts.n; i++)
		look_at_contact(&b, &contacts[i]);
	for (size_t i = 0; i < conf->groups.n; i++)
		look_at_list(&b, &groups[i].members, &groups[i].place, "members", TO_CONTACT);
	for (size_t i = 0; i < conf->duty.n; i++)
		look_at_calendar(&b, &duty[i]);
	for (size_t i = 0; i < conf->nrules; i++)
		look_at_list(&b, &conf->rules[i].notify, &conf->rules[i].place, "notify",
		    TO_DUTY);
	for (size_t i = 0; i < conf->notify.n; i++)
		look_at_policy(&b, &notify[i]);
}
