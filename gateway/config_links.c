#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../devices/register_map.h"
#include "config_read.h"
#include "secret.h"

/* What links and uplinks have in common: each is of a kind, which brings keys
 * of its own. */
struct section {
	const char		*what;		/* "links" */
	const struct key	*common;
	const char		*(*kind)(size_t i);	/* NULL past the end */
	const struct key	*(*own)(size_t i);
	size_t			 size, name, place;	/* of the struct, in it */
	/* A kind may have a struct of its own for its keys, of so many bytes, to
	 * which a pointer in the struct leads.  NULL: none has. */
	size_t			(*room)(size_t i);
	size_t			 room_at;
};

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

static const struct section links = {
	.what = "links", .common = link_keys, .kind = link_kind_name, .own = link_own_keys,
	.size = sizeof(struct link_conf), .name = offsetof(struct link_conf, name),
	.place = offsetof(struct link_conf, place),
};

static const struct section uplinks = {
	.what = "uplinks", .common = uplink_keys, .kind = uplink_kind_name,
	.own = uplink_own_keys, .size = sizeof(struct uplink_conf),
	.name = offsetof(struct uplink_conf, name),
	.place = offsetof(struct uplink_conf, place),
	.room = uplink_room, .room_at = offsetof(struct uplink_conf, own),
};

#define KINDS_MAX	32

/* Without its kind nobody knows which keys it may have. */
static int
no_kind(const struct section *s, const struct node *one, const struct node *kind,
    struct errs *errs)
{
	const char *names[KINDS_MAX], *near;
	char list[160] = "";
	size_t n = 0, at = 0;

	for (; n < KINDS_MAX && s->kind(n) != NULL; n++) {
		names[n] = s->kind(n);
		if (at < sizeof(list))
			at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s",
			    n > 0 ? ", " : "", names[n]);
	}
	if (kind == NULL)
		return err_add(errs, node_file(one), node_line(one),
		    "\"%s\" must be given: one of %s", "kind", list);
	near = near_name(node_string(kind), names, n);
	return err_add(errs, node_file(kind), node_line(kind), near != NULL ?
	    ERR_("%s: \"%s\" is none of %s; did you mean \"%s\"?") :
	    ERR_("%s: \"%s\" is none of %s"),
	    "kind", node_string(kind), list, near);
}

static int
check_secret(const struct node *one, const struct key *key, const char *written,
    struct errs *errs)
{
	const struct node *node = node_get(one, key->name);
	char secret[SECRET_MAX + 1], path[SECRET_PATH_MAX], words[SECRET_PATH_MAX * 2];
	enum secret_fault fault = secret_read(written, secret, path);
	const char *fmt = secret_words(fault);

	secret_clear(secret, sizeof(secret));
	if (fault == SECRET_OK)
		return 0;
	snprintf(words, sizeof(words), err_word(errs, fmt), path);
	return err_add(errs, node_file(node), node_line(node), "%s: %s", key->name, words);
}

static int
check_secrets(const struct node *one, const struct key *keys, const unsigned char *at,
    struct errs *errs)
{
	int rc = 0;

	for (; keys->name != NULL; keys++) {
		const char *const *written = (const void *)(at + keys->offset);

		if (keys->type == KEY_SECRET && *written != NULL && **written != '\0')
			rc |= check_secret(one, keys, *written, errs);
	}
	return rc;
}

/* Where the keys of the kind go; NULL: no memory. */
static unsigned char *
own_room(struct config_reader *r, const struct section *s, size_t kind, unsigned char *at)
{
	size_t n = s->room != NULL ? s->room(kind) : 0;
	void **own = (void *)(at + s->room_at);

	if (n == 0)
		return at;
	*own = arena_alloc(r->arena, n);
	return *own;
}

