#include <stdio.h>
#include <string.h>

#include "../../conf/span.h"
#include "../../rules/census.h"
#include "config_read.h"

static int
refuse(struct config_reader *r, const struct device *d, const char *fmt)
{
	return err_add(r->errs, d->conf.place.file, d->conf.place.line, fmt, d->conf.name,
	    d->conf.idle);
}

/* Of a device that is there a point is near. */
static int
refuse_name(struct config_reader *r, const struct device *d, const struct device *of,
    const char *point)
{
	const char *near = of != NULL ? profile_near(of->profile, point) : NULL;

	if (of == NULL)
		return refuse(r, d, ERR_("%s: idle: \"%s\" is of no device; write "
		    "SITE/DEVICE.POINT, or DEVICE.POINT of its own site"));
	return err_add(r->errs, d->conf.place.file, d->conf.place.line, near != NULL ?
	    ERR_("%s: idle: there is no point \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: idle: there is no point \"%s\"; \"tidegate profile show\" names those "
	    "of %s"),
	    d->conf.name, d->conf.idle, near != NULL ? near : of->profile->name);
}

/* Of the same site its site need not be named. */
static const struct device *
find(const struct census *census, const struct device *d, const char *name, size_t n)
{
	const struct device *found;
	char full[160];
	size_t site = census_site(d);

	snprintf(full, sizeof(full), "%.*s%s%.*s", (int)site, d->conf.name, site > 0 ? "/" : "",
	    (int)n, name);
	found = census_find(census, full);
	if (found != NULL)
		return found;
	snprintf(full, sizeof(full), "%.*s", (int)n, name);
	return census_find(census, full);
}

static int
bind(struct config_reader *r, const struct census *census, struct device *d)
{
	const char *point = d->conf.idle, *dot = strrchr(point, '.');
	const struct device *of = d;
	const struct point *p;

	if (dot != NULL) {
		of = find(census, d, point, (size_t)(dot - point));
		point = dot + 1;
	}
	p = of != NULL ? profile_point(of->profile, point) : NULL;
	if (p == NULL)
		return refuse_name(r, d, of, point);
	if ((p->raw->needs & RAW_LENGTH) != 0)
		return refuse(r, d, ERR_("%s: idle: \"%s\" is a text and no number: name one "
		    "that is 0 while nothing is to be measured"));
	d->idler = of;
	d->idle_point = (size_t)(p - of->profile->points);
	if (of->taps[d->idle_point].block == BLOCK_NONE)
		return refuse(r, d, ERR_("%s: idle: \"%s\" is out of service, and would never be "
		    "known: take it out of disable"));
	return 0;
}

/* What only a plan asks for is never asked for without one. */
static int
check_plan(struct config_reader *r, const struct device *d)
{
	const struct link_conf *l = config_link(r->config, d->conf.link);

	if (!d->conf.idle_by_plan || l == NULL)
		return 0;
	if (d->conf.idle[0] == '\0')
		return refuse(r, d, ERR_("%s: idle_by_plan: idle must name a point that is 0 while "
		    "nothing is to be measured"));
	if (l->plan != NULL && l->plan[0] != '\0')
		return 0;
	return err_add(r->errs, d->conf.place.file, d->conf.place.line,
	    "%s: idle_by_plan: link \"%s\" has no plan that would ask for it: give it one, or "
	    "leave this out", d->conf.name, l->name);
}

static int
check_period(struct config_reader *r, const struct device *d)
{
	char period[32], idle[32];

	if (d->conf.idle_period == 0 && d->conf.idle_by_plan && d->conf.idle[0] == '\0')
		return refuse(r, d, ERR_("%s: idle_by_plan: it wants idle and idle_period beside "
		    "it"));
	if (d->conf.idle_period == 0)
		return d->conf.idle[0] == '\0' ? 0 :
		    refuse(r, d, ERR_("%s: idle: idle_period must say how often it is read while "
		    "\"%s\" is 0"));
	if (d->conf.heartbeat > 0)
		return refuse(r, d, ERR_("%s: idle_period: it tells by itself, and is never "
		    "asked: leave it out"));
	if (d->conf.measure > 0)
		return refuse(r, d, ERR_("%s: idle_period: it is started to measure, and rests "
		    "between two results as it is: leave it out"));
	if (d->conf.idle_period > d->conf.period)
		return check_plan(r, d);
	return err_add(r->errs, d->conf.place.file, d->conf.place.line,
	    "%s: idle_period: %s is no longer than its period, %s: make it longer", d->conf.name,
	    span_write(d->conf.idle_period, idle, sizeof(idle)),
	    span_write(d->conf.period, period, sizeof(period)));
}

int
config_idle(struct config_reader *r)
{
	struct config *c = r->config;
	struct census census = { .n = 0 };
	int rc = 0;

	for (size_t i = 0; i < c->ndevices; i++) {
		struct device *d = &c->devices[i];

		rc |= check_period(r, d);
		if (d->conf.idle[0] == '\0')
			continue;
		if (census.at == NULL && census_take(&census, c->devices, c->ndevices,
		    r->arena) != 0)
			return config_no_memory(r);
		rc |= bind(r, &census, d);
	}
	return rc;
}
