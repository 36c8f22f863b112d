#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../conf/date.h"
#include "plan_builder.h"

static const char *const kinds[] = {
	[TO_CONTACT] = "contacts", [TO_GROUP] = "groups", [TO_DUTY] = "duty"
};

static void *
room(struct builder *b, size_t n, size_t size)
{
	void *at = arena_alloc(b->arena, (n + 1) * size);

	if (at == NULL)
		err_add(b->errs, NULL, 0, "notify: no memory left for it");
	return at;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static const struct entry *
find(const struct builder *b, const char *name)
{
	struct entry key = { .name = name };

	return bsearch(&key, b->names, b->nnames, sizeof(b->names[0]), compare);
}

static int
unknown(struct builder *b, const struct place *at, const char *key, const char *name)
{
	const char **list = room(b, b->nnames, sizeof(*list)), *near;
	const char *bare = strncmp(name, "duty:", 5) == 0 ? name + 5 : name;

	if (b->hidden)
		return -1;
	for (size_t i = 0; list != NULL && i < b->nnames; i++)
		list[i] = b->names[i].name;
	near = list != NULL ? near_name(bare, list, b->nnames) : NULL;
	return err_add(b->errs, at->file, at->line, near != NULL ?
	    ERR_("%s: there is no contact, group or calendar \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: there is no contact, group or calendar \"%s\""), key, name, near);
}

static int
forbidden(struct builder *b, const struct place *at, const char *key, const char *name)
{
	return err_add(b->errs, at->file, at->line,
	    strcmp(key, "members") == 0 ? ERR_("%s: \"%s\" is no contact") :
	    ERR_("%s: \"%s\" is neither a contact nor a group"), key, name);
}

/* The names of a list; most: the last kind that may stand in it. */
int
plan_targets(struct builder *b, const struct strings *from, const struct place *at,
    const char *key, enum target_kind most, struct targets *to)
{
	int rc = 0;

	to->n = 0;
	to->at = room(b, from->n, sizeof(*to->at));
	if (to->at == NULL)
		return -1;
	if (from->n == 0)
		return err_add(b->errs, at->file, at->line, "%s: nobody is named", key);
	for (size_t i = 0; i < from->n; i++) {
		const char *name = from->at[i];
		bool duty = strncmp(name, "duty:", 5) == 0;
		const struct entry *e = find(b, duty ? name + 5 : name);

		if (e == NULL || (duty && e->is.kind != TO_DUTY))
			rc = unknown(b, at, key, name);
		else if (e->is.kind > most)
			rc = forbidden(b, at, key, name);
		else
			to->at[to->n++] = e->is;
	}
	return rc;
}

static size_t
way_find(const struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->conf->nways; i++)
		if (p->conf->ways[i].name != NULL && strcmp(p->conf->ways[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

static int
unknown_way(struct builder *b, const struct place *at, const char *key, const char *name)
{
	const struct tell_conf *c = b->plan->conf;
	struct near near = near_to(name);

	if (b->ways_hidden)
		return -1;
	for (size_t i = 0; i < c->nways; i++)
		near_try(&near, c->ways[i].name);
	return err_add(b->errs, at->file, at->line, near.best != NULL ?
	    ERR_("%s: there is no way \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: there is no way \"%s\""), key, name, near.best);
}

int
plan_ways(struct builder *b, const struct strings *from, const struct place *at, const char *key,
    struct way_list *to)
{
	int rc = 0;

	to->n = 0;
	to->at = room(b, from->n, sizeof(*to->at));
	if (to->at == NULL)
		return -1;
	for (size_t i = 0; i < from->n; i++) {
		size_t way = way_find(b->plan, from->at[i]);

		if (way == SIZE_MAX)
			rc = unknown_way(b, at, key, from->at[i]);
		else
			to->at[to->n++] = way;
	}
	return rc;
}

/* What of a contact a way wants; NULL: it has none. */
static const char *
address(const struct contact_conf *c, enum tell_address kind)
{
	const char *at = kind == TELL_PHONE ? c->phone : kind == TELL_EMAIL ? c->email :
	    kind == TELL_URL ? "-" : c->name;

	return at[0] != '\0' ? at : NULL;
}

static int
no_address(struct builder *b, const struct contact_conf *c, const struct tell_way *way)
{
	return err_add(b->errs, c->place.file, c->place.line,
	    "%s: ways: \"%s\" wants the contact's %s", c->name, way->name,
	    way->address == TELL_PHONE ? "phone" : "email");
}

int
plan_contact_ways(struct builder *b, struct contact *c)
{
	const struct tell_conf *conf = b->plan->conf;
	int rc = plan_ways(b, &c->conf->ways, &c->conf->place, "ways", &c->ways);

	for (size_t i = 0; i < c->ways.n; i++) {
		const struct tell_way *way = &conf->ways[c->ways.at[i]];

		if (address(c->conf, way->address) == NULL)
			rc = no_address(b, c->conf, way);
	}
	if (c->conf->ways.n > 0)
		return rc;
	c->ways.at = room(b, conf->nways, sizeof(*c->ways.at));
	if (c->ways.at == NULL)
		return -1;
	for (size_t i = 0; i < conf->nways; i++)
		if (address(c->conf, conf->ways[i].address) != NULL)
			c->ways.at[c->ways.n++] = i;
	if (c->ways.n > 0)
		return 0;
	return err_add(b->errs, c->conf->place.file, c->conf->place.line,
	    "%s: there is no way to this contact: it has no phone or email for any of the "
	    "ways", c->conf->name);
}

static bool
is_phone(const char *s)
{
	size_t n = strspn(s + 1, "0123456789");

	return s[0] == '+' && s[1] != '0' && n >= 6 && n <= 15 && s[n + 1] == '\0';
}

static bool
is_email(const char *s)
{
	const char *at = strchr(s, '@');

	return at != NULL && at != s && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
	    strpbrk(s, " \t<>,;\"") == NULL;
}

int
plan_addresses(const struct contact_conf *c, struct errs *errs)
{
	int rc = 0;

	if (c->phone[0] != '\0' && !is_phone(c->phone))
		rc = err_add(errs, c->place.file, c->place.line,
		    "%s: phone: \"%s\" is not written with + and the code of the country, as "
		    "\"+8613800138000\"", c->name, c->phone);
	if (c->email[0] != '\0' && !is_email(c->email))
		rc = err_add(errs, c->place.file, c->place.line,
		    "%s: email: \"%s\" is no address", c->name, c->email);
	if (c->reply && c->phone[0] == '\0')
		rc = err_add(errs, c->place.file, c->place.line,
		    "%s: reply: without a phone nobody knows who answers", c->name);
	return rc;
}

int
plan_hours(struct builder *b, const char *text, const struct place *at, const char *key,
    struct hours *to)
{
	if (hours_parse(text, to) == 0)
		return 0;
	return err_add(b->errs, at->file, at->line,
	    "%s: \"%s\" are no hours; such are \"22:00-07:00\", \"mon-fri 08:00-20:00\", "
	    "\"sat,sun\"", key, text);
}

static int
build_contact(struct builder *b, struct contact *c, const struct contact_conf *conf)
{
	int rc = plan_addresses(conf, b->errs);

	c->conf = conf;
	rc |= plan_contact_ways(b, c);
	c->nquiet = conf->quiet.n;
	c->quiet = room(b, c->nquiet, sizeof(*c->quiet));
	if (c->quiet == NULL)
		return -1;
	for (size_t i = 0; i < c->nquiet; i++)
		rc |= plan_hours(b, conf->quiet.at[i], &conf->place, "quiet", &c->quiet[i]);
	return rc;
}

int
plan_budget(const struct contact_conf *c, struct errs *errs)
{
	if (c->per_minute <= c->per_10min && c->per_10min <= c->per_day)
		return 0;
	return err_add(errs, c->place.file, c->place.line,
	    "%s: per_minute, per_10min and per_day must not fall: they are %lld, %lld, %lld",
	    c->name, (long long)c->per_minute, (long long)c->per_10min,
	    (long long)c->per_day);
}

static int
build_contacts(struct builder *b)
{
	struct plan *p = b->plan;
	const struct contact_conf *from = p->conf->contacts.at;
	int rc = 0;

	p->ncontacts = p->conf->contacts.n;
	p->contacts = room(b, p->ncontacts, sizeof(*p->contacts));
	if (p->contacts == NULL)
		return -1;
	for (size_t i = 0; i < p->ncontacts; i++)
		rc |= build_contact(b, &p->contacts[i], &from[i]) |
		    plan_budget(&from[i], b->errs);
	return rc;
}

static int
build_groups(struct builder *b)
{
	struct plan *p = b->plan;
	const struct group_conf *from = p->conf->groups.at;
	int rc = 0;

	p->ngroups = p->conf->groups.n;
	p->groups = room(b, p->ngroups, sizeof(*p->groups));
	if (p->groups == NULL)
		return -1;
	for (size_t i = 0; i < p->ngroups; i++)
		rc |= plan_targets(b, &from[i].members, &from[i].place, "members", TO_CONTACT,
		    &p->groups[i]);
	return rc;
}

int
plan_date(struct builder *b, const struct date_conf *from, struct shift *to)
{
	const char *last = from->until[0] != '\0' ? from->until : from->date;
	int rc = plan_hours(b, from->hours, &from->place, "hours", &to->hours);

	to->hours.days = 0x7f;
	if (date_read(from->date, &to->first) != 0 || date_read(last, &to->last) != 0)
		rc = err_add(b->errs, from->place.file, from->place.line,
		    "date: \"%s\" is no day; one is \"2026-10-01\"",
		    date_read(from->date, &to->first) != 0 ? from->date : last);
	else if (to->last < to->first || to->last - to->first > 366)
		rc = err_add(b->errs, from->place.file, from->place.line,
		    "until: \"%s\" is before \"%s\", or more than a year after it", last,
		    from->date);
	return rc;
}

static int
build_date(struct builder *b, const struct date_conf *from, struct shift *to)
{
	return plan_date(b, from, to) | plan_targets(b, &from->who, &from->place, "who", TO_GROUP,
	    &to->who);
}

static int
build_calendar(struct builder *b, const struct duty_conf *conf, struct calendar *c)
{
	const struct shift_conf *shifts = conf->shifts.at;
	const struct date_conf *dates = conf->dates.at;
	int rc = 0;

	c->conf = conf;
	c->nshifts = conf->shifts.n;
	c->ndates = conf->dates.n;
	c->shifts = room(b, c->nshifts, sizeof(*c->shifts));
	c->dates = room(b, c->ndates, sizeof(*c->dates));
	if (c->shifts == NULL || c->dates == NULL)
		return -1;
	if (c->nshifts + c->ndates == 0)
		rc = err_add(b->errs, conf->place.file, conf->place.line,
		    "%s: nobody is ever on duty", conf->name);
	for (size_t i = 0; i < c->nshifts; i++)
		rc |= plan_hours(b, shifts[i].hours, &shifts[i].place, "hours",
		    &c->shifts[i].hours) | plan_targets(b, &shifts[i].who, &shifts[i].place, "who",
		    TO_GROUP, &c->shifts[i].who);
	for (size_t i = 0; i < c->ndates; i++)
		rc |= build_date(b, &dates[i], &c->dates[i]);
	return rc;
}

static int
build_calendars(struct builder *b)
{
	struct plan *p = b->plan;
	const struct duty_conf *from = p->conf->duty.at;
	int rc = 0;

	p->ncalendars = p->conf->duty.n;
	p->calendars = room(b, p->ncalendars, sizeof(*p->calendars));
	if (p->calendars == NULL)
		return -1;
	for (size_t i = 0; i < p->ncalendars; i++)
		rc |= build_calendar(b, &from[i], &p->calendars[i]);
	return rc;
}

int
plan_classes(struct builder *b, const struct notify_conf *conf, unsigned *bits)
{
	size_t k;
	int rc = 0;

	*bits = conf->classes.n == 0 ? UINT32_MAX : 0;
	for (size_t i = 0; i < conf->classes.n; i++) {
		for (k = 0; class_names[k] != NULL &&
		    strcmp(class_names[k], conf->classes.at[i]) != 0; k++)
			continue;
		if (class_names[k] == NULL)
			rc = err_add(b->errs, conf->place.file, conf->place.line,
			    "%s: classes: \"%s\" is none of process, life, environment, "
			    "equipment, system", conf->name, conf->classes.at[i]);
		else
			*bits |= 1u << k;
	}
	return rc;
}

static int
later(const void *a, const void *b)
{
	const struct tell_step *x = a, *y = b;

	return (x->after > y->after) - (x->after < y->after);
}

static int
build_policy(struct builder *b, const struct notify_conf *conf, struct policy *policy)
{
	const struct step_conf *from = conf->steps.at;
	int rc = plan_classes(b, conf, &policy->classes);

	policy->conf = conf;
	policy->nsteps = conf->steps.n;
	policy->steps = room(b, policy->nsteps, sizeof(*policy->steps));
	if (policy->steps == NULL)
		return -1;
	if (policy->nsteps == 0)
		rc = err_add(b->errs, conf->place.file, conf->place.line,
		    "%s: steps: nobody is ever told", conf->name);
	for (size_t i = 0; i < policy->nsteps; i++) {
		struct tell_step *s = &policy->steps[i];

		s->after = from[i].after;
		rc |= plan_targets(b, &from[i].to, &from[i].place, "to", TO_DUTY, &s->to);
		rc |= plan_ways(b, &from[i].by, &from[i].place, "by", &s->by);
	}
	qsort(policy->steps, policy->nsteps, sizeof(*policy->steps), later);
	return rc;
}

/* What a rule says itself, as a policy of its own. */
static int
build_own(struct builder *b, const struct tell_rule *rule, struct policy *policy)
{
	struct notify_conf *conf = room(b, 1, sizeof(*conf));
	struct tell_step *step = room(b, 1, sizeof(*step));

	if (conf == NULL || step == NULL ||
	    key_defaults(notify_keys + NOTIFY_GIVEN, conf, b->arena, b->errs) != 0)
		return -1;
	conf->place = rule->place;
	conf->name = rule->name;
	*policy = (struct policy){ .conf = conf, .classes = UINT32_MAX, .steps = step,
	    .nsteps = 1 };
	return plan_targets(b, &rule->notify, &rule->place, "notify", TO_DUTY, &step->to);
}

static int
by_name(const void *a, const void *b)
{
	const struct policy *x = a, *y = b;

	return strcmp(x->conf->name, y->conf->name);
}

static int
build_policies(struct builder *b)
{
	struct plan *p = b->plan;
	const struct notify_conf *from = p->conf->notify.at;
	int rc = 0;

	p->nrules = p->conf->nrules;
	p->npolicies = p->nrules + p->conf->notify.n;
	p->policies = room(b, p->npolicies, sizeof(*p->policies));
	if (p->policies == NULL)
		return -1;
	for (size_t i = 0; i < p->nrules; i++)
		rc |= build_own(b, &p->conf->rules[i], &p->policies[i]);
	for (size_t i = 0; i < p->conf->notify.n; i++)
		rc |= build_policy(b, &from[i], &p->policies[p->nrules + i]);
	if (rc == 0)
		qsort(p->policies, p->nrules, sizeof(p->policies[0]), by_name);
	return rc;
}

static int
add_names(struct builder *b, const struct items *items, size_t size, size_t name,
    enum target_kind kind)
{
	const unsigned char *at = items->at;

	for (size_t i = 0; i < items->n; i++, at += size) {
		const char *const *is = (const void *)(at + name);

		b->hidden |= *is == NULL;
		if (*is == NULL)	/* it was refused */
			continue;
		/* struct place stands first in each */
		b->names[b->nnames++] = (struct entry){ *is, { kind, i },
		    (const void *)at };
	}
	return 0;
}

int
plan_names(struct builder *b)
{
	const struct tell_conf *c = b->plan->conf;
	int rc = 0;

	b->names = room(b, c->contacts.n + c->groups.n + c->duty.n, sizeof(*b->names));
	if (b->names == NULL)
		return -1;
	add_names(b, &c->contacts, sizeof(struct contact_conf),
	    offsetof(struct contact_conf, name), TO_CONTACT);
	add_names(b, &c->groups, sizeof(struct group_conf), offsetof(struct group_conf, name),
	    TO_GROUP);
	add_names(b, &c->duty, sizeof(struct duty_conf), offsetof(struct duty_conf, name),
	    TO_DUTY);
	qsort(b->names, b->nnames, sizeof(*b->names), compare);
	for (size_t i = 1; i < b->nnames; i++) {
		const struct entry *x = &b->names[i - 1], *y = &b->names[i];

		if (strcmp(x->name, y->name) == 0)
			rc = err_add(b->errs, y->place->file, y->place->line,
			    "%s: the name \"%s\" is given twice, also in line %d",
			    kinds[y->is.kind], y->name, x->place->line);
	}
	return rc;
}

struct plan *
plan_build(const struct tell_conf *conf, struct arena *arena, struct errs *errs)
{
	struct builder b = { .arena = arena, .errs = errs };
	int rc;

	b.plan = room(&b, 1, sizeof(*b.plan));
	if (b.plan == NULL)
		return NULL;
	b.plan->conf = conf;
	rc = plan_names(&b);
	rc |= build_contacts(&b);
	rc |= build_groups(&b);
	rc |= build_calendars(&b);
	rc |= build_policies(&b);
	return rc == 0 ? b.plan : NULL;
}
