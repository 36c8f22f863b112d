#include <stdlib.h>
#include <string.h>

#include "../conf/glob.h"
#include "census.h"

static int
by_device(const void *a, const void *b)
{
	const struct device *const *p = a, *const *q = b;

	return strcmp((*p)->conf.name, (*q)->conf.name);
}

int
census_take(struct census *c, const struct device *devices, size_t n, struct arena *arena)
{
	*c = (struct census){ .n = 0 };
	c->at = arena_alloc(arena, (n + 1) * sizeof(c->at[0]));
	if (c->at == NULL)
		return -1;
	for (c->n = 0; c->n < n; c->n++)
		c->at[c->n] = &devices[c->n];
	qsort(c->at, n, sizeof(c->at[0]), by_device);
	return 0;
}

/* What stands before the first sign of a pattern says where those that fit stand
 * side by side. */
const struct device *
census_next(const struct census *c, const char *pattern, size_t *i)
{
	size_t len = strcspn(pattern, "*?"), high = c->n;

	while (*i < high && len > 0) {
		size_t middle = *i + (high - *i) / 2;

		if (strncmp(c->at[middle]->conf.name, pattern, len) < 0)
			*i = middle + 1;
		else
			high = middle;
	}
	for (; *i < c->n && strncmp(c->at[*i]->conf.name, pattern, len) == 0; ++*i)
		if (glob_match(pattern, c->at[*i]->conf.name))
			return c->at[(*i)++];
	return NULL;
}

const struct device *
census_find(const struct census *c, const char *name)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(c->at[middle]->conf.name, name);

		if (order == 0)
			return c->at[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

size_t
census_site(const struct device *d)
{
	const char *slash = strrchr(d->conf.name, '/');

	return slash != NULL ? (size_t)(slash - d->conf.name) : 0;
}
