#include <stdint.h>
#include <string.h>

#include "../conf/glob.h"
#include "plan.h"

static void
add(struct plan_told *told, size_t contact)
{
	for (size_t i = 0; i < told->n; i++)
		if (told->at[i] == contact)
			return;
	if (told->n < TOLD_MOST)
		told->at[told->n++] = contact;
	else
		told->more = true;
}

/* Groups hold contacts, calendars both: no text can make this go round. */
void
plan_resolve(const struct plan *p, const struct targets *to, const struct local *l,
    struct plan_told *told)
{
	for (size_t i = 0; i < to->n; i++) {
		const struct target *t = &to->at[i];

		switch (t->kind) {
		case TO_CONTACT:
			add(told, t->i);
			break;
		case TO_GROUP:
			plan_resolve(p, &p->groups[t->i], l, told);
			break;
		case TO_DUTY:
			duty_resolve(p, &p->calendars[t->i], l, told);
			break;
		}
	}
}

static bool
fits(const struct strings *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (glob_match(patterns->at[i], name))
			return true;
	return patterns->n == 0;
}

/* Of the rules the one of that name. */
static size_t
own_policy(const struct plan *p, const char *rule)
{
	size_t from = 0, to = p->nrules;

	while (from < to) {
		size_t at = from + (to - from) / 2;
		int order = strcmp(p->policies[at].conf->name, rule);

		if (order == 0)
			return at;
		if (order < 0)
			from = at + 1;
		else
			to = at;
	}
	return SIZE_MAX;
}

const struct policy *
plan_match(const struct plan *p, const char *rule, const char *device,
    enum alarm_class class, enum priority priority, size_t *i)
{
	size_t own = *i == 0 ? own_policy(p, rule) : SIZE_MAX;

	if (*i < p->nrules) {
		*i = p->nrules;
		if (own != SIZE_MAX)
			return &p->policies[own];
	} else if (*i == 0) {
		*i = p->nrules;
	}
	while (*i < p->npolicies) {
		const struct policy *policy = &p->policies[(*i)++];

		if ((policy->classes >> class & 1) && fits(&policy->conf->rules, rule) &&
		    (class == CLASS_LIFE || (int)priority >= policy->conf->priority) &&
		    fits(&policy->conf->devices, device))
			return policy;
	}
	return NULL;
}

bool
plan_serves(const struct tell_way *w, enum alarm_class class, enum notice_purpose purpose)
{
	if (purpose == NOTICE_TEST)
		return true;
	return !(w->excepts >> class & 1) &&
	    (w->form != TELL_SPOKEN || notice_asks(purpose));
}

static bool
may_be_of(const struct plan *p, const struct shift *shifts, size_t n, size_t contact)
{
	for (size_t i = 0; i < n; i++)
		if (plan_may_be(p, &shifts[i].who, contact))
			return true;
	return false;
}

/* Groups hold contacts, calendars both. */
bool
plan_may_be(const struct plan *p, const struct targets *to, size_t contact)
{
	for (size_t i = 0; i < to->n; i++) {
		size_t k = to->at[i].i;
		const struct calendar *c = to->at[i].kind == TO_DUTY ? &p->calendars[k] : NULL;

		if (to->at[i].kind == TO_CONTACT ? k == contact : c == NULL ?
		    plan_may_be(p, &p->groups[k], contact) :
		    may_be_of(p, c->shifts, c->nshifts, contact) ||
		    may_be_of(p, c->dates, c->ndates, contact))
			return true;
	}
	return false;
}

bool
plan_quiet(const struct contact *c, const struct local *l)
{
	for (size_t i = 0; i < c->nquiet; i++)
		if (hours_hold(&c->quiet[i], l))
			return true;
	return false;
}

size_t
plan_contact(const struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->ncontacts; i++)
		if (strcmp(p->contacts[i].conf->name, name) == 0)
			return i;
	return SIZE_MAX;
}
