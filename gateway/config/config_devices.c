#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "config_read.h"

/* "modbus" of a profile fits "modbus-tcp" and "modbus-rtu" of a link. */
static bool
fits(const char *profile, const char *link)
{
	size_t n = strlen(profile);

	return strncmp(profile, link, n) == 0 && (link[n] == '\0' || link[n] == '-');
}

static int
unknown_link(struct config_reader *r, const struct device_conf *conf, const struct names *names)
{
	const char *near = NULL;

	if (r->part)
		return -1;
	if (r->errs->n < ERRS_MAX)
		near = names_near(names, conf->link, r->arena);
	return err_add(r->errs, conf->place.file, conf->place.line, near != NULL ?
	    ERR_("%s: there is no link \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: there is no link \"%s\""), conf->name, conf->link, near);
}

/* Has a DTU there heartbeats of its own? */
static bool
beats(const struct listener_conf *l)
{
	const struct dtu_format *format = dtu_format_at((size_t)l->format);

	return l->beats.n > 0 || format->beat != NULL || format->framing == &dtu_ddp;
}

/* Who tells seldom would be cut off each time before he does. */
static int
check_heartbeat(struct config_reader *r, const struct device_conf *conf,
    const struct link_conf *link)
{
	char is[32], every[32];

	for (size_t i = 0; i < r->config->nlisteners && link->listener != NULL; i++) {
		const struct listener_conf *l = &r->config->listeners[i];

		if (l->name == NULL || strcmp(l->name, link->listener) != 0 || beats(l) ||
		    l->every == 0 || conf->heartbeat <= l->every)
			continue;
		return err_add(r->errs, conf->place.file, conf->place.line,
		    "%s: heartbeat %s is longer than every of listener %s (%s), which cuts off who "
		    "is silent for two of them: set every to %s or more", conf->name,
		    span_write(conf->heartbeat, is, sizeof(is)), l->name,
		    span_write(l->every, every, sizeof(every)), is);
	}
	return 0;
}

static int
bind(struct config_reader *r, struct device *d, const struct names *names)
{
	size_t i = names_find(names, d->conf.link);
	const struct profile *profile = config_profile(r, &d->conf);
	const struct proto *proto;
	const struct link_conf *link;

	if (i == SIZE_MAX)
		return unknown_link(r, &d->conf, names);
	link = &r->config->links[i];
	/* a fault of the link or the profile was told where it is */
	if (profile == NULL || link->proto == NULL)
		return -1;
	proto = proto_find(link->proto[0] != '\0' ? link->proto :
	    link_kind_at((size_t)link->kind)->proto);
	if (proto == NULL)
		return -1;
	if (!fits(profile->proto, proto->name))
		return err_add(r->errs, d->conf.place.file, d->conf.place.line,
		    "%s: profile \"%s\" speaks %s, but link \"%s\" speaks %s", d->conf.name,
		    profile->name, profile->proto, link->name, proto->name);
	profile = derived_profile(r->config->derived, r->config->nderived, d->conf.name, profile,
	    r->arena, r->errs);
	if (profile == NULL)
		return -1;
	if (profile->pushes && check_heartbeat(r, &d->conf, link) != 0)
		return -1;
	return device_bind(d, profile, proto, r->arena, r->errs);
}

int
config_extend(struct config_reader *r, struct device *d, const struct derived_conf *conf)
{
	const struct link_conf *link = config_link(r->config, d->conf.link);
	const char *name = link->proto[0] != '\0' ? link->proto :
	    link_kind_at((size_t)link->kind)->proto;
	const struct profile *profile = derived_profile(conf, 1, d->conf.name, d->profile,
	    r->arena, r->errs);

	return profile != NULL ? device_bind(d, profile, proto_find(name), r->arena, r->errs) : -1;
}

static int
compare_units(const void *a, const void *b)
{
	const struct device *x = *(const struct device *const *)a;
	const struct device *y = *(const struct device *const *)b;
	int order = strcmp(x->conf.link, y->conf.link);

	if (order == 0)
		order = strcmp(x->conf.station, y->conf.station);
	if (order == 0)
		order = memcmp(x->address, y->address, sizeof(x->address));
	return order != 0 ? order : (x > y) - (x < y);
}

static bool
same_unit(const struct device *x, const struct device *y)
{
	return strcmp(x->conf.link, y->conf.link) == 0 &&
	    strcmp(x->conf.station, y->conf.station) == 0 &&
	    memcmp(x->address, y->address, sizeof(x->address)) == 0;
}

/* Two entries of one unit would each think that the other's answers are late
 * ones of its own. */
static int
check_units(struct config_reader *r)
{
	struct config *c = r->config;
	struct device **sorted = arena_alloc(r->arena, (c->ndevices + 1) * sizeof(sorted[0]));
	size_t n = 0, first = 0;
	int rc = 0;

	if (sorted == NULL)
		return config_no_memory(r);
	for (size_t i = 0; i < c->ndevices; i++)
		if (c->devices[i].taps != NULL)		/* it was bound */
			sorted[n++] = &c->devices[i];
	qsort(sorted, n, sizeof(sorted[0]), compare_units);
	for (size_t i = 1; i < n; i++) {
		const struct device_conf *conf = &sorted[i]->conf;

		if (!same_unit(sorted[first], sorted[i])) {
			first = i;
			continue;
		}
		rc = err_add(r->errs, conf->place.file, conf->place.line,
		    "%s: unit \"%s\" of link \"%s\" is already %s", conf->name,
		    conf->unit[0] != '\0' ? conf->unit : sorted[i]->profile->unit, conf->link,
		    sorted[first]->conf.name);
	}
	return rc;
}

