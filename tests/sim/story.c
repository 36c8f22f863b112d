#include "story.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define START_WALL	1790000000000	/* some day of 2026 */

void
story_init(struct story *s, const struct disk *disk, uint64_t seed)
{
	*s = (struct story){
		.disk = disk, .chance.state = seed ^ 0x5707,
		.conf = {
			.commit = 1000000, .cap = 64 << 20, .buffer = 64 << 10, .boot = seed | 1
		}
	};
	scribe_init(&s->scribe, seed, START_WALL);
	ledger_init(&s->ledger, scribe_alarm_index);
}

int
story_open(struct story *s)
{
	s->journal = journal_open(s->disk, &s->conf, s->scribe.mono, s->scribe.wall,
	    s->why, sizeof s->why);
	if (s->journal == NULL)
		return -1;
	journal_on_durable(s->journal, ledger_told, &s->ledger);
	journal_on_snapshot(s->journal, scribe_standing, &s->scribe);
	return scribe_series(&s->scribe, s->journal) ? 0 : -1;
}

static void
story_reap(struct story *s)
{
	journal_reap(s->journal, s->scribe.mono);
	ledger_ack(&s->ledger, journal_durable(s->journal));
}

static void
story_commit(struct story *s)
{
	/* a store that cannot write may say at each turn that it tried */
	for (int i = 0; i < 8; i++) {
		journal_tick(s->journal, s->scribe.mono);
		if (!journal_work(s->journal))
			break;
		story_reap(s);
	}
	story_reap(s);
}

static bool
story_append(struct story *s, enum entry_kind kind)
{
	enum commit_class class = kind == ENTRY_ALARM ? COMMIT_ALARM :
	    chance_one_in(&s->chance, 12) ? COMMIT_WAITED : COMMIT_LAZY;
	struct entry e;
	uint64_t seq;

	scribe_make(&s->scribe, kind, &e);
	for (int tries = 0; tries < 3; tries++) {
		seq = journal_append(s->journal, &e, class, s->scribe.mono, s->scribe.wall, true);
		if (seq != 0) {
			ledger_append(&s->ledger, seq, &e);
			return true;
		}
		story_commit(s);
		s->scribe.mono += s->conf.commit;
	}
	s->full++;
	ledger_refused(&s->ledger, &e);
	return false;
}

void
story_step(struct story *s, size_t n)
{
	struct chance *c = &s->chance;
	int64_t ms = 1 + (int64_t)chance_below(c, 700);

	s->scribe.mono += ms * 1000;
	s->scribe.wall += ms;
	if (chance_one_in(c, 300))		/* somebody sets the clock */
		s->scribe.wall += (int64_t)chance_below(c, 200000) - 100000;
	for (size_t k = chance_below(c, n + 1); k > 0; k--)
		story_append(s, scribe_kind(&s->scribe));
	journal_tick(s->journal, s->scribe.mono);
	if (!chance_one_in(c, 4))
		journal_work(s->journal);
	if (chance_one_in(c, 4))
		story_append(s, scribe_kind(&s->scribe));
	if (!chance_one_in(c, 4))
		story_reap(s);
}

void
story_bulk(struct story *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		story_append(s, chance_one_in(&s->chance, 6) ? ENTRY_ALARM : ENTRY_NOTE);
		if (i % 16 < 15)
			continue;
		s->scribe.mono += s->conf.commit;
		s->scribe.wall += s->conf.commit / 1000;
		story_commit(s);
	}
}

void
story_settle(struct story *s)
{
	s->scribe.mono += s->conf.commit;
	s->scribe.wall += s->conf.commit / 1000;
	story_commit(s);
	s->scribe.mono += s->conf.commit;
	story_commit(s);
}

void
story_free(struct story *s)
{
	if (s->journal != NULL)
		journal_close(s->journal, s->scribe.mono, s->scribe.wall, true);
	s->journal = NULL;
	ledger_free(&s->ledger);
}

/* The rig. */

void
rig_init(struct rig *rig, struct story *story, uint64_t seed)
{
	*rig = (struct rig){
		.story = story, .scribe = &story->scribe, .chance.state = seed ^ 0x719, .samples = 6, .garbage = true,
		.stop_at_bad = true
	};
}

/* One recovery under the knife: cuts of it are judged by the same ledger. */
struct inside {
	struct rig		*rig;
	const struct ledger	*ledger;
	bool			 clean;
};

