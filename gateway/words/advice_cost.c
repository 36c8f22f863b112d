#include <stdio.h>
#include <string.h>

#include "../text.h"
#include "advice.h"
#include "advice_cost.h"

#define PERCENT(part, whole)	(100.0 * (part) / (double)(whole))

static const char *const kinds[] = {
	[ESTIMATE_DEVICE] = N_("device %s %s"),
	[ESTIMATE_LINK] = N_("line of link %s %s"),
	[ESTIMATE_UPLINK] = N_("uplink %s %s"),
};

const char *
cost_size(double bytes, char room[COST_SIZE])
{
	if (bytes < 95e3)
		snprintf(room, COST_SIZE, "%.1f kB", bytes / 1e3);
	else if (bytes < 9.95e9)
		snprintf(room, COST_SIZE, "%.1f MB", bytes / 1e6);
	else
		snprintf(room, COST_SIZE, "%.1f GB", bytes / 1e9);
	return room;
}

const char *
cost_row(const struct estimate_row *r, const struct tariff_conf *t, bool translate,
    char room[COST_ROW])
{
	char size[COST_SIZE];
	const char *format = translate ? _(kinds[r->kind]) : kinds[r->kind];

	snprintf(room, COST_ROW, format, r->name, cost_size(estimate_cycle(t, r->a_day), size));
	return room;
}

const char *
cost_most(const struct estimate *e, size_t tariff, const struct tariff_conf *t, bool translate,
    char room[COST_MOST])
{
	char row[COST_ROW];
	size_t n = 0, told = 0;

	room[0] = '\0';
	for (size_t i = 0; i < e->n && told < COST_TOLD; i++) {
		if (e->rows[i].tariff != tariff)
			continue;
		n += (size_t)snprintf(room + n, COST_MOST - n, "%s%s", told > 0 ? ", " : "",
		    cost_row(&e->rows[i], t, translate, row));
		told++;
	}
	return room;
}

/* More than a plan has beside its reserve. */
struct excess {
	double	cycle;		/* bytes of one cycle */
	char	size[COST_SIZE], most[COST_MOST];
};

static bool
exceeds(const struct config *c, size_t i, const struct estimate *e, bool translate,
    struct excess *x)
{
	const struct tariff_conf *t = &c->tariffs[i];

	x->cycle = estimate_cycle(t, estimate_sum(e, i + 1, false));
	if (x->cycle <= tariff_budget(t))
		return false;
	cost_size(x->cycle, x->size);
	cost_most(e, i + 1, t, translate, x->most);
	return true;
}

static void
look_at_plan(const struct config *c, size_t i, const struct estimate *e, struct errs *errs)
{
	const struct tariff_conf *t = &c->tariffs[i];
	struct excess x;

	if (!exceeds(c, i, e, errs->translate != NULL, &x))
		return;
	err_add(errs, t->place.file, t->place.line, x.cycle > (double)t->is.bytes ?
	    ERR_("plan %s: some %s are to be expected of %s, %.0f %%, most of it by %s: longer "
	    "periods and batch_age, idle_period where nothing is to be measured, or a larger one") :
	    ERR_("plan %s: some %s are to be expected of %s, %.0f %%: its reserve for alarms is "
	    "used, most of it by %s"), t->name, x.size, t->size,
	    PERCENT(x.cycle, t->is.bytes), x.most);
}

static bool
is_any_device(const struct estimate *e, size_t tariff)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->rows[i].tariff == tariff && e->rows[i].kind == ESTIMATE_DEVICE)
			return true;
	return false;
}

/* What no step may touch: where no rule of class life watches anything on it, that
 * lines and uplinks are kept open. */
static void
look_at_life(const struct config *c, size_t i, const struct estimate *e, struct errs *errs)
{
	const struct tariff_conf *t = &c->tariffs[i];
	struct excess x;

	if (!exceeds(c, i, e, errs->translate != NULL, &x))
		return;
	err_add(errs, t->place.file, t->place.line, is_any_device(e, i + 1) ?
	    ERR_("plan %s: what rules of class life watch, with the lines to it, takes some %s "
	    "of %s by itself, %.0f %%, and no step may touch it: buy a larger one, or take a "
	    "link of its own: %s") :
	    ERR_("plan %s: to keep lines and uplinks open takes some %s of %s by itself, "
	    "%.0f %%, and no step may touch it: longer heartbeats and keepalive, or a larger "
	    "one: %s"), t->name, x.size, t->size,
	    PERCENT(x.cycle, t->is.bytes), x.most);
}

void
advice_cost(const struct config *c, const struct estimate *all, const struct estimate *guarded,
    struct errs *errs)
{
	for (size_t i = 0; i < c->ntariffs; i++) {
		look_at_plan(c, i, all, errs);
		look_at_life(c, i, guarded, errs);
	}
}
