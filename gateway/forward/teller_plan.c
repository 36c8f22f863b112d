#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../log.h"
#include "teller_own.h"

#define ROOM	(256UL << 20)	/* of address space */

static int
copy_ways(struct teller_plan *p, const struct config *c)
{
	p->nways = c->nways;
	p->ways = arena_alloc(&p->arena, (c->nways + 1) * sizeof(*p->ways));
	if (p->ways == NULL)
		return -1;
	for (size_t i = 0; i < c->nways; i++) {
		const struct way_kind *kind = way_kind_at((size_t)c->ways[i].kind);
		void *own = arena_alloc(&p->arena, kind->conf_size + 1);

		if (own == NULL || key_copy(way_keys, &p->ways[i], &c->ways[i],
		    sizeof(*p->ways), &p->arena) != 0)
			return -1;
		p->ways[i].own = own;
		if (kind->conf_size > 0 && key_copy(kind->keys, own, c->ways[i].own,
		    kind->conf_size, &p->arena) != 0)
			return -1;
	}
	p->conf.ways = config_tell_ways(p->ways, p->nways, &p->arena);
	p->conf.nways = p->nways;
	return p->conf.ways != NULL ? 0 : -1;
}

static int
copy_rules(struct teller_plan *p, const struct config *c)
{
	static const struct key keys[] = {
		{ .name = "name", .type = KEY_NAME, .offset = offsetof(struct tell_rule, name) },
		{ .name = "notify", .type = KEY_STRINGS,
		  .offset = offsetof(struct tell_rule, notify) },
		{ .name = NULL }
	};
	struct tell_rule *at = arena_alloc(&p->arena, (c->tell.nrules + 1) * sizeof(*at));
	int rc = at != NULL ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < c->tell.nrules; i++)
		rc = key_copy(keys, &at[i], &c->tell.rules[i], sizeof(*at), &p->arena);
	p->conf.rules = at;
	p->conf.nrules = c->tell.nrules;
	return rc;
}

static int
copy_all(struct teller_plan *p, const struct config *c)
{
	struct err room[1];
	struct errs errs = { .at = room };

	if (key_copy(tell_keys, &p->conf, &c->tell, sizeof(p->conf), &p->arena) != 0 ||
	    copy_ways(p, c) != 0 || copy_rules(p, c) != 0)
		return -1;
	p->plan = plan_build(&p->conf, &p->arena, &errs);
	return p->plan != NULL ? 0 : -1;
}

struct teller_plan *
teller_plan_new(const struct config *c)
{
	struct arena arena = { .cap = ROOM, .fresh = true };
	struct teller_plan *p;

	arena.at = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena.at == MAP_FAILED) {
		log_err("tell: no memory for the contacts");
		return NULL;
	}
	p = arena_alloc(&arena, sizeof(*p));
	p->arena = arena;
	if (copy_all(p, c) == 0)
		return p;
	log_err("tell: no memory for the contacts");
	teller_plan_free(p);
	return NULL;
}

void
teller_plan_free(struct teller_plan *p)
{
	struct arena arena;

	if (p == NULL)
		return;
	arena = p->arena;		/* p lies in it */
	munmap(arena.at, arena.cap);
}

static bool
lists_same(const struct strings *a, const struct strings *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = strcmp(a->at[i], b->at[i]) == 0;
	return same;
}

bool
teller_plan_same(const struct teller_plan *p, const struct config *c)
{
	bool same = p->nways == c->nways && p->conf.nrules == c->tell.nrules &&
	    key_same(tell_keys, &p->conf, &c->tell);

	for (size_t i = 0; same && i < c->nways; i++) {
		const struct way_kind *kind = way_kind_at((size_t)c->ways[i].kind);

		same = key_same(way_keys, &p->ways[i], &c->ways[i]) && (kind->conf_size == 0 ||
		    key_same(kind->keys, p->ways[i].own, c->ways[i].own));
	}
	for (size_t i = 0; same && i < c->tell.nrules; i++)
		same = strcmp(p->conf.rules[i].name, c->tell.rules[i].name) == 0 &&
		    lists_same(&p->conf.rules[i].notify, &c->tell.rules[i].notify);
	return same;
}
