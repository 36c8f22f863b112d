#include <math.h>
#include <stdio.h>
#include <string.h>

#include "constants.h"

struct gather {
	struct constant	*at;
	size_t		 n, cap;
	struct arena	*arena;
	struct errs	*errs;
};

static int
take_number(struct gather *g, const struct node *node, const char *prefix)
{
	char name[128];
	int n = snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix != '\0' ? "." : "",
	    node_name(node));
	const char *kept;

	if (!isfinite(node_real(node)))
		return err_add(g->errs, node_file(node), node_line(node),
		    "constants: %s is too large a number", name);
	if (n < 0 || (size_t)n >= sizeof(name))
		return err_add(g->errs, node_file(node), node_line(node),
		    "constants: the name %s is too long", node_name(node));
	kept = arena_text(g->arena, name, (size_t)n);
	if (kept == NULL || g->n == g->cap)
		return err_add(g->errs, node_file(node), node_line(node),
		    "constants: there are too many of them");
	g->at[g->n++] = (struct constant){ kept, node_real(node) };
	return 0;
}

/* Groups of constants may hold numbers, not further groups: two levels name
 * everything ("limit.fume"), and no text can make this recurse. */
static int
take_group(struct gather *g, const struct node *group)
{
	int rc = 0;

	for (size_t i = 0; i < node_len(group); i++) {
		const struct node *node = node_at(group, i);

		if (node_kind(node) == NODE_INT || node_kind(node) == NODE_REAL)
			rc |= take_number(g, node, node_name(group));
		else
			rc = err_add(g->errs, node_file(node), node_line(node),
			    "constants: %s.%s is no number", node_name(group), node_name(node));
	}
	return rc;
}

static size_t
count(const struct node *root)
{
	size_t n = 0;

	for (size_t i = 0; i < node_len(root); i++)
		n += node_kind(node_at(root, i)) == NODE_GROUP ? node_len(node_at(root, i)) : 1;
	return n;
}

int
constants_read(const struct node *root, struct constants *out, struct arena *arena,
    struct errs *errs)
{
	struct gather g = { .arena = arena, .errs = errs };
	int rc = 0;

	*out = (struct constants){ NULL, 0 };
	if (root == NULL)
		return 0;
	if (node_kind(root) != NODE_GROUP)
		return err_add(errs, node_file(root), node_line(root),
		    "constants is a group, such as { limit = { fume = 2.0; }; }");
	g.cap = count(root);
	g.at = arena_alloc(arena, (g.cap + 1) * sizeof(*g.at));
	if (g.at == NULL)
		return err_add(errs, node_file(root), node_line(root),
		    "constants: no memory left for them");
	for (size_t i = 0; i < node_len(root); i++) {
		const struct node *node = node_at(root, i);

		if (node_kind(node) == NODE_GROUP)
			rc |= take_group(&g, node);
		else if (node_kind(node) == NODE_INT || node_kind(node) == NODE_REAL)
			rc |= take_number(&g, node, "");
		else
			rc = err_add(errs, node_file(node), node_line(node),
			    "constants: %s is no number", node_name(node));
	}
	*out = (struct constants){ g.at, g.n };
	return rc;
}

const struct constant *
constants_find(const struct constants *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->at[i].name, name) == 0)
			return &c->at[i];
	return NULL;
}

bool
constants_same(const struct constants *a, const struct constants *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->at[i].name, b->at[i].name) != 0 ||
		    memcmp(&a->at[i].number, &b->at[i].number, sizeof(double)) != 0)
			return false;
	return true;
}
