#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../../devices/register_map.h"
#include "../tell/modem_share.h"
#include "config_read.h"

#define PROTOS_MAX	32

static const char *
link_kind_name(size_t i)
{
	const struct link_kind *kind = link_kind_at(i);

	return kind != NULL ? kind->name : NULL;
}

static const struct key *
link_own_keys(size_t i)
{
	return link_kind_at(i)->keys;
}

static const char *
uplink_kind_name(size_t i)
{
	const struct uplink *kind = uplink_kind_at(i);

	return kind != NULL ? kind->name : NULL;
}

static const struct key *
uplink_own_keys(size_t i)
{
	return uplink_kind_at(i)->keys;
}

static size_t
uplink_room(size_t i)
{
	return uplink_kind_at(i)->conf_size;
}

static const struct config_section links = {
	.what = "links", .common = link_keys, .kind = link_kind_name, .own = link_own_keys,
	.size = sizeof(struct link_conf), .name = offsetof(struct link_conf, name),
	.place = offsetof(struct link_conf, place),
	.digest = offsetof(struct link_conf, digest) + 1,
};

static const struct config_section uplinks = {
	.what = "uplinks", .common = uplink_keys, .kind = uplink_kind_name,
	.own = uplink_own_keys, .size = sizeof(struct uplink_conf),
	.name = offsetof(struct uplink_conf, name),
	.place = offsetof(struct uplink_conf, place),
	.room = uplink_room, .room_at = offsetof(struct uplink_conf, own),
	.digest = offsetof(struct uplink_conf, digest) + 1,
};

static int
check_proto(const struct link_conf *link, struct errs *errs)
{
	const char *names[PROTOS_MAX], *near;
	size_t n = 0;

	if (link->proto[0] == '\0' || proto_find(link->proto) != NULL)
		return 0;
	for (; n < PROTOS_MAX && proto_at(n) != NULL; n++)
		names[n] = proto_at(n)->name;
	near = near_name(link->proto, names, n);
	return err_add(errs, link->place.file, link->place.line, near != NULL ?
	    ERR_("%s: proto \"%s\" is not known; did you mean \"%s\"?") :
	    ERR_("%s: proto \"%s\" is not known"), link->name, link->proto, near);
}

/* From which folder a service is started nobody can say. */
static int
check_device_file(const struct link_conf *link, struct errs *errs)
{
	if (link->path == NULL || link->path[0] == '/')
		return 0;
	return err_add(errs, link->place.file, link->place.line, "%s: \"%s\" must begin with /",
	    link->name, link->path);
}

/* Where the way that has its line shares it. */
static int
find_share(struct config_reader *r, struct link_conf *link)
{
	char path[200], *kept;

	if (link->way == NULL || r->config->gateway.control == NULL)
		return 0;
	modem_share_path(r->config->gateway.control, link->way, path, sizeof(path));
	if (strlen(path) >= sizeof(((struct modem_share *)NULL)->path))
		return err_add(r->errs, link->place.file, link->place.line,
		    "%s: %s: too long a path for a socket: a shorter control, or name of the way",
		    link->name, path);
	kept = arena_alloc(r->arena, strlen(path) + 1);
	if (kept == NULL)
		return config_no_memory(r);
	link->path = strcpy(kept, path);
	return 0;
}

static int
look_at_link(void *entry, const struct node *node, struct errs *errs)
{
	struct link_conf *link = entry;

	link_settle(link, node);
	return check_proto(link, errs) | check_device_file(link, errs) | link_check(link, errs);
}

int
config_links(struct config_reader *r)
{
	struct config *c = r->config;
	struct config_list list;
	int rc = config_list(r, &links, r->links, &list);

	c->links = list.at;
	c->nlinks = list.n;
	for (size_t i = 0; i < c->nlinks; i++) {
		rc |= config_list_look(r, &links, r->links, &list, i, look_at_link);
		if (list.whole[i])
			rc |= find_share(r, &c->links[i]);
	}
	return rc;
}

/* How much at once suits the kind, unless it was said.  A kind that does not
 * exist was told of already. */