static void
inside_moment(void *ctx, struct simdisk *d)
{
	struct inside *inside = ctx;
	struct rig *rig = inside->rig;
	struct cut cut = { .by_chance = true };
	struct simdisk *image;

	if (!chance_one_in(&rig->chance, 4))
		return;
	if (rig->garbage && chance_one_in(&rig->chance, 3))
		cut.garbage = 1;
	image = simdisk_cut(d, &cut, &rig->chance);
	rig->inside++;
	rig_judge(rig, image, inside->ledger, inside->clean && cut.garbage == 0, 0);
	simdisk_free(image);
}

/* What recovery gave back is now the store; it takes new entries with new
 * numbers, and they and all before stand the next cut. */
static void
second_life(struct rig *rig, struct simdisk *disk, struct journal *j, struct ledger *ledger,
    bool clean)
{
	struct story next = {
		.disk = &disk->disk, .journal = j, .conf = rig->story->conf, .scribe = rig->story->scribe,
		.ledger = ledger_copy(ledger), .chance.state = chance_next(&rig->chance)
	};
	struct cut cut = { .by_chance = true };
	struct simdisk *image;
	struct alarm facts[LEDGER_ALARMS];
	uint64_t top = next.ledger.acked.seq[0];

	ledger_facts(&next.ledger, facts);
	memcpy(next.scribe.alarms, facts, sizeof next.scribe.alarms);
	next.scribe.alarms[SCRIBE_LATCHING].latching = true;
	ledger_adopt(&next.ledger, journal_durable(j));
	for (uint64_t s = 1; s < next.ledger.n; s++)
		if (next.ledger.lines[s].fold != 0 && s > top)
			top = s;
	/* numbers of series that nothing stored may have become others */
	if (top == 0)
		memset(next.scribe.ids, 0, sizeof next.scribe.ids);
	journal_on_durable(j, ledger_told, &next.ledger);
	journal_on_snapshot(j, scribe_standing, &next.scribe);
	if (!scribe_series(&next.scribe, j))
		rig->verdict.changed++;
	for (int i = 0; i < 4; i++) {
		struct entry e;
		uint64_t seq;

		scribe_make(&next.scribe, i == 2 ? ENTRY_ALARM : ENTRY_READING, &e);
		seq = journal_append(j, &e, COMMIT_WAITED, next.scribe.mono, next.scribe.wall, true);
		if (seq <= top) {
			rig->verdict.reused++;
			break;
		}
		ledger_append(&next.ledger, seq, &e);
		if (i & 1)
			story_settle(&next);
	}
	rig->verdict.changed += next.ledger.told_wrong;
	if (rig->stop_at_bad && next.ledger.told_wrong > 0)
		fprintf(stderr, "  told otherwise\n");
	image = simdisk_cut(disk, &cut, &rig->chance);
	rig->inside++;
	rig->scribe = &next.scribe;
	rig_judge(rig, image, &next.ledger, clean, 0);
	rig->scribe = &rig->story->scribe;
	simdisk_free(image);
	/* the caller's scribe and ledger outlive these */
	journal_on_durable(j, NULL, NULL);
	journal_on_snapshot(j, NULL, NULL);
	ledger_free(&next.ledger);
}

static void
judge_open(struct rig *rig, struct simdisk *image, struct journal *j, struct ledger *l,
    bool clean, int depth, struct verdict *v)
{
	struct durable durable = journal_durable(j);
	const struct journal_stats *stats = journal_stats(j);
	struct reader *r = reader_open(&image->disk);

	if (r == NULL) {
		v->refused++;
		return;
	}
	ledger_read(l, r, durable, rig->scribe, v);
	ledger_missing(l, v);
	ledger_alarms(l, j, v);
	reader_close(r);
	for (size_t lane = 0; lane < LANES; lane++)
		if (durable.seq[lane] < l->acked.seq[lane])
			v->lost++;
	if (clean && stats->damaged + stats->set_aside > 0) {
		v->false_damage++;
		if (l->loud)
			fprintf(stderr, "  %" PRIu64 " called damaged, %" PRIu64 " set aside\n",
			    stats->damaged, stats->set_aside);
	}
	if (depth > 0 && verdict_clean(v) && chance_one_in(&rig->chance, 6))
		second_life(rig, image, j, l, clean);
}

