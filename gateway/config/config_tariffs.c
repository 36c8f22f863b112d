#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "config_read.h"

/* Links and uplinks refer to plans by name, or have one of their own. */
struct plans {
	struct config_reader	*r;
	struct names		 names;		/* of those of the list */
	size_t			 n;		/* with those of their own */
};

static int
parse(const struct config_reader *r, struct tariff_conf *t, const char *size)
{
	const struct gateway_conf *g = &r->config->gateway;

	t->is.day = (unsigned)(t->billing_day > 0 ? t->billing_day : g->billing_day);
	t->is.month = (unsigned)t->billing_month;
	return tariff_parse(size, &t->is);
}

static int
take_step(struct config_reader *r, struct tariff_conf *t, const char *word)
{
	size_t k = 0;

	while (saving_names[k] != NULL && strcmp(saving_names[k], word) != 0)
		k++;
	if (saving_names[k] == NULL)
		return err_add(r->errs, t->place.file, t->place.line,
		    "%s: steps: \"%s\" is none of batches, idle, deadband, statistics, none",
		    t->name, word);
	if (tariff_saves(t, SAVINGS, (enum saving)k))
		return err_add(r->errs, t->place.file, t->place.line,
		    "%s: steps: \"%s\" is there twice: name each once", t->name, word);
	t->steps[t->nsteps++] = (uint8_t)k;
	return 0;
}

static int
take_steps(struct config_reader *r, struct tariff_conf *t)
{
	const struct strings *list = &t->step_names;
	int rc = 0;

	if (list->n == 1 && strcmp(list->at[0], "none") == 0)
		return 0;
	for (size_t i = 0; i < list->n; i++)
		rc |= take_step(r, t, list->at[i]);
	for (size_t i = 0; list->n == 0 && i < SAVINGS; i++)
		t->steps[t->nsteps++] = (uint8_t)i;
	return rc;
}

static int
settle(struct config_reader *r, struct tariff_conf *t)
{
	if (t->size == NULL)		/* told already */
		return -1;
	if (parse(r, t, t->size) != 0)
		return err_add(r->errs, t->place.file, t->place.line,
		    "%s: size: \"%s\" is no plan; one is \"30MB/month\", others are a day, "
		    "3months or a year", t->name != NULL ? t->name : "plans", t->size);
	return take_steps(r, t);
}

static int
same_name(struct config_reader *r, const char *name, const struct place *place, int line)
{
	return err_add(r->errs, place->file, place->line,
	    "%s: its own plan would be called like that of line %d: put one into plans and give "
	    "its name to both", name, line);
}

/* Who has a plan of its own gives it its name. */
static int
own_plan(struct plans *p, const char *name, const char *size, const struct place *place,
    size_t *tariff)
{
	struct config *c = p->r->config;
	struct tariff_conf *t = &c->tariffs[p->n];
	size_t same = names_find(&p->names, name);
	const char *near = names_near(&p->names, size, p->r->arena);

	if (key_defaults(tariff_keys + 2, t, p->r->arena, p->r->errs) != 0)
		return -1;
	t->name = name;
	t->size = size;
	t->place = *place;
	if (parse(p->r, t, size) != 0)
		return err_add(p->r->errs, place->file, place->line, near != NULL ?
		    ERR_("%s: there is no plan \"%s\"; did you mean \"%s\"?") :
		    ERR_("%s: there is no plan \"%s\"; one of its own is \"30MB/month\""), name,
		    size, near);
	if (same != SIZE_MAX)
		return same_name(p->r, name, place, c->tariffs[same].place.line);
	p->n++;
	*tariff = p->n;
	return take_steps(p->r, t);
}

static int
refer(struct plans *p, const char *name, const char *plan, const struct place *place,
    size_t *tariff)
{
	size_t i;

	*tariff = 0;
	if (name == NULL || plan == NULL || plan[0] == '\0')
		return 0;
	i = names_find(&p->names, plan);
	if (i == SIZE_MAX)
		return own_plan(p, name, plan, place, tariff);
	*tariff = i + 1;
	return 0;
}

static int
refer_link(struct plans *p, struct link_conf *l)
{
	const struct link_kind *kind = link_kind_at((size_t)l->kind);

	if (l->plan != NULL && l->plan[0] != '\0' && kind != NULL &&
	    strcmp(kind->name, "gpio") == 0)
		return err_add(p->r->errs, l->place.file, l->place.line,
		    "%s: plan: nothing of a link of kind %s is billed: "
		    "leave it out", l->name, kind->name);
	return refer(p, l->name, l->plan, &l->place, &l->tariff);
}

static bool
is_own(const struct plans *p, size_t tariff)
{
	return tariff > p->r->tariffs.n;
}

static int
refer_uplink(struct plans *p, struct uplink_conf *u)
{
	const struct uplink *kind = uplink_kind_at((size_t)u->kind);
	const struct config *c = p->r->config;
	int rc;

	if (u->plan != NULL && u->plan[0] != '\0' && kind != NULL &&
	    strcmp(kind->name, "file") == 0)
		return err_add(p->r->errs, u->place.file, u->place.line,
		    "%s: plan: nothing of an uplink of kind %s is billed: "
		    "leave it out", u->name, kind->name);
	rc = refer(p, u->name, u->plan, &u->place, &u->tariff);
	for (size_t i = 0; i < c->nlinks && is_own(p, u->tariff); i++)
		if (is_own(p, c->links[i].tariff) && strcmp(c->links[i].name, u->name) == 0)
			rc = same_name(p->r, u->name, &u->place, c->links[i].place.line);
	return rc;
}

int
config_tariffs(struct config_reader *r)
{
	struct config *c = r->config;
	const struct tariff_conf *given = r->tariffs.at;
	struct plans p = { .r = r, .n = r->tariffs.n };
	int rc = 0;

	c->ntariffs = r->tariffs.n;
	c->tariffs = arena_alloc(r->arena, (r->tariffs.n + c->nlinks + c->nuplinks + 1) *
	    sizeof(*c->tariffs));
	if (c->tariffs == NULL)
		return config_no_memory(r);
	if (r->tariffs.n > 0)
		memcpy(c->tariffs, given, r->tariffs.n * sizeof(*given));
	if (names_sort(&p.names, c->tariffs, c->ntariffs, sizeof(*given),
	    offsetof(struct tariff_conf, name), offsetof(struct tariff_conf, place), r) != 0)
		return -1;
	rc = names_unique(&p.names, "plans", r);
	for (size_t i = 0; i < c->ntariffs; i++)
		rc |= settle(r, &c->tariffs[i]);
	for (size_t i = 0; i < c->nlinks; i++)
		rc |= refer_link(&p, &c->links[i]);
	for (size_t i = 0; i < c->nuplinks; i++)
		rc |= refer_uplink(&p, &c->uplinks[i]);
	c->ntariffs = p.n;
	return rc;
}
