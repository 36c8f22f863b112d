#include <assert.h>
#include <string.h>

#include "key_reader.h"

#define NAMES_MAX	128	/* keys of two tables, offered as near */

const char *
key_file(const struct key_reader *r)
{
	const struct node *at = r->node != NULL ? r->node : r->group;

	return at != NULL ? node_file(at) : "";
}

int
key_line(const struct key_reader *r)
{
	const struct node *at = r->node != NULL ? r->node : r->group;

	return at != NULL ? node_line(at) : 0;
}

int
key_no_room(const struct key_reader *r)
{
	return key_fault(r,
	    "the configuration is too large for the memory set aside for it");
}

static void *
place_of(const struct key_reader *r)
{
	return (unsigned char *)r->dst + r->key->offset;
}

static size_t
names_of(const struct key *keys, const char **names, size_t n)
{
	for (; keys != NULL && keys->name != NULL && n < NAMES_MAX; keys++)
		if (keys->type == KEY_ROWS)
			n = names_of(keys->sub, names, n);
		else
			names[n++] = keys->name;
	return n;
}

/* Settings that stand in neither table. */
static int
check_unknown(const struct node *group, const struct key *keys, const struct key *own,
    struct errs *errs)
{
	const char *names[NAMES_MAX], *name, *near;
	size_t n = names_of(own, names, names_of(keys, names, 0)), k;
	int rc = 0;

	for (size_t i = 0; i < node_len(group); i++) {
		const struct node *one = node_at(group, i);

		name = node_name(one);
		for (k = 0; k < n && strcmp(names[k], name) != 0; k++)
			continue;
		if (k < n)
			continue;
		near = near_name(name, names, n);
		rc = err_add(errs, node_file(one), node_line(one), near != NULL ?
		    ERR_("no such setting \"%s\"; did you mean \"%s\"?") :
		    ERR_("no such setting \"%s\""), name, near);
	}
	return rc;
}

static int	load(const struct node *, const struct key *, void *, struct arena *,
		    struct errs *);

static int
read_strings(const struct key_reader *r)
{
	struct strings *out = place_of(r);
	size_t n = r->node != NULL ? node_len(r->node) : 0;

	assert(r->key->fallback == NULL || r->key->fallback[0] == '\0');
	out->n = 0;
	if (r->node == NULL)
		return 0;
	if (node_kind(r->node) != NODE_LIST)
		return key_fault(r, "%s: wants a list of texts: (\"one\", \"two\")",
		    r->key->name);
	out->at = arena_alloc(r->arena, (n + 1) * sizeof(out->at[0]));
	if (out->at == NULL)
		return key_no_room(r);
	for (; out->n < n; out->n++) {
		const struct node *one = node_at(r->node, out->n);
		const char *s = node_string(one);

		if (node_kind(one) != NODE_STRING)
			return key_fault(r, "%s: holds something that is no text in quotes",
			    r->key->name);
		out->at[out->n] = arena_text(r->arena, s, strlen(s));
		if (out->at[out->n] == NULL)
			return key_no_room(r);
	}
	return 0;
}

/* A group that is absent by "" is left as it is; by "{}" it has its defaults. */
static int
read_group(const struct key_reader *r)
{
	if (r->node == NULL && r->key->fallback[0] == '\0')
		return 0;
	if (r->node != NULL && node_kind(r->node) != NODE_GROUP)
		return key_fault(r, "%s: wants a group of settings: { ... }", r->key->name);
	return load(r->node, r->key->sub, place_of(r), r->arena, r->errs);
}

static int
read_item(const struct key_reader *r, size_t i, unsigned char *at)
{
	const struct node *one = node_at(r->node, i);
	struct place *place = (void *)(at + (r->key->line > 0 ? r->key->line - 1 : 0));

	if (node_kind(one) != NODE_GROUP)
		return err_add(r->errs, node_file(one), node_line(one),
		    "%s: wants groups of settings: ( { ... }, { ... } )", r->key->name);
	if (r->key->line > 0)
		*place = (struct place){ node_file(one), node_line(one) };
	return load(one, r->key->sub, at, r->arena, r->errs);
}

static int
read_items(const struct key_reader *r)
{
	struct items *out = place_of(r);
	size_t n = r->node != NULL ? node_len(r->node) : 0;
	int rc = 0;

	if (r->node == NULL)
		return 0;
	if (node_kind(r->node) != NODE_LIST)
		return key_fault(r, "%s: wants a list of groups: ( { ... }, { ... } )",
		    r->key->name);
	out->at = arena_alloc(r->arena, (n + 1) * r->key->size);
	if (out->at == NULL)
		return key_no_room(r);
	for (size_t i = 0; i < n; i++)
		rc |= read_item(r, i, (unsigned char *)out->at + i * r->key->size);
	out->n = n;
	return rc;
}

static int
read_node(const struct key_reader *r)
{
	memcpy(place_of(r), &r->node, sizeof(r->node));
	return 0;
}

int
key_read(const struct key_reader *r)
{
	if (r->node == NULL && r->key->fallback == NULL)
		return key_fault(r, "\"%s\" must be given", r->key->name);
	switch (r->key->type) {
	case KEY_STRINGS:
		return read_strings(r);
	case KEY_GROUP:
		return read_group(r);
	case KEY_ITEMS:
		return read_items(r);
	case KEY_NODE:
		return read_node(r);
	default:
		return key_plain(r);
	}
}

/* group NULL: the fallbacks alone. */
static int
load_known(const struct node *group, const struct key *keys, void *dst, struct arena *arena,
    struct errs *errs)
{
	struct key_reader r = { .group = group, .dst = dst, .arena = arena, .errs = errs };
	int rc = 0;

	for (r.key = keys; r.key != NULL && r.key->name != NULL; r.key++) {
		if (r.key->type == KEY_ROWS) {
			rc |= load_known(group, r.key->sub, place_of(&r), arena, errs);
			continue;
		}
		r.node = group != NULL ? node_get(group, r.key->name) : NULL;
		rc |= key_read(&r);
	}
	return rc;
}

static int
load(const struct node *group, const struct key *keys, void *dst, struct arena *arena,
    struct errs *errs)
{
	int rc = group != NULL ? check_unknown(group, keys, NULL, errs) : 0;

	return rc | load_known(group, keys, dst, arena, errs);
}

int
key_load(const struct node *group, const struct key *keys, void *dst, struct arena *arena,
    struct errs *errs)
{
	return load(group, keys, dst, arena, errs);
}

int
key_load2(const struct node *group, const struct key *keys, void *dst, const struct key *own,
    void *owndst, struct arena *arena, struct errs *errs)
{
	int rc = check_unknown(group, keys, own, errs);

	rc |= load_known(group, keys, dst, arena, errs);
	return rc | load_known(group, own, owndst, arena, errs);
}

int
key_defaults(const struct key *keys, void *dst, struct arena *arena, struct errs *errs)
{
	return load(NULL, keys, dst, arena, errs);
}