/* A reader while no writer is there: nothing false, in order, and all of what
 * was told to be durable. */
static void
judge_alone(struct rig *rig, struct simdisk *image, struct ledger *l, struct verdict *v)
{
	struct reader *r = reader_open(&image->disk);
	struct verdict own = { .refused = 0 };

	if (r == NULL)		/* nothing was made yet */
		return;
	ledger_read(l, r, (struct durable){ .seq = { 0 } }, rig->scribe, &own);
	ledger_missing(l, &own);
	reader_close(r);
	v->lost += own.lost;
	v->invented += own.invented;
	v->changed += own.changed;
	v->disorder += own.disorder;
	v->refused += own.refused;
}

static void
first_bad(struct rig *rig, const struct verdict *v, const struct simdisk *image)
{
	rig->first_bad = rig->states;
	fprintf(stderr, "state %" PRIu64 " (moment %" PRIu64 ") breaks the promise\n", rig->states,
	    rig->moments);
	for (size_t i = 0; simdisk_name(image, i) != NULL; i++)
		fprintf(stderr, "  %s %" PRId64 "\n", simdisk_name(image, i),
		    (int64_t)simdisk_size(image, simdisk_name(image, i)));
	fflush(stderr);
	verdict_print(v);
	fflush(stdout);
}

void
rig_judge(struct rig *rig, struct simdisk *image, const struct ledger *given, bool clean,
    int depth)
{
	struct ledger l = ledger_copy(given);
	struct inside inside = { rig, given, clean };
	struct verdict v = { .refused = 0 };
	struct journal_conf conf = rig->story->conf;
	struct journal *j;
	char why[200] = "";

	rig->states++;
	l.loud = rig->stop_at_bad;
	if (chance_one_in(&rig->chance, 8))
		judge_alone(rig, image, &l, &v);
	if (depth > 0 && chance_one_in(&rig->chance, 4)) {
		image->moment = inside_moment;
		image->watcher = &inside;
	}
	conf.boot = chance_next(&rig->chance);
	j = journal_open(&image->disk, &conf, 1000000, rig->story->scribe.wall, why, sizeof why);
	image->moment = NULL;
	if (j == NULL) {
		v.refused++;
		if (l.loud)
			fprintf(stderr, "  did not open: %s\n", why);
	} else {
		judge_open(rig, image, j, &l, clean, depth, &v);
		journal_close(j, 2000000, rig->story->scribe.wall, true);
	}
	if (!verdict_clean(&v) && rig->first_bad == 0 && rig->stop_at_bad)
		first_bad(rig, &v, image);
	verdict_add(&rig->verdict, &v);
	ledger_free(&l);
}

static void
rig_cut(struct rig *rig, const struct simdisk *d, const struct cut *cut)
{
	struct simdisk *image;

	if (rig->first_bad != 0 && rig->stop_at_bad)
		return;
	image = simdisk_cut(d, cut, &rig->chance);
	rig_judge(rig, image, &rig->story->ledger, cut->garbage == 0, 1);
	simdisk_free(image);
}

void
rig_moment(void *ctx, struct simdisk *d)
{
	struct rig *rig = ctx;
	size_t n = simdisk_unsynced(d);
	uint64_t notable = d->calls[SIM_OPEN] + d->calls[SIM_RENAME] + d->calls[SIM_UNLINK] +
	    d->calls[SIM_ALLOCATE] + d->calls[SIM_SYNC_DIR];

	rig->moments++;
	if (rig->skip > 0 && notable == rig->notable && !chance_one_in(&rig->chance, rig->skip))
		return;
	rig->notable = notable;
	if (n <= 4) {
		for (uint64_t bits = 0; bits < (uint64_t)1 << n; bits++)
			rig_cut(rig, d, &(struct cut){ .survivors = bits });
	} else {
		rig_cut(rig, d, &(struct cut){ .survivors = 0 });
		rig_cut(rig, d, &(struct cut){ .survivors = UINT64_MAX });
		for (size_t i = 0; i < rig->samples; i++)
			rig_cut(rig, d, &(struct cut){ .by_chance = true, .loose_names = i & 1 });
	}
	for (size_t g = 1; rig->garbage && g <= 2 && g <= simdisk_unsynced_writes(d); g++)
		rig_cut(rig, d, &(struct cut){
			.by_chance = true, .garbage = g
		});
}
