#include <stdio.h>
#include <stdlib.h>

#include "../room.h"
#include "../text.h"
#include "advice_cost.h"
#include "check_cost.h"
#include "grid.h"

#define PERCENT(part, whole)	(100.0 * (part) / (double)(whole))

static const struct grid_column columns[] = {
	{ .key = "plan", .title = N_("plan") },
	{ .key = "what", .title = N_("what"), .word = true },
	{ .key = "name", .title = N_("name") },
	{ .key = "bytes_a_day", .number = true },
	{ .key = "month", .title = N_("a month") },
	{ .key = NULL }
};

static const char *const kinds[] = {
	[ESTIMATE_DEVICE] = N_("device"),
	[ESTIMATE_LINK] = N_("line"),
	[ESTIMATE_UPLINK] = N_("uplink"),
};

static void
print_table(const struct config *c, const struct estimate *e, bool json)
{
	struct grid grid;
	char day[32], size[COST_SIZE];

	grid_init(&grid, columns);
	for (size_t i = 0; i < e->n; i++) {
		const struct estimate_row *r = &e->rows[i];

		snprintf(day, sizeof(day), "%.0f", r->a_day);
		grid_add(&grid, (const char *const[]){ r->tariff > 0 ?
		    c->tariffs[r->tariff - 1].name : "", kinds[r->kind], r->name, day,
		    cost_size(estimate_cycle(NULL, r->a_day), size) });
	}
	if (json) {
		grid_json(&grid, stdout);
		putchar('\n');
	} else
		grid_write(&grid, stdout);
	grid_free(&grid);
}

/* A plan that does is worth a word. */
static void
note_plan(const struct check_cost *k, const struct config *c, size_t i,
    const struct estimate *e)
{
	const struct tariff_conf *t = &c->tariffs[i];
	double cycle = estimate_cycle(t, estimate_sum(e, i + 1, false));
	const char *format = N_("plan %s: some %s are to be expected of %s, %.0f %%: %s");
	char size[COST_SIZE], most[COST_MOST], *text;

	if (cycle > tariff_budget(t) || cycle <= 0)
		return;
	cost_size(cycle, size);
	cost_most(e, i + 1, t, !k->json, most);
	if (asprintf(&text, k->json ? format : _(format), t->name, size, t->size,
	    PERCENT(cycle, t->is.bytes), most) < 0)
		return;
	k->note(k->owner, t->place.file, t->place.line, text);
	free(text);
}

/* What is billed, or may be, and has no plan. */
static void
note_rest(const struct check_cost *k, const struct config *c, const struct estimate *e)
{
	double cellular = estimate_cycle(NULL, estimate_sum(e, 0, true));
	double all = estimate_cycle(NULL, estimate_sum(e, 0, false));
	const char *format = N_("without a plan: some %s a month, %s of it by links of network "
	    "cellular: %s");
	char size[COST_SIZE], part[COST_SIZE], most[COST_MOST], *text;

	if (cellular <= 0)
		return;
	cost_size(all, size);
	cost_size(cellular, part);
	cost_most(e, 0, NULL, !k->json, most);
	if (asprintf(&text, k->json ? format : _(format), size, part, most) < 0)
		return;
	k->note(k->owner, c->files[0]->path, 0, text);
	free(text);
}

void
check_cost(const struct check_cost *k, const struct config *c, struct errs *errs)
{
	size_t rows = c->nlinks + c->ndevices + c->nuplinks + 1;
	struct arena arena = { .cap = 4 * rows * sizeof(struct estimate_row) };
	struct estimate all, guarded;

	arena.at = room_for(1, arena.cap);
	all = estimate_make(c, false, &arena);
	guarded = estimate_make(c, true, &arena);
	errs->n = 0;
	advice_cost(c, &all, &guarded, errs);
	k->warn(k->owner, errs);
	for (size_t i = 0; i < c->ntariffs; i++)
		note_plan(k, c, i, &all);
	note_rest(k, c, &all);
	if (k->table)
		print_table(c, &all, k->json);
	free(arena.at);
}