static void
choose_batch(struct uplink_conf *u)
{
	const struct uplink *kind = uplink_kind_at((size_t)u->kind);

	u->batch_most = u->batch;
	if (u->batch != 0 || kind == NULL)
		return;
	u->batch = kind->batch;
	u->batch_most = kind->batch_most > kind->batch ? kind->batch_most : kind->batch;
}

/* A mistyped target would be found only when the first batch is late. */
static int
check_target(const struct uplink_conf *u, struct errs *errs)
{
	int rc = 0;

	if (u->path != NULL && u->path[0] != '/')
		rc = err_add(errs, u->place.file, u->place.line,
		    "%s: \"%s\" must begin with /", "path", u->path);
	return rc;
}

/* Rights that nobody could use are a mistake. */
static int
check_rights(const struct uplink_conf *u, struct errs *errs)
{
	static const char *const verbs[] = { "ack", "reset", "mark", "shelve", "unshelve",
	    "handle", "maintain" };
	const size_t n = sizeof(verbs) / sizeof(verbs[0]);
	const struct uplink *kind = uplink_kind_at((size_t)u->kind);
	size_t k;
	int rc = 0;

	if (!kind->commanded && u->writable.n + u->commands.n > 0)
		return err_add(errs, u->place.file, u->place.line,
		    "%s: an uplink of kind %s takes no commands", u->name, kind->name);
	for (size_t i = 0; i < u->commands.n; i++) {
		for (k = 0; k < n && strcmp(u->commands.at[i], verbs[k]) != 0; k++)
			continue;
		if (k == n)
			rc = err_add(errs, u->place.file, u->place.line,
			    "%s: commands: \"%s\" is none of ack, reset, mark, shelve, "
			    "unshelve, handle, maintain", u->name, u->commands.at[i]);
	}
	return rc;
}

static enum map_found
find_point(const void *of, const char *device, const char *point, struct map_point *out)
{
	const struct config *c = of;
	const struct device *d = NULL;
	const struct point *p;

	for (size_t i = 0; i < c->ndevices && d == NULL; i++)
		if (c->devices[i].conf.name != NULL &&
		    strcmp(c->devices[i].conf.name, device) == 0)
			d = &c->devices[i];
	if (d == NULL)
		return MAP_NO_DEVICE;
	p = d->profile != NULL ? profile_point(d->profile, point) : NULL;
	if (p == NULL)
		return MAP_NO_POINT;
	*out = (struct map_point){ .period = device_period(d, p), .min = p->write.min,
	    .max = p->write.max, .text = (p->raw->needs & RAW_LENGTH) != 0 };
	for (size_t i = 0; i < d->conf.writable.n; i++)
		out->listed |= strcmp(d->conf.writable.at[i], p->name) == 0;
	return MAP_FOUND;
}

static int
look_at_uplink(void *entry, const struct node *node, struct errs *errs)
{
	const struct uplink_conf *u = entry;
	const struct uplink *kind = uplink_kind_at((size_t)u->kind);
	int rc = check_target(u, errs) | check_rights(u, errs);

	(void)node;
	return kind->check != NULL ? rc | kind->check(u, errs) : rc;
}

/* Of what names devices, once they are all sound. */
static int
bind_uplink(struct config_reader *r, const struct uplink_conf *u)
{
	const struct uplink *kind = uplink_kind_at((size_t)u->kind);
	const struct map_site points = { .of = r->config, .point = find_point };
	const struct uplink_site site = { .points = &points, .arena = r->arena };

	return kind->bind == NULL || r->errs->n > 0 ? 0 : kind->bind(u, &site, r->errs);
}

int
config_uplinks(struct config_reader *r)
{
	struct config *c = r->config;
	struct config_list list;
	int rc = config_list(r, &uplinks, r->uplinks, &list);

	c->uplinks = list.at;
	c->nuplinks = list.n;
	for (size_t i = 0; i < c->nuplinks; i++) {
		choose_batch(&c->uplinks[i]);
		rc |= config_list_look(r, &uplinks, r->uplinks, &list, i, look_at_uplink);
		if (list.whole[i])
			rc |= bind_uplink(r, &c->uplinks[i]);
	}
	return rc;
}
