#include <string.h>

#include "../check.h"
#include "bench_of.h"

static unsigned char memory[1 << 20] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct errs errs;

static int
address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	*why = "";
	memset(out, 0, ADDRESS_MAX);
	out[0] = (uint8_t)atoi(text);
	return 0;
}

static const struct proto proto = { .name = "any", .address = address };

static const struct profile *
read_profile(const char *body)
{
	static char text[8000];
	struct tree *tree;
	const struct profile *p;

	snprintf(text, sizeof(text), "name = \"x\"; maker = \"m\"; model = \"x\"; family = \"io\";\n"
	    "source = \"s\"; confidence = \"A\";\n%s", body);
	tree = tree_parse(text, "x.conf", &arena, &errs);
	if (tree == NULL)
		return NULL;
	p = profile_read(tree, &arena, &errs);
	tree_close(tree);
	return p;
}

struct device *
bench_of(const char *body, const char *more)
{
	static char text[2000];
	const struct profile *p;
	struct device *d;
	struct tree *tree;
	int rc;

	memset(memory, 0, sizeof(memory));
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
	if ((p = read_profile(body)) == NULL)
		return NULL;
	d = arena_alloc(&arena, sizeof(*d));
	snprintf(text, sizeof(text), "name = \"d\"; link = \"l\"; profile = \"x\"; unit = \"7\";\n%s",
	    more);
	tree = tree_parse(text, "t.conf", &arena, &errs);
	CHECK(tree != NULL);
	rc = key_load(tree_root(tree), device_keys, &d->conf, &arena, &errs);
	if (rc == 0)
		rc = device_bind(d, p, &proto, &arena, &errs);
	tree_close(tree);
	return rc == 0 ? d : NULL;
}

const char *
bench_says(void)
{
	return errs.n > 0 ? room[0].text : "";
}

struct reading
bench_hear(const struct device *d, const char *point, const uint8_t *registers, int64_t mono)
{
	struct reading base = { .mono = mono }, out[32], found = { .series = 1 };
	size_t i = (size_t)(profile_point(d->profile, point) - d->profile->points);

	for (size_t b = 0; b < d->nblocks; b++) {
		const struct stretch *s = &d->blocks[b];
		size_t n;

		n = device_decode(d, b, registers + 2 * s->first, 2U * s->count, &base, out, 32);
		for (size_t k = 0, at = 0; k < d->profile->npoints; k++)
			if (d->taps[k].block == b && at++ < n && k == i)
				found = out[at - 1];
	}
	return found;
}
