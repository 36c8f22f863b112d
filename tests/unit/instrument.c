#include <string.h>

#include "../../protocols/proto.h"
#include "../check.h"
#include "instrument.h"

static unsigned char memory[8 << 20] __attribute__((aligned(16)));
static struct arena arena = { .at = memory, .cap = sizeof(memory) };
static struct err room[ERRS_MAX];
static struct errs errs = { .at = room };

static const char profile_text[] =
    "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"water\"; source = \"s\";\n"
    "confidence = \"A\"; unit = \"7\";\n"
    "points = ( { name = \"a\"; register = 0; raw = \"u16\"; range = (0, 1000); },\n"
    " { name = \"b\"; register = 1; raw = \"u16\"; },\n"
    " { name = \"c\"; register = 40; raw = \"u16\"; },\n"
    " { name = \"d\"; register = 60; raw = \"u16\"; } );\n";

struct arena *
instrument_arena(void)
{
	return &arena;
}

struct errs *
instrument_errs(void)
{
	return &errs;
}

static int
address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	*why = "";
	memset(out, 0, ADDRESS_MAX);
	out[0] = (uint8_t)atoi(text);
	return 0;
}

static const struct proto any_proto = { .name = "any", .address = address };

static const struct profile *
the_profile(void)
{
	static const struct profile *p;
	struct tree *tree;

	if (p != NULL)
		return p;
	tree = tree_parse(profile_text, "x.conf", &arena, &errs);
	CHECK(tree != NULL);
	p = profile_read(tree, &arena, &errs);
	tree_close(tree);
	CHECK(p != NULL);
	return p;
}

static void
bind(struct device *d, const char *name, const char *period, const char *more)
{
	char text[512];
	struct tree *tree;

	snprintf(text, sizeof(text), "name = \"%s\"; link = \"line\"; profile = \"x\"; "
	    "period = \"%s\"; %s", name, period, more);
	tree = tree_parse(text, "t.conf", &arena, &errs);
	CHECK(tree != NULL);
	CHECK(key_load(tree_root(tree), device_keys, &d->conf, &arena, &errs) == 0);
	CHECK(device_bind(d, the_profile(), &any_proto, &arena, &errs) == 0);
	tree_close(tree);
}

struct device *
instrument(const char *name, const char *period, const char *more)
{
	struct device *d = arena_alloc(&arena, sizeof(*d));

	CHECK(d != NULL);
	bind(d, name, period, more);
	return d;
}

struct device *
instruments(size_t n, const char *period, const char *more)
{
	struct device *d = arena_alloc(&arena, n * sizeof(*d));
	char name[32], unit[200];

	CHECK(d != NULL);
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "site/x%zu", i);
		snprintf(unit, sizeof(unit), "unit = \"%zu\"; %s", i + 1, more);
		bind(&d[i], name, period, unit);
	}
	return d;
}
