#include <stdlib.h>
#include <string.h>

#include "config_read.h"

struct waiting {
	const char		*port;
	const struct link_conf	*link;
};

static const char *
port_of(const struct config_waits *w, const struct link_conf *link)
{
	const void *at = (const unsigned char *)link + w->port;

	return *(const char *const *)at;
}

/* One that was refused is not whole. */
static bool
waits(const struct config_waits *w, const struct link_conf *link)
{
	const struct link_kind *kind = link_kind_at((size_t)link->kind);

	return link->name != NULL && kind != NULL && strcmp(kind->name, w->kind) == 0 &&
	    port_of(w, link) != NULL && link->identity != NULL;
}

static int
check_port(const struct config_waits *w, const struct config_reader *r,
    const struct link_conf *link)
{
	size_t i = names_find(&w->ports, port_of(w, link));
	const char *near;

	if (i != SIZE_MAX)
		return w->check(r, link, i);
	near = names_near(&w->ports, port_of(w, link), r->arena);
	return err_add(r->errs, link->place.file, link->place.line,
	    near != NULL ? w->no_port_but : w->no_port, link->name, port_of(w, link), near);
}

static int
by_identity(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;
	int order = strcmp(x->port, y->port);

	if (order == 0)
		order = strcmp(x->link->identity, y->link->identity);
	return order != 0 ? order : x->link < y->link ? -1 : 1;
}

static bool
same(const struct waiting *a, const struct waiting *b)
{
	return strcmp(a->port, b->port) == 0 && strcmp(a->link->identity, b->link->identity) == 0;
}

/* Two that wait for the same one would take it from one another. */
static int
check_identities(const struct config_reader *r, struct waiting *all, size_t n)
{
	int rc = 0;

	qsort(all, n, sizeof(*all), by_identity);
	for (size_t i = 1; i < n; i++) {
		const struct link_conf *first = all[i - 1].link, *link = all[i].link;

		if (same(&all[i - 1], &all[i]))
			rc = err_add(r->errs, link->place.file, link->place.line,
			    "%s: link %s (line %d) is identity \"%s\" already", link->name,
			    first->name, first->place.line, link->identity);
	}
	return rc;
}

int
config_waits(struct config_reader *r, const struct config_waits *w)
{
	const struct config *c = r->config;
	struct waiting *all = arena_alloc(r->arena, (c->nlinks + 1) * sizeof(*all));
	size_t n = 0;
	int rc = 0;

	if (all == NULL)
		return config_no_memory(r);
	for (size_t i = 0; i < c->nlinks; i++)
		if (waits(w, &c->links[i])) {
			all[n++] = (struct waiting){ port_of(w, &c->links[i]), &c->links[i] };
			rc |= check_port(w, r, &c->links[i]);
		}
	return rc | check_identities(r, all, n);
}
