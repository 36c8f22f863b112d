#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../conf/glob.h"
#include "../devices/output.h"
#include "binder.h"

#define NAME_ROOM	160	/* of a device: a site and a name, or a pattern */
#define GROUP_MAX	1000	/* points of the groups of one rule */
#define NEAR_MAX	512

/* Told only when no device of the rule has it: the others are left out. */
static bool
absent(struct binder *b, const struct expr *e, const char *what, const char *name,
    const char *near)
{
	if (b->of->tell_absent)
		expr_fault(&b->source, e->at, near != NULL ?
		    ERR_("%s: %s: there is no %s \"%s\"; did you mean \"%s\"?") :
		    ERR_("%s: %s: there is no %s \"%s\""), err_word(b->source.errs, what),
		    name, near);
	return binder_refuse(b, BIND_ABSENT);
}

static void
no_point(struct binder *b, const struct expr *e, const char *near)
{
	expr_fault(&b->source, e->at, near != NULL ?
	    ERR_("%s: %s: no device that it is on has a point \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: %s: no device that it is on has a point \"%s\""), e->word, near);
}

/* Of the device itself. */
static bool
own_point(struct binder *b, const struct expr *e, struct meaning *m)
{
	m->device = b->of->device;
	m->point = profile_point(m->device->profile, e->word);
	if (m->point != NULL)
		return true;
	if (b->of->tell_absent && strpbrk(e->word, "-/") != NULL)
		expr_fault(&b->source, e->at, "%s: %s: no device that it is on has a point "
		    "\"%s\"; write blanks around - and / where they reckon", e->word);
	else if (b->of->tell_absent)
		no_point(b, e, profile_near(m->device->profile, e->word));
	return binder_refuse(b, BIND_ABSENT);
}

static const struct device *
find_device(const struct binder *b, const char *name, size_t len)
{
	size_t site = census_site(b->of->device);
	const struct device *d = NULL;
	char full[NAME_ROOM];

	if (site > 0) {
		snprintf(full, sizeof(full), "%.*s/%.*s", (int)site, b->of->device->conf.name,
		    (int)len, name);
		d = census_find(b->of->census, full);
	}
	snprintf(full, sizeof(full), "%.*s", (int)len, name);
	return d != NULL ? d : census_find(b->of->census, full);
}

/* What may have been meant by the name of a device, with that of its site or
 * without. */
static const char *
near_device(const struct binder *b, const char *word)
{
	const struct census *c = b->of->census;
	size_t site = census_site(b->of->device), n = 0;
	const char *names[NEAR_MAX];

	for (size_t i = 0; i < c->n && n + 2 <= NEAR_MAX; i++) {
		const char *name = c->at[i]->conf.name;

		names[n++] = name;
		if (site > 0 && strncmp(name, b->of->device->conf.name, site + 1) == 0)
			names[n++] = name + site + 1;
	}
	return near_name(word, names, n);
}

static bool
far_point(struct binder *b, const struct expr *e, struct meaning *m)
{
	const char *dot = strrchr(e->word, '.');
	char name[NAME_ROOM];

	m->device = find_device(b, e->word, (size_t)(dot - e->word));
	if (m->device == NULL) {
		snprintf(name, sizeof(name), "%.*s", (int)(dot - e->word), e->word);
		return absent(b, e, ERR_("device or constant"), name, near_device(b, name));
	}
	m->point = profile_point(m->device->profile, dot + 1);
	if (m->point != NULL)
		return true;
	return absent(b, e, ERR_("point"), e->word, profile_near(m->device->profile, dot + 1));
}

bool
binder_means(struct binder *b, const struct expr *e, struct meaning *m)
{
	const struct constant *own = constants_find(&b->of->device->conf.constants, e->word);
	bool plain = strchr(e->word, '.') == NULL;

	*m = (struct meaning){ .number = own != NULL ? own : e->of };
	if (plain && profile_point(b->of->device->profile, e->word) != NULL)
		return own_point(b, e, m);
	if (m->number != NULL)
		return true;
	return plain ? own_point(b, e, m) : far_point(b, e, m);
}

bool
binder_input(struct binder *b, const struct device *d, const struct point *point, bool waits)
{
	struct rule_program *p = b->program;
	int64_t period = device_period(d, point);

	if (p->inputs != NULL)
		p->inputs[p->ninputs] = (struct rule_input){ .device = d, .point = point,
		    .waits = waits, .period = period,
		    .guards = b->of->guards || point->derived ||
		    !isnan(gas_limit(d, (size_t)(point - d->profile->points))),
		    .max_age = b->of->max_age > 0 ? b->of->max_age : 2 * period + 60000000 };
	if (p->ninputs++ == 0)
		p->silence = 2 * period + 5000000;
	b->last = d;
	if (period > b->longest)
		b->longest = period;
	return true;
}

/* The word "site/" is the site of the rule's own device. */
static int
group_pattern(const struct binder *b, const char *word, char *pattern, size_t n)
{
	const char *dot = strrchr(word, '.');
	size_t site = census_site(b->of->device);
	int len;

	if (dot == NULL)
		return -1;
	if (strncmp(word, "site/", 5) != 0)
		len = snprintf(pattern, n, "%.*s", (int)(dot - word), word);
	else
		len = snprintf(pattern, n, "%.*s%s%.*s", (int)site, b->of->device->conf.name,
		    site > 0 ? "/" : "", (int)(dot - word - 5), word + 5);
	return len < 0 || (size_t)len >= n ? -1 : 0;
}

static bool
group_device(struct binder *b, const struct expr *e, const struct device *d, struct measure *m)
{
	const char *wanted = strrchr(e->word, '.') + 1;

	for (size_t i = 0; i < d->profile->npoints; i++) {
		const struct point *p = &d->profile->points[i];
		struct measure its = { p->unit, false };

		if (!glob_match(wanted, p->name) || (p->raw->needs & RAW_LENGTH))
			continue;
		if (m->unit != NULL && its.unit != m->unit) {
			expr_fault(&b->source, e->at, "%s: %s: the points of this group are not "
			    "all in %s: %s is not", m->unit->shown, d->conf.name);
			return binder_refuse(b, BIND_WRONG);
		}
		m->unit = its.unit;
		binder_input(b, d, p, false);
	}
	return true;
}

bool
binder_group(struct binder *b, const struct expr *e, struct measure *m)
{
	size_t first = b->program->ninputs, i = 0;
	const struct device *d;
	char pattern[NAME_ROOM];

	*m = (struct measure){ NULL, false };
	if (group_pattern(b, e->word, pattern, sizeof(pattern)) != 0) {
		expr_fault(&b->source, e->at, "%s: %s: \"%s\" is no group of points, such as %s",
		    e->word, "site/*.lel");
		return binder_refuse(b, BIND_WRONG);
	}
	b->program->grouped |= first == 0;
	while ((d = census_next(b->of->census, pattern, &i)) != NULL)
		if (!group_device(b, e, d, m))
			return false;
	if (b->program->ninputs == first)
		return absent(b, e, ERR_("point"), e->word, NULL);
	if (b->program->ninputs > GROUP_MAX) {
		expr_fault(&b->source, e->at, "%s: %s: more than %d points in the groups of "
		    "one rule", GROUP_MAX);
		return binder_refuse(b, BIND_WRONG);
	}
	return true;
}
