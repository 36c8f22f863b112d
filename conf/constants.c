#include <math.h>
#include <stdio.h>
#include <string.h>

#include "constants.h"
#include "date.h"

struct gather {
	struct constant	*at;
	size_t		 n, cap;
	struct arena	*arena;
	struct errs	*errs;
};

static bool
is_number(const struct node *node)
{
	return node_kind(node) == NODE_INT || node_kind(node) == NODE_REAL;
}

static int
wrong(struct gather *g, const struct node *node, const char *fmt, const char *name)
{
	return err_add(g->errs, node_file(node), node_line(node), fmt, name);
}

/* { from = "2026-05-01"; value = 12.345; } */
static int
take_dated(struct gather *g, const struct node *node, const char *name, struct dated *d)
{
	const struct node *from, *value;

	if (node_kind(node) != NODE_GROUP)
		return wrong(g, node, ERR_("constants: %s: an entry is a group, such as "
		    "{ from = \"2026-05-01\"; value = 12.345; }"), name);
	from = node_get(node, "from");
	value = node_get(node, "value");
	if (from == NULL || node_kind(from) != NODE_STRING ||
	    date_read(node_string(from), &d->day) != 0)
		return wrong(g, node, ERR_("constants: %s: \"from\" is a day, such as "
		    "\"2026-05-01\""), name);
	if (value == NULL || !is_number(value) || !isfinite(node_real(value)))
		return wrong(g, node, ERR_("constants: %s: \"value\" is a number"), name);
	if (node_len(node) > 2)
		return wrong(g, node, ERR_("constants: %s: an entry has \"from\" and \"value\", "
		    "nothing else"), name);
	d->number = node_real(value);
	return 0;
}

/* A number that is another one from each of these days on. */
static int
take_table(struct gather *g, const struct node *list, const char *name, struct constant *c)
{
	size_t n = node_len(list);
	struct dated *at = arena_alloc(g->arena, (n + 1) * sizeof(*at));

	if (at == NULL || n == 0)
		return wrong(g, list, at == NULL ?
		    ERR_("constants: %s: no memory left for its days") :
		    ERR_("constants: %s: the list is empty"), name);
	for (size_t i = 0; i < n; i++) {
		const struct node *node = node_at(list, i);

		if (take_dated(g, node, name, &at[i]) != 0)
			return -1;
		if (i > 0 && at[i].day <= at[i - 1].day)
			return wrong(g, node, ERR_("constants: %s: the days must follow each "
			    "other, the oldest first"), name);
	}
	c->dated = at;
	c->ndated = n;
	return 0;
}

/* "10:30" is 10.5 hours, "24:00" the end of the day. */
static bool
is_time(const char *s, double *hours)
{
	unsigned hour, minute;

	if (strlen(s) != 5 || strspn(s, "0123456789") != 2 || s[2] != ':' ||
	    strspn(s + 3, "0123456789") != 2)
		return false;
	hour = (unsigned)(s[0] - '0') * 10 + (unsigned)(s[1] - '0');
	minute = (unsigned)(s[3] - '0') * 10 + (unsigned)(s[4] - '0');
	*hours = hour + minute / 60.0;
	return minute < 60 && *hours <= 24;
}

/* What a name stands for: a number, a day, a time of day, or numbers by the day. */
static int
read_value(struct gather *g, const struct node *node, const char *name, struct constant *c)
{
	int64_t day;

	if (node_kind(node) == NODE_LIST)
		return take_table(g, node, name, c);
	if (node_kind(node) == NODE_STRING && date_read(node_string(node), &day) == 0) {
		c->number = (double)day;
		return 0;
	}
	if (node_kind(node) == NODE_STRING && is_time(node_string(node), &c->number))
		return 0;
	if (node_kind(node) == NODE_STRING)
		return wrong(g, node, ERR_("constants: %s is neither a number nor a day such as "
		    "\"2027-03-01\", nor a time such as \"10:30\""), name);
	if (!is_number(node))
		return wrong(g, node, ERR_("constants: %s is no number"), name);
	if (!isfinite(node_real(node)))
		return wrong(g, node, ERR_("constants: %s is too large a number"), name);
	c->number = node_real(node);
	return 0;
}

static int
take(struct gather *g, const struct node *node, const char *prefix)
{
	char name[128];
	int n = snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix != '\0' ? "." : "",
	    node_name(node));
	struct constant c = { .name = NULL };
	const char *kept;

	if (read_value(g, node, name, &c) != 0)
		return -1;
	if (n < 0 || (size_t)n >= sizeof(name))
		return err_add(g->errs, node_file(node), node_line(node),
		    "constants: the name %s is too long", node_name(node));
	kept = arena_text(g->arena, name, (size_t)n);
	if (kept == NULL || g->n == g->cap)
		return err_add(g->errs, node_file(node), node_line(node),
		    "constants: there are too many of them");
	c.name = kept;
	g->at[g->n++] = c;
	return 0;
}

/* Groups of constants hold no further groups: two levels name
 * everything ("limit.fume"), and no text can make this recurse. */
static int
take_group(struct gather *g, const struct node *group)
{
	int rc = 0;

	for (size_t i = 0; i < node_len(group); i++)
		rc |= take(g, node_at(group, i), node_name(group));
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

		rc |= node_kind(node) == NODE_GROUP ? take_group(&g, node) :
		    take(&g, node, "");
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
constant_same(const struct constant *a, const struct constant *b)
{
	if (memcmp(&a->number, &b->number, sizeof(double)) != 0 || a->ndated != b->ndated)
		return false;
	for (size_t i = 0; i < a->ndated; i++)
		if (a->dated[i].day != b->dated[i].day ||
		    memcmp(&a->dated[i].number, &b->dated[i].number, sizeof(double)) != 0)
			return false;
	return true;
}

bool
constants_same(const struct constants *a, const struct constants *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->at[i].name, b->at[i].name) != 0 ||
		    !constant_same(&a->at[i], &b->at[i]))
			return false;
	return true;
}
