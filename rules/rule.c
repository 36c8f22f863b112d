#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../conf/languages.h"
#include "rule.h"

#define AT(field)	offsetof(struct rule_conf, field)

LANGUAGES(struct rule_conf);

const struct key rule_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name),
	  .example = "\"fume-high\"",
	  .help = "Its name; with that of a device it names an alarm." },
	{ .name = "on", .type = KEY_STRING, .offset = AT(on), .fallback = "*",
	  .help = "The devices that it watches, such as \"*/lel\": one alarm each." },
	{ .name = "when", .type = KEY_STRING, .offset = AT(when),
	  .example = "\"fume > 2\"",
	  .help = "What it watches for: \"fume > 2\", \"do < limit.do\", "
	  "\"stale(concentration)\", \"stale(concentration, 90s)\"." },
	{ .name = "priority", .type = KEY_CHOICE, .offset = AT(priority),
	  .fallback = "medium", .names = priority_names,
	  .help = "How fast somebody must answer." },
	{ .name = "class", .type = KEY_CHOICE, .offset = AT(class), .fallback = "process",
	  .names = class_names,
	  .help = "What it is about; life is never masked by a dead link." },
	{ .name = "latching", .type = KEY_BOOL, .offset = AT(latching), .fallback = "false",
	  .help = "Stays after the condition is gone, until a local reset." },
	{ .name = "deadband", .type = KEY_REAL, .offset = AT(deadband), .fallback = "0",
	  .min = 0, .max = 1e300,
	  .help = "How far behind the limit the figure must be for the alarm to clear." },
	{ .name = "on_delay", .type = KEY_SPAN, .offset = AT(on_delay), .fallback = "0s",
	  .min = 0, .max = 86400e6, .help = "How long the condition holds before it is an alarm." },
	{ .name = "off_delay", .type = KEY_SPAN, .offset = AT(off_delay), .fallback = "0s",
	  .min = 0, .max = 86400e6, .help = "How long it must be gone before the alarm clears." },
	{ .name = "max_age", .type = KEY_SPAN, .offset = AT(max_age), .fallback = "0s",
	  .min = 0, .max = 86400e6 * 400,
	  .help = "Readings older than this raise and clear nothing; 0s: two periods "
	  "of the device and 60 s." },
	{ .name = "text", .type = KEY_GROUP, .offset = AT(zh), .fallback = "",
	  .sub = languages_keys,
	  .example = "{ en = \"{device}: {value} {unit}\"; }",
	  .help = "What people are told, with {device} {point} {value} "
	  "{unit} {limit} {rule} {state} in it; else made from the condition." },
	{ .name = NULL }
};

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

bool
rule_same(const struct rule_conf *a, const struct rule_conf *b)
{
	const struct condition *x = &a->condition, *y = &b->condition;

	return key_same(rule_keys, a, b) && x->kind == y->kind && x->or_equal == y->or_equal &&
	    memcmp(&x->limit, &y->limit, sizeof(x->limit)) == 0 && x->age == y->age &&
	    strcmp(x->point, y->point) == 0;
}

int64_t
rule_stale_age(const struct rule_conf *rule, int64_t period)
{
	return rule->condition.age > 0 ? rule->condition.age : 2 * period + 5 * 1000000LL;
}
