#include <stdio.h>
#include <string.h>

#include "config.h"

struct device *
config_device(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->ndevices; i++)
		if (strcmp(c->devices[i].conf.name, name) == 0)
			return &c->devices[i];
	return NULL;
}

struct link_conf *
config_link(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->nlinks; i++)
		if (strcmp(c->links[i].name, name) == 0)
			return &c->links[i];
	return NULL;
}

/* Bytes of the site of a name, with its stroke. */
static size_t
site_of(const char *name)
{
	const char *stroke = strrchr(name, '/');

	return stroke != NULL ? (size_t)(stroke - name) + 1 : 0;
}

/* Of the same site, or called the same at another one: what all names of a site
 * have in common makes none of them near. */
const char *
config_near_device(const struct config *c, const char *name)
{
	size_t site = site_of(name);
	struct near near = near_to(name + site), sites = near_to(name);
	const char *first = NULL;

	for (size_t i = 0; i < c->ndevices; i++) {
		const char *its = c->devices[i].conf.name;
		size_t n = site_of(its);

		if (n == site && memcmp(its, name, n) == 0) {
			near_try(&near, its + n);
		} else if (strcmp(its + n, name + site) == 0) {
			near_try(&sites, its);
			first = first != NULL ? first : its;
		}
	}
	if (near.best != NULL)
		return near.best - site;
	return site == 0 ? first : sites.best;
}

const char *
config_near_link(const struct config *c, const char *name)
{
	struct near near = near_to(name);

	for (size_t i = 0; i < c->nlinks; i++)
		near_try(&near, c->links[i].name);
	return near.best;
}

/* What stands before each stroke is a site. */
const char *
config_near_scope(const struct config *c, const char *name, char room[NAME_MAX_BYTES])
{
	struct near near = near_to(name);

	for (size_t i = 0; i < c->ndevices; i++) {
		const char *its = c->devices[i].conf.name;

		for (const char *stroke = its; (stroke = strchr(stroke, '/')) != NULL; stroke++) {
			char site[NAME_MAX_BYTES];

			snprintf(site, sizeof(site), "%.*s", (int)(stroke - its), its);
			near_try(&near, site);
			if (near.best == site)
				near.best = strcpy(room, site);
		}
	}
	return near.best != NULL ? near.best : config_near_device(c, name);
}