static int
read_one(struct config_reader *r, const struct section *s, const struct node *one,
    unsigned char *at)
{
	unsigned char *room;
	const struct node *node;
	const struct key *own;
	size_t kind = 0;
	int rc;

	if (node_kind(one) != NODE_GROUP)
		return err_add(r->errs, node_file(one), node_line(one),
		    "%s: wants groups of settings: ( { ... }, { ... } )", s->what);
	*(struct place *)(void *)(at + s->place) = (struct place){ node_file(one), node_line(one) };
	node = node_get(one, "kind");
	while (s->kind(kind) != NULL && (node == NULL ||
	    strcmp(s->kind(kind), node_string(node)) != 0))
		kind++;
	if (s->kind(kind) == NULL)
		return no_kind(s, one, node, r->errs);
	own = s->own(kind);
	room = own_room(r, s, kind, at);
	if (room == NULL)
		return config_no_memory(r);
	rc = key_load2(one, s->common, at, own, room, r->arena, r->errs);
	if (!r->secrets)
		return rc;
	rc |= check_secrets(one, s->common, at, r->errs);
	return rc | check_secrets(one, own, room, r->errs);
}

/* What was read of a list: n structs, of which not all need be whole. */
struct list {
	void	*at;
	bool	*whole;			/* nothing of it was refused */
	size_t	 n;
};

/* Reads a list; one of an unknown kind has no name. */
static int
read_all(struct config_reader *r, const struct section *s, const struct node *list,
    struct list *out)
{
	struct names names;
	unsigned char *at;
	int rc = 0;

	*out = (struct list){ .n = 0 };
	if (list == NULL)
		return 0;
	if (node_kind(list) != NODE_LIST)
		return err_add(r->errs, node_file(list), node_line(list),
		    "%s: wants a list of groups: ( { ... }, { ... } )", s->what);
	at = arena_alloc(r->arena, (node_len(list) + 1) * s->size);
	out->whole = arena_alloc(r->arena, node_len(list) + 1);
	if (at == NULL || out->whole == NULL)
		return config_no_memory(r);
	out->at = at;
	out->n = node_len(list);
	for (size_t i = 0; i < out->n; i++) {
		out->whole[i] = read_one(r, s, node_at(list, i), at + i * s->size) == 0;
		rc |= out->whole[i] ? 0 : -1;
	}
	if (names_sort(&names, at, out->n, s->size, s->name, s->place, r) != 0)
		return -1;
	return rc | names_unique(&names, s->what, r);
}

static int
check_proto(const struct link_conf *link, struct errs *errs)
{
	const char *names[KINDS_MAX], *near;
	size_t n = 0;

	if (link->proto[0] == '\0' || proto_find(link->proto) != NULL)
		return 0;
	for (; n < KINDS_MAX && proto_at(n) != NULL; n++)
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

int
config_links(struct config_reader *r)
{
	struct config *c = r->config;
	struct list list;
	int rc = read_all(r, &links, r->links, &list);

	c->links = list.at;
	c->nlinks = list.n;
	for (size_t i = 0; i < c->nlinks; i++) {
		const struct link_conf *link = &c->links[i];

		if (link->name != NULL && link->proto != NULL)
			rc |= check_proto(link, r->errs);
		if (list.whole[i])
			rc |= check_device_file(link, r->errs) | link_check(link, r->errs);
	}
	return rc;
}

/* How much at once suits the kind, unless it was said.  A kind that does not
 * exist was told of already. */
static void
choose_batch(struct uplink_conf *u)
{
	const struct uplink *kind = uplink_kind_at((size_t)u->kind);

	if (u->batch == 0 && kind != NULL)
		u->batch = kind->batch;
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
	static const char *const verbs[] = { "ack", "reset", "mark" };
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
			    "%s: commands: \"%s\" is none of ack, reset, mark", u->name,
			    u->commands.at[i]);
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
	struct list list;
	int rc = read_all(r, &uplinks, r->uplinks, &list);

	c->uplinks = list.at;
	c->nuplinks = list.n;
	for (size_t i = 0; i < c->nuplinks; i++) {
		const struct uplink *kind = uplink_kind_at((size_t)c->uplinks[i].kind);

		choose_batch(&c->uplinks[i]);
		rc |= check_target(&c->uplinks[i], r->errs);
		if (list.whole[i])
			rc |= check_rights(&c->uplinks[i], r->errs);
		if (list.whole[i] && kind->check != NULL)
			rc |= kind->check(&c->uplinks[i], r->errs);
		if (list.whole[i])
			rc |= bind_uplink(r, &c->uplinks[i]);
	}
	return rc;
}
