#include "world.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define S		1000000LL
#define ARENA_BYTES	(1 << 20)

static int64_t
some(struct world *w, int64_t about)
{
	return about == 0 ? INT64_MAX / 2 : about / 2 + (int64_t)chance_below(&w->chance,
	    (uint64_t)about);
}

static struct world *
world_new(const struct world_conf *conf)
{
	struct world *w = calloc(1, sizeof *w);

	assert(w != NULL);
	w->conf = *conf;
	w->chance.state = conf->seed;
	w->errs.at = w->err_room;
	w->arena.cap = ARENA_BYTES;
	w->arena.at = aligned_alloc(16, ARENA_BYTES);
	assert(w->arena.at != NULL);
	w->disk = simdisk_new(conf->seed);
	w->next_cut = some(w, conf->cut_every);
	w->next_step = conf->calm ? INT64_MAX : some(w, 3600 * S);
	w->dark = INT64_MAX;
	return w;
}

static void
boot(struct world *w)
{
	w->boot_at = w->now - (int64_t)(5 + chance_below(&w->chance, 20)) * S;
	store_boot(w);
	site_boot(w);
}

/* The power is away for a while. */
static void
power_cut(struct world *w)
{
	store_cut(w);
	w->now += (int64_t)(5 + chance_below(&w->chance, 600)) * S;
	w->next_cut = w->now + some(w, w->conf.cut_every);
	w->dark = INT64_MAX;
	for (size_t b = 0; b < WORLD_BUSES; b++)
		w->buses[b].nflights = 0, w->buses[b].down_until = 0;
	boot(w);
}

/* Somebody, or something, sets the clock. */
static void
clock_step(struct world *w)
{
	w->wall_off += (int64_t)chance_below(&w->chance, 240000) - 120000;
	w->next_step = w->now + some(w, 3600 * S);
}

static int64_t
next_moment(const struct world *w)
{
	int64_t at = store_next(w), rules = rules_deadline(w->rules);

	if (rules != INT64_MAX && rules + w->boot_at < at)
		at = rules + w->boot_at;
	for (size_t b = 0; b < WORLD_BUSES; b++)
		at = w->buses[b].next < at ? w->buses[b].next : at;
	at = w->next_cut < at ? w->next_cut : at;
	at = w->next_step < at ? w->next_step : at;
	at = w->dark < at ? w->dark : at;
	return at > w->now ? at : w->now;
}

static void
turn(struct world *w)
{
	for (size_t b = 0; b < WORLD_BUSES; b++)
		if (w->buses[b].next <= w->now)
			site_bus(w, &w->buses[b]);
	if (rules_deadline(w->rules) <= world_mono(w))
		rules_tick(w->rules, world_mono(w), world_wall(w));
	if (store_next(w) <= w->now)
		store_turn(w);
	if (w->now >= w->next_step)
		clock_step(w);
	if (w->now >= w->next_cut) {
		w->off = true;
		w->dark = w->now + 3 * S;
		w->next_cut = INT64_MAX;
	}
}

struct world_result
world_run(const struct world_conf *conf)
{
	struct world *w = world_new(conf);
	struct world_result result;
	uint64_t still = 0;
	int64_t before = -1;

	site_make(w);
	boot(w);
	while (w->now < conf->length) {
		w->now = next_moment(w);
		still = w->now == before ? still + 1 : 0;
		before = w->now;
		assert(still < 10000);		/* time goes on */
		turn(w);
		if (w->after != NULL || w->now >= w->dark)
			power_cut(w);
	}
	store_end(w);
	store_boot(w);		/* judges once more */
	store_end(w);
	simdisk_free(w->disk);
	ledger_free(&w->ledger);
	free(w->arena.at);
	result = w->result;
	free(w);
	return result;
}

bool
world_clean(const struct world_result *r)
{
	return verdict_clean(&r->verdict) && r->misbooked + r->phantom + r->missed +
	    r->alternation + r->state_lost == 0;
}

void
world_print(const struct world_result *r)
{
	printf("  %" PRIu64 " polls, %" PRIu64 " readings (%" PRIu64 " bad), %" PRIu64
	    " late answers, %" PRIu64 " outages, %" PRIu64 " power cuts, %" PRIu64 " alarms raised and %"
	    PRIu64 " cleared\n", r->polls, r->readings, r->bad, r->late, r->outages, r->cuts,
	    r->raised, r->cleared);
	printf("  misbooked %" PRIu64 ", phantom %" PRIu64 ", missed %" PRIu64 ", not in turn %" PRIu64
	    ", standing otherwise %" PRIu64 ", hash %016" PRIx64 "\n", r->misbooked, r->phantom,
	    r->missed, r->alternation, r->state_lost, r->hash);
	verdict_print(&r->verdict);
}
