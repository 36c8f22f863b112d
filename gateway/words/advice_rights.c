#include <stdio.h>
#include <string.h>

#include "../../conf/glob.h"
#include "advice.h"

#define NAME_BYTES	(2 * NAME_MAX_BYTES)	/* of DEVICE.POINT */

/* A pattern held against all points, until one that may be written fits. */
struct right {
	const struct config	*config;
	const char		*pattern;
	bool			 fits;
	char			 locked[NAME_BYTES];	/* fits, and is not listed; "" */
	struct near		 near;
	char			 nearest[NAME_BYTES];
};

static bool
is_listed(const struct device *d, const char *point)
{
	for (size_t i = 0; i < d->conf.writable.n; i++)
		if (strcmp(d->conf.writable.at[i], point) == 0)
			return true;
	return false;
}

/* near keeps a pointer, and names are made here one by one. */
static void
try_near(struct right *r, const char *name)
{
	near_try(&r->near, name);
	if (r->near.best != name)
		return;
	snprintf(r->nearest, sizeof(r->nearest), "%s", name);
	r->near.best = r->nearest;
}

/* A pattern of points, as in kitchen/rely.*, is near where its device is. */
static void
try_pattern(struct right *r, const char *device, const char *name)
{
	const char *dot = strrchr(r->pattern, '.');
	char of_device[NAME_BYTES];

	if (dot == NULL || strpbrk(dot, "*?") == NULL)
		return;
	snprintf(of_device, sizeof(of_device), "%s%s", device, dot);
	if (glob_match(of_device, name))
		try_near(r, of_device);
}

static void
look_at_point(struct right *r, const struct device *d, const char *point)
{
	char name[NAME_BYTES];
	bool listed = is_listed(d, point), fits;

	snprintf(name, sizeof(name), "%s.%s", d->conf.name, point);
	fits = glob_match(r->pattern, name);
	r->fits |= fits && listed;
	if (fits && !listed && r->locked[0] == '\0')
		snprintf(r->locked, sizeof(r->locked), "%s", name);
	if (fits || !listed)
		return;
	try_near(r, name);
	try_pattern(r, d->conf.name, name);
}

static void
look_at(struct right *r)
{
	for (size_t i = 0; i < r->config->ndevices && !r->fits; i++) {
		const struct device *d = &r->config->devices[i];

		for (size_t k = 0; k < d->profile->npoints && !r->fits; k++)
			look_at_point(r, d, d->profile->points[k].name);
	}
}

static void
tell(const struct right *r, const struct uplink_conf *u, struct errs *errs)
{
	const char *file = u->place.file;
	int line = u->place.line;

	if (r->locked[0] != '\0')
		err_add(errs, file, line, "%s: writable: \"%s\" fits %s, which its device does "
		    "not list as writable: nothing can be written there", u->name, r->pattern,
		    r->locked);
	else if (r->nearest[0] != '\0')
		err_add(errs, file, line, "%s: writable: \"%s\" fits no point that can be "
		    "written; did you mean %s?", u->name, r->pattern, r->nearest);
	else
		err_add(errs, file, line, "%s: writable: \"%s\" fits no point that can be "
		    "written", u->name, r->pattern);
}

void
advice_rights(const struct config *c, struct errs *errs)
{
	for (size_t i = 0; i < c->nuplinks; i++) {
		const struct uplink_conf *u = &c->uplinks[i];

		for (size_t k = 0; k < u->writable.n; k++) {
			struct right r = { .config = c, .pattern = u->writable.at[k],
			    .near = near_to(u->writable.at[k]) };

			look_at(&r);
			if (!r.fits)
				tell(&r, u, errs);
		}
	}
}
