#include <stddef.h>
#include <string.h>

#include "config_read.h"

static const char *
kind_name(size_t i)
{
	const struct way_kind *kind = way_kind_at(i);

	return kind != NULL ? kind->name : NULL;
}

static const struct key *
own_keys(size_t i)
{
	return way_kind_at(i)->keys;
}

static size_t
room(size_t i)
{
	return way_kind_at(i)->conf_size;
}

static const struct config_section section = {
	.what = "ways", .common = way_keys, .kind = kind_name, .own = own_keys,
	.size = sizeof(struct way_conf), .name = offsetof(struct way_conf, name),
	.place = offsetof(struct way_conf, place),
	.room = room, .room_at = offsetof(struct way_conf, own),
};

/* What is kept for class life is at least what the law of the house promises, and
 * nothing is left of a cap that is no larger. */
static int
check_way(void *entry, const struct node *node, struct errs *errs)
{
	const struct way_conf *w = entry;
	const struct way_kind *kind = way_kind_at((size_t)w->kind);
	int rc = 0;

	(void)node;
	if (w->cap > 0 && w->cap <= w->reserve)
		rc = err_add(errs, w->place.file, w->place.line,
		    "%s: cap: of %lld messages a day %lld are kept for class life; nothing is "
		    "left for the others", w->name, (long long)w->cap, (long long)w->reserve);
	if (w->lanes > (int64_t)kind->lanes_max)
		rc = err_add(errs, w->place.file, w->place.line,
		    "%s: lanes: a way of kind %s sends %u at once at most", w->name, kind->name,
		    kind->lanes_max);
	return kind->check != NULL ? rc | kind->check(w, errs) : rc;
}

/* A link that asks the modem of a way must name one that has a modem. */
static int
check_link(struct config_reader *r, const struct link_conf *link)
{
	const struct config *c = r->config;

	for (size_t i = 0; link->way != NULL && i < c->nways; i++)
		if (c->ways[i].name != NULL && strcmp(c->ways[i].name, link->way) == 0)
			return strcmp(kind_name((size_t)c->ways[i].kind), "modem") == 0 ? 0 :
			    err_add(r->errs, link->place.file, link->place.line,
			    "%s: way %s is of kind %s and has no modem", link->name, link->way,
			    kind_name((size_t)c->ways[i].kind));
	if (link->way == NULL || r->part)
		return 0;
	return err_add(r->errs, link->place.file, link->place.line,
	    "%s: there is no way \"%s\"", link->name, link->way);
}

int
config_ways(struct config_reader *r)
{
	struct config *c = r->config;
	struct config_list list;
	int rc = config_list(r, &section, r->ways, &list);

	c->ways = list.at;
	c->nways = list.n;
	for (size_t i = 0; i < c->nways; i++)
		rc |= config_list_look(r, &section, r->ways, &list, i, check_way);
	for (size_t i = 0; i < c->nlinks; i++)
		rc |= check_link(r, &c->links[i]);
	return rc;
}

const struct tell_way *
config_tell_ways(const struct way_conf *ways, size_t n, struct arena *arena)
{
	struct tell_way *at = arena_alloc(arena, (n + 1) * sizeof(*at));

	for (size_t i = 0; at != NULL && i < n; i++) {
		const struct way_conf *w = &ways[i];
		const struct way_kind *kind = way_kind_at((size_t)w->kind);

		if (w->name == NULL)	/* it was refused; what kind it is, too */
			continue;
		at[i] = (struct tell_way){ .place = w->place, .name = w->name,
		    .address = (enum tell_address)kind->address,
		    .form = (enum tell_form)kind->form, .cap = w->cap,
		    .reserve = w->reserve, .idempotent = kind->idempotent,
		    .receipts = kind->receipt != NULL,
		    .hears = kind->hears != NULL && kind->hears(w),
		    .excepts = kind->excepts != NULL ? kind->excepts(w) : 0 };
	}
	return at;
}
