#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../conf/glob.h"
#include "register_map_site.h"

#define STALE_SPARE	60000000	/* us beyond two periods, as for rules */
#define UNIT_LAST	247

int
map_unit_read(const char *text, int64_t *unit, char device[MAP_NAME])
{
	size_t figures = strspn(text, "0123456789"), gap = strspn(text + figures, " ");
	const char *name = text + figures + gap;

	if (figures == 0 || figures > 3 || gap == 0 || name[0] == '\0' ||
	    strlen(name) >= MAP_NAME)
		return -1;
	strcpy(device, name);
	*unit = strtol(text, NULL, 10);
	return *unit >= 1 && *unit <= UNIT_LAST ? 0 : -1;
}

static int
check_unit(const struct map_conf *conf, size_t i, const struct map_site *site,
    struct errs *errs)
{
	char device[MAP_NAME], other[MAP_NAME];
	struct map_point p;
	int64_t unit, at;

	if (map_unit_read(conf->units.at[i], &unit, device) != 0)
		return err_add(errs, conf->place.file, conf->place.line, "%s: units: \"%s\" is not "
		    "a unit from 1 to 247 and a device: \"2 kitchen/fume\"", conf->name,
		    conf->units.at[i]);
	for (size_t k = 0; k < i; k++)
		if (map_unit_read(conf->units.at[k], &at, other) == 0 &&
		    strcmp(device, other) == 0)
			return err_add(errs, conf->place.file, conf->place.line,
			    "%s: units: %s stands there twice", conf->name, device);
	if (site == NULL || site->point(site->of, device, "", &p) != MAP_NO_DEVICE)
		return 0;
	return err_add(errs, conf->place.file, conf->place.line,
	    "%s: units: there is no device %s", conf->name, device);
}

int
map_units_check(const struct map_conf *conf, const struct map_site *site, struct errs *errs)
{
	int rc = 0;

	for (size_t i = 0; i < conf->units.n; i++)
		rc |= check_unit(conf, i, site, errs);
	return rc;
}

int64_t
map_unit_of(const struct map_conf *conf, const char *device)
{
	char name[MAP_NAME];
	int64_t unit;

	for (size_t i = 0; i < conf->units.n; i++)
		if (map_unit_read(conf->units.at[i], &unit, name) == 0 &&
		    strcmp(name, device) == 0)
			return unit;
	return 0;
}

static bool
covered(const struct strings *patterns, const struct map_slot *s)
{
	char name[2 * MAP_NAME];

	snprintf(name, sizeof(name), "%s.%s", s->device, s->point);
	for (size_t i = 0; i < patterns->n; i++)
		if (glob_match(patterns->at[i], name))
			return true;
	return false;
}

int
map_ask_site(const struct map_conf *conf, const struct map_site *site, struct map_slot *s,
    struct errs *errs)
{
	struct map_point p = { .period = 0 };
	enum map_found found;

	if (site == NULL)
		return 0;
	found = site->point(site->of, s->device, s->point, &p);
	if (found == MAP_NO_DEVICE)
		return err_add(errs, s->place.file, s->place.line, "%s: there is no device %s",
		    conf->name, s->device);
	if (found == MAP_NO_POINT)
		return err_add(errs, s->place.file, s->place.line, "%s: %s has no point %s",
		    conf->name, s->device, s->point);
	if (p.text)
		return err_add(errs, s->place.file, s->place.line,
		    "%s: %s.%s is a text, which no register shows", conf->name, s->device,
		    s->point);
	if (p.period > 0)
		s->stale_after = 2 * p.period + STALE_SPARE;
	s->writable = (s->table == MAP_COIL || s->table == MAP_HOLDING) && p.listed &&
	    covered(&conf->writable, s);
	s->min = p.min;
	s->max = p.max;
	return 0;
}
