#include <string.h>

#include "../../conf/key_stand.h"
#include "config_read.h"

#define STANDS	64		/* settings of one entry that were refused */
#define TELLING	3		/* letters of a stand-in that say where a fault is from */

/* One entry that is not whole, with something sound in the place of what was refused. */
struct doubt {
	struct config_reader	*reader;
	const struct node	*node;
	void			*entry;
	int			(*look)(void *, const struct node *, struct errs *);
	struct key_stand	 stands[STANDS];
	size_t			 n;
	struct errs		 told, again;
};

static bool
said_again(const struct errs *errs, const struct err *e)
{
	for (size_t i = 0; i < errs->n && i < ERRS_MAX; i++)
		if (errs->at[i].line == e->line && strcmp(errs->at[i].text, e->text) == 0)
			return true;
	return false;
}

/* What is told with one value in the place and not with another hangs on it. */
static void
look_at_others(struct doubt *d, const struct key_stand *stand)
{
	bool *said = arena_alloc(d->reader->arena, ERRS_MAX);
	size_t kept = 0;

	for (size_t i = 0; said != NULL && key_stand_other(stand, i); i++) {
		d->again.n = 0;
		d->look(d->entry, d->node, &d->again);
		kept = 0;
		for (size_t k = 0; k < d->told.n && k < ERRS_MAX; k++)
			if (said_again(&d->again, &d->told.at[k]))
				d->told.at[kept++] = d->told.at[k];
		d->told.n = kept;
	}
}

/* Nobody wrote what stands there. */
static bool
is_of_stand(const struct doubt *d, const struct err *e)
{
	for (size_t i = 0; i < d->n; i++)
		if (strlen(d->stands[i].text) >= TELLING &&
		    strstr(e->text, d->stands[i].text) != NULL)
			return true;
	return false;
}

static void
tell(const struct doubt *d)
{
	struct errs *errs = d->reader->errs;

	for (size_t i = 0; i < d->told.n && i < ERRS_MAX; i++) {
		const struct err *e = &d->told.at[i];

		if (is_of_stand(d, e))
			continue;
		err_add(errs, e->file, e->line, "%s", e->text);
		if (errs->newest != NULL) {
			memcpy(errs->newest->quote, e->quote, sizeof(e->quote));
			errs->newest->caret = e->caret;
		}
	}
}

static bool
stand_in(struct doubt *d, const struct config_section *s, size_t kind, unsigned char *at)
{
	struct arena *arena = d->reader->arena;
	void *own = at;
	size_t n;

	if (s->room != NULL && s->room(kind) > 0)
		memcpy(&own, at + s->room_at, sizeof(own));
	d->n = key_stand_in(d->node, s->common, at, arena, d->stands, STANDS);
	if (d->n == SIZE_MAX || own == NULL)
		return false;
	n = key_stand_in(d->node, s->own(kind), own, arena, d->stands + d->n, STANDS - d->n);
	d->n += n != SIZE_MAX ? n : 0;
	return n != SIZE_MAX;
}

static size_t
kind_of(const struct config_section *s, const struct node *node)
{
	const struct node *kind = node_get(node, "kind");
	size_t i = 0;

	while (kind != NULL && s->kind(i) != NULL && strcmp(s->kind(i), node_string(kind)) != 0)
		i++;
	return kind != NULL && s->kind(i) != NULL ? i : SIZE_MAX;
}

int
config_list_look(struct config_reader *r, const struct config_section *s,
    const struct node *list, const struct config_list *l, size_t i,
    int (*look)(void *, const struct node *, struct errs *))
{
	struct doubt *d;
	const struct node *node = node_at(list, i);
	unsigned char *at = (unsigned char *)l->at + i * s->size, *was;
	size_t kind = kind_of(s, node);

	if (l->whole[i])
		return look(at, node, r->errs);
	d = arena_alloc(r->arena, sizeof(*d));
	if (d == NULL || node_kind(node) != NODE_GROUP || kind == SIZE_MAX ||
	    r->errs->n >= ERRS_MAX)
		return -1;
	*d = (struct doubt){ .reader = r, .node = node, .entry = at, .look = look,
	    .told = { .at = arena_alloc(r->arena, ERRS_MAX * sizeof(struct err)),
	    .translate = r->errs->translate },
	    .again = { .at = arena_alloc(r->arena, ERRS_MAX * sizeof(struct err)),
	    .translate = r->errs->translate } };
	was = arena_alloc(r->arena, s->size);
	if (was == NULL || d->told.at == NULL || d->again.at == NULL)
		return -1;
	memcpy(was, at, s->size);
	if (stand_in(d, s, kind, at)) {
		look(at, node, &d->told);
		for (size_t k = 0; k < d->n; k++)
			look_at_others(d, &d->stands[k]);
		tell(d);
	}
	memcpy(at, was, s->size);	/* to others it has not what was refused */
	return -1;
}
