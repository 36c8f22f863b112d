#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config_read.h"

static int
compare(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

static int
compare_name(const void *word, const void *b)
{
	const struct named *y = b;

	return strcmp(word, y->name);
}

static int
told_twice(const struct named *first, const struct named *again, const char *what,
    struct errs *errs)
{
	if (strcmp(first->place->file, again->place->file) == 0)
		return err_add(errs, again->place->file, again->place->line,
		    "%s: the name \"%s\" is given twice, first in line %d", what, again->name,
		    first->place->line);
	return err_add(errs, again->place->file, again->place->line,
	    "%s: the name \"%s\" is given twice, first in line %d of %s", what, again->name,
	    first->place->line, first->place->file);
}

int
names_sort(struct names *names, const void *base, size_t n, size_t size, size_t name,
    size_t place, struct config_reader *r)
{
	const unsigned char *at = base;

	names->n = 0;
	names->at = arena_alloc(r->arena, (n + 1) * sizeof(names->at[0]));
	if (names->at == NULL)
		return config_no_memory(r);
	for (size_t i = 0; i < n; i++, at += size) {
		const char *const *s = (const void *)(at + name);

		if (*s != NULL)		/* one that was refused has none */
			names->at[names->n++] = (struct named){ *s,
			    (const void *)(at + place), i };
	}
	qsort(names->at, names->n, sizeof(names->at[0]), compare);
	return 0;
}

int
names_unique(const struct names *names, const char *what, struct config_reader *r)
{
	size_t first = 0;
	int rc = 0;

	for (size_t i = 1; i < names->n; i++) {
		if (strcmp(names->at[first].name, names->at[i].name) == 0)
			rc = told_twice(&names->at[first], &names->at[i], what, r->errs);
		else
			first = i;
	}
	return rc;
}

size_t
names_find(const struct names *names, const char *name)
{
	const struct named *found = bsearch(name, names->at, names->n, sizeof(names->at[0]),
	    compare_name);

	return found != NULL ? found->i : SIZE_MAX;
}

const char *
names_near(const struct names *names, const char *word, struct arena *arena)
{
	const char **list = arena_alloc(arena, (names->n + 1) * sizeof(list[0]));

	if (list == NULL)
		return NULL;
	for (size_t i = 0; i < names->n; i++)
		list[i] = names->at[i].name;
	return near_name(word, list, names->n);
}
