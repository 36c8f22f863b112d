#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define S	1000000LL

/* Which alarm: two rules on twenty devices, "site/deviceNN". */
static int
alarm_index(const struct alarm_entry *a)
{
	size_t n = strlen(a->device);
	int device = n < 2 ? -1 : atoi(a->device + n - 2);

	if (device < 0 || device >= WORLD_DEVICES)
		return -1;
	return strcmp(a->rule, "high") == 0 ? device : strcmp(a->rule, "stale") == 0 ?
	    WORLD_DEVICES + device : -1;
}

static void
told(void *ctx, const struct entry *e)
{
	struct world *w = ctx;
	struct chance mix = { .state = w->result.hash ^ entry_fold(e) };

	w->result.hash = chance_next(&mix);
	if (!w->conf.calm)
		ledger_told(&w->ledger, e);
}

static bool
standing(void *ctx, size_t i, struct alarm_entry *a)
{
	struct world *w = ctx;
	struct alarm_change c;

	if (!rules_alarm_at(w->rules, i, &c))
		return false;
	*a = (struct alarm_entry){
		.rule = c.rule->name, .device = c.device->conf.name, .series = c.series,
		.alarm = *c.alarm, .priority = (uint8_t)c.rule->priority,
		.class = (uint8_t)c.rule->class, .time = c.time, .text_en = "", .text_zh = "",
		.who = ""
	};
	return true;
}

/* The power may go in the midst of a commit. */
static void
moment(void *ctx, struct simdisk *d)
{
	struct world *w = ctx;
	struct cut cut = { .by_chance = true };

	if (!w->off || w->after != NULL || !chance_one_in(&w->chance, 3))
		return;
	if (chance_one_in(&w->chance, 4))
		cut.garbage = 1;
	w->after = simdisk_cut(d, &cut, &w->chance);
}

static void
series_enter(struct world *w)
{
	for (size_t i = 0; i < WORLD_DEVICES; i++) {
		struct device *d = &w->devices[i];

		for (size_t p = 0; p < d->profile->npoints; p++) {
			const struct series row = { .device = d->conf.name,
			    .point = d->profile->points[p].name, .unit = "", .raw = "u32",
			    .decimals = p == 1 ? 1 : 0 };

			d->taps[p].series = journal_series(w->journal, &row);
			assert(d->taps[p].series != 0);
		}
	}
}

/* An alarm is raised and cleared by turns, whatever happened in between. */
static void
judge_turns(struct world *w, struct reader *r, uint64_t limit)
{
	enum { UNKNOWN, RAISED, CLEARED } is[LEDGER_ALARMS] = { UNKNOWN };
	enum read_result result;
	struct entry e;
	struct gap gap;

	reader_seek(r, LANE_ALARM, 1);
	while ((result = reader_next(r, limit, &e, &gap)) == READ_ENTRY || result == READ_GAP) {
		int i = result == READ_ENTRY ? alarm_index(&e.alarm) : -1;
		bool up = e.alarm.event == ALARM_EV_ENTER;

		if (i < 0 || (e.flags & ENTRY_SNAPSHOT) || (!up && e.alarm.event != ALARM_EV_LEAVE))
			continue;
		if (is[i] == (up ? RAISED : CLEARED) || up != e.alarm.alarm.active)
			w->result.alternation++;
		is[i] = up ? RAISED : CLEARED;
	}
}

static void
judge_back(struct world *w)
{
	struct reader *r = reader_open(&w->disk->disk);
	struct durable durable = journal_durable(w->journal);

	if (r == NULL) {
		w->result.verdict.refused++;
		return;
	}
	ledger_read(&w->ledger, r, durable, NULL, &w->result.verdict);
	judge_turns(w, r, durable.seq[LANE_ALARM]);
	reader_close(r);
	ledger_missing(&w->ledger, &w->result.verdict);
	ledger_alarms(&w->ledger, w->journal, &w->result.verdict);
	ledger_adopt(&w->ledger, durable);
}

void
store_boot(struct world *w)
{
	struct journal_conf conf = {
		.commit = S, .cap = 64 << 20, .buffer = 64 << 10, .boot = chance_next(&w->chance)
	};
	char why[200] = "";

	if (w->ledger.alarm_index == NULL)
		ledger_init(&w->ledger, alarm_index);
	w->disk->moment = moment;
	w->disk->watcher = w;
	w->disk->sync_lies = w->conf.sync_lies;
	w->journal = journal_open(&w->disk->disk, &conf, world_mono(w), world_wall(w), why,
	    sizeof why);
	if (w->journal == NULL)
		fprintf(stderr, "the store did not open: %s\n", why);
	assert(w->journal != NULL);
	if (!w->conf.calm)
		judge_back(w);
	w->flushed = -1;
	journal_on_durable(w->journal, told, w);
	series_enter(w);
	journal_on_snapshot(w->journal, standing, w);
}

void
store_append(struct world *w, const struct entry *e, enum commit_class class)
{
	uint64_t seq = journal_append(w->journal, e, class, world_mono(w), world_wall(w), true);

	if (seq == 0)
		w->result.skipped++;
	else if (!w->conf.calm)
		ledger_append(&w->ledger, seq, e);
}

int64_t
store_next(const struct world *w)
{
	int64_t at = journal_deadline(w->journal);

	if (w->flushed >= 0)
		return w->flushed;
	return at == INT64_MAX ? at : at + w->boot_at;
}

/* A flush takes its time; what it made safe is known when it is done. */
void
store_turn(struct world *w)
{
	if (w->flushed >= 0 && w->now >= w->flushed) {
		w->flushed = -1;
		journal_reap(w->journal, world_mono(w));
		if (!w->conf.calm)
			ledger_ack(&w->ledger, journal_durable(w->journal));
	}
	if (w->flushed >= 0)
		return;
	journal_tick(w->journal, world_mono(w));
	if (journal_work(w->journal))
		w->flushed = w->now + 3000 + (int64_t)chance_below(&w->chance, 30000);
}

void
store_end(struct world *w)
{
	w->disk->moment = NULL;
	w->result.verdict.changed += w->ledger.told_wrong;
	w->ledger.told_wrong = 0;
	journal_on_durable(w->journal, NULL, NULL);
	journal_close(w->journal, world_mono(w), world_wall(w), true);
	w->journal = NULL;
}

void
store_cut(struct world *w)
{
	struct cut cut = { .by_chance = true };

	w->result.cuts++;
	if (w->after == NULL)
		w->after = simdisk_cut(w->disk, &cut, &w->chance);
	store_end(w);		/* on the disk that is no more */
	simdisk_free(w->disk);
	w->disk = w->after;
	w->after = NULL;
	w->off = false;
}