/* Of one unit on one link there are no two: that was told of. */
static bool
same_box(const struct config_reader *r, const struct names *links, const struct device *x,
    const struct device *y)
{
	const struct link_conf *at = r->config->links;

	return strcmp(x->conf.link, y->conf.link) != 0 &&
	    strcmp(x->conf.station, y->conf.station) == 0 &&
	    memcmp(x->address, y->address, sizeof(x->address)) == 0 &&
	    strcmp(at[names_find(links, x->conf.link)].end,
	    at[names_find(links, y->conf.link)].end) == 0;
}

static const struct output *
gas_valve(const struct device *d)
{
	const struct output *o = d->conf.outputs.at;

	for (size_t i = 0; i < d->conf.outputs.n; i++)
		if (o[i].acts == OUTPUT_GAS_VALVE)
			return &o[i];
	return NULL;
}

/* By a second entry, over another link, the valve would have no interlock. */
static int
check_valves(struct config_reader *r, const struct names *links)
{
	const struct config *c = r->config;
	int rc = 0;

	for (size_t i = 0; i < c->ndevices; i++) {
		const struct device *d = &c->devices[i];
		const struct output *valve = d->taps != NULL ? gas_valve(d) : NULL;

		for (size_t k = 0; valve != NULL && k < c->ndevices; k++) {
			const struct device *other = &c->devices[k];

			if (k == i || other->taps == NULL || !same_box(r, links, d, other) ||
			    (other->conf.writable.n == 0 && other->profile->start.n == 0 &&
			    other->profile->stop.n == 0 &&
			    other->profile->watchdog.function == 0))
				continue;
			rc = err_add(r->errs, other->conf.place.file, other->conf.place.line,
			    "%s: nothing of it can be written: it is the same unit as %s, whose "
			    "output %s is a gas valve", other->conf.name, d->conf.name,
			    valve->name);
		}
	}
	return rc;
}

/* Only what the profile knows how to write can be listed. */
static int
check_writable(struct config_reader *r, const struct device *d)
{
	const struct strings *list = &d->conf.writable;
	int rc = 0;

	for (size_t i = 0; d->profile != NULL && i < list->n; i++) {
		const struct point *p = profile_point(d->profile, list->at[i]);

		if (p != NULL && p->write.function != 0)
			continue;
		rc = err_add(r->errs, d->conf.place.file, d->conf.place.line, p == NULL ?
		    ERR_("%s: writable: profile \"%s\" has no point \"%s\"") :
		    ERR_("%s: writable: profile \"%s\" does not say how \"%s\" is written"),
		    d->conf.name, d->profile->name, list->at[i]);
	}
	return rc;
}

/* The numbers of its own, which rules on it use before those of the file. */
static int
read_constants(struct config_reader *r, struct device_conf *conf)
{
	const struct node *node = conf->constants_node;

	conf->constants_node = NULL;
	return constants_read(node, &conf->constants, r->arena, r->errs);
}

/* Everything that was understood of it can be looked at. */
static bool
whole(const struct device_conf *conf)
{
	return conf->name != NULL && conf->link != NULL && conf->profile != NULL &&
	    conf->unit != NULL && conf->station != NULL && conf->phase_text != NULL;
}

/* So that a line with few devices need not look at all of a large site. */
static int
index_links(struct config_reader *r, const struct names *names)
{
	struct config *c = r->config;
	size_t *all = arena_alloc(r->arena, (c->ndevices + 1) * sizeof(*all));
	size_t *link_of = arena_alloc(r->arena, (c->ndevices + 1) * sizeof(*link_of));

	if (all == NULL || link_of == NULL)
		return config_no_memory(r);
	for (size_t i = 0; i < c->ndevices; i++) {
		link_of[i] = names_find(names, c->devices[i].conf.link);
		c->links[link_of[i]].ndevices++;
	}
	for (size_t i = 0; i < c->nlinks; i++) {
		c->links[i].devices = all;
		all += c->links[i].ndevices;
		c->links[i].ndevices = 0;
	}
	for (size_t i = 0; i < c->ndevices; i++) {
		struct link_conf *link = &c->links[link_of[i]];

		((size_t *)(uintptr_t)link->devices)[link->ndevices++] = i;
	}
	return 0;
}

int
config_devices(struct config_reader *r)
{
	struct config *c = r->config;
	struct names links, devices;
	int rc;

	c->devices = r->devices.at;
	c->ndevices = r->devices.n;
	r->profiles = arena_alloc(r->arena, (c->ndevices + 1) * sizeof(r->profiles[0]));
	r->profile_names = arena_alloc(r->arena, (c->ndevices + 1) * sizeof(char *));
	if (r->profiles == NULL || r->profile_names == NULL)
		return config_no_memory(r);
	if (names_sort(&links, c->links, c->nlinks, sizeof(c->links[0]),
	    offsetof(struct link_conf, name), offsetof(struct link_conf, place), r) != 0 ||
	    names_sort(&devices, c->devices, c->ndevices, sizeof(c->devices[0]),
	    offsetof(struct device, conf.name), offsetof(struct device, conf.place), r) != 0)
		return -1;
	rc = names_unique(&devices, "devices", r);
	for (size_t i = 0; i < c->ndevices; i++) {
		rc |= read_constants(r, &c->devices[i].conf);
		if (whole(&c->devices[i].conf))
			rc |= bind(r, &c->devices[i], &links) |
			    check_writable(r, &c->devices[i]);
	}
	rc |= check_units(r) | check_valves(r, &links);
	if (rc == 0)
		rc = config_pack_points(r);
	if (rc == 0)
		rc = config_idle(r);
	if (rc != 0)
		return rc;
	c->interlock = interlock_new(c->devices, c->ndevices, r->arena);
	return c->interlock == NULL ? config_no_memory(r) : index_links(r, &links);
}
