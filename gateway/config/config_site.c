#include <stdio.h>
#include <stdlib.h>

#include "../text.h"
#include "config_read.h"

/* What else is wrong in the group does not matter where these are known. */
static bool
enough(const struct gateway_conf *g)
{
	return g->id != NULL && g->control != NULL && g->control[0] == '/' &&
	    g->store.dir != NULL && g->store.dir[0] == '/';
}

static bool
read_gateway(struct config *c, const struct tree *tree, struct errs *errs)
{
	struct config_reader r = { .config = c, .arena = &c->arena, .errs = errs,
	    .root = tree_root(tree), .part = !tree_whole(tree) };
	const struct node *group = node_get(r.root, "gateway");

	/* behind a syntax error it may say anything */
	if (group == NULL && r.part)
		return false;
	if (group != NULL && node_kind(group) == NODE_GROUP)
		key_load(group, gateway_keys, &c->gateway, r.arena, errs);
	else
		key_defaults(gateway_keys, &c->gateway, r.arena, errs);
	config_gateway(&r);
	return enough(&c->gateway);
}

/* What is wrong was told by who read all of it. */
static struct config *
read_site(const char *path)
{
	struct arena arena = config_arena();
	struct errs *errs = config_errs();
	struct config *c = NULL;
	struct tree *tree = NULL;
	bool known = false;

	if (arena.at != NULL) {
		c = arena_alloc(&arena, sizeof(*c));
		c->arena = arena;
		tree = tree_read_part(path, &c->arena, errs);
	}
	if (tree != NULL) {
		known = read_gateway(c, tree, errs);
		tree_close(tree);
	}
	free(errs);
	if (known)
		return c;
	config_free(c);
	return NULL;
}

struct config *
config_site(const char *path, struct errs *errs)
{
	struct config *config = config_look(path, errs);

	return config != NULL ? config : read_site(path);
}

struct config *
config_asked(const char *path)
{
	struct errs *errs = config_errs();
	struct config *config = config_site(path, errs);

	if (config == NULL)
		config_errs_print(errs, stderr);
	else if (errs->n > 0)
		fprintf(stderr, _("%s: it has faults, as tidegate check -c %s tells; of it only "
		    "where the gateway is was read\n"), path, path);
	free(errs);
	return config;
}
