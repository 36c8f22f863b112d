/* Every prefix of what the store asks of its disk, any subset of unsynced
 * sectors, garbage in the last write: recovered, read back and judged.
 * CRASH_SEEDS=n tells more stories than the few of every commit; "t_crash SEED"
 * (or "slots") tells one and ends with 3 when the promise was broken. */
#include <inttypes.h>
#include <string.h>

#include "../../gateway/journal/slot.h"
#include "../check.h"
#include "story.h"

static uint64_t
seeds(uint64_t fallback)
{
	const char *more = getenv("CRASH_SEEDS");

	return more == NULL ? fallback : strtoull(more, NULL, 10);
}

/* What a story is told with. */
struct plan {
	size_t		steps;
	size_t		restarts;	/* orderly ends between steps */
	size_t		bulk;		/* much at once, before and after the steps */
	uint64_t	skip;
	int64_t		cap;		/* 0: as it comes */
	bool		lies;		/* sync does nothing and says yes */
	bool		quiet;		/* count what is wrong, and go on */
};

static void
tell(struct story *story, const struct plan *p)
{
	CHECK(story_open(story) == 0);
	story_bulk(story, p->bulk);
	for (size_t i = 1; i <= p->steps; i++) {
		story_step(story, 10);
		if (p->restarts == 0 || i % (p->steps / p->restarts + 1) != 0)
			continue;
		journal_close(story->journal, story->scribe.mono, story->scribe.wall, true);
		story->scribe.mono += 1000000;
		CHECK(story_open(story) == 0);
	}
	story_bulk(story, p->bulk);
	story_settle(story);
}

static struct rig
run(uint64_t seed, const struct plan *p)
{
	struct simdisk *disk = simdisk_new(seed);
	struct story story;
	struct rig rig;

	story_init(&story, &disk->disk, seed);
	rig_init(&rig, &story, seed);
	rig.stop_at_bad = !p->lies && !p->quiet;
	rig.skip = p->skip;
	if (p->cap > 0) {
		story.conf.cap = p->cap;
		story.ledger.recycles = true;
	}
	disk->sync_lies = p->lies;
	disk->moment = rig_moment;
	disk->watcher = &rig;
	tell(&story, p);
	rig.verdict.changed += story.ledger.told_wrong;
	disk->moment = NULL;
	story_free(&story);
	simdisk_free(disk);
	if (rig.first_bad != 0)
		fprintf(stderr, "seed %" PRIu64 " breaks the promise at state %" PRIu64 "\n", seed,
		    rig.first_bad);
	return rig;
}

static void
all_clean(const char *what, uint64_t first, uint64_t n, const struct plan *p, uint64_t least)
{
	struct verdict sum = { .refused = 0 };
	uint64_t states = 0, inside = 0, moments = 0;

	for (uint64_t seed = first; seed < first + n; seed++) {
		struct rig rig = run(seed, p);

		verdict_add(&sum, &rig.verdict);
		states += rig.states, inside += rig.inside, moments += rig.moments;
		if (!verdict_clean(&sum))
			break;
	}
	printf("  %s: %" PRIu64 " moments, %" PRIu64 " states, %" PRIu64 " of them inside a recovery\n",
	    what, moments, states, inside);
	verdict_print(&sum);
	CHECK(verdict_clean(&sum));
	CHECK(states > least && sum.entries > states);
}

static void
nothing_acknowledged_is_lost(void)
{
	all_clean("commits", 1, seeds(3), &(struct plan){ .steps = 160 }, 5000);
}

static void
nor_over_restarts(void)
{
	all_clean("restarts", 100, seeds(2),
	    &(struct plan){ .steps = 60, .restarts = 8 }, 2000);
}

static void
nor_when_segments_roll(void)
{
	all_clean("segments", 200, seeds(1),
	    &(struct plan){ .steps = 20, .bulk = 4000, .skip = 400 }, 300);
}

static void
nor_when_segments_are_recycled(void)
{
	all_clean("recycling", 300, seeds(1),
	    &(struct plan){ .steps = 20, .bulk = 12000, .skip = 1500, .cap = 4 << 20 }, 300);
}

/* The same rig over a disk whose fdatasync does nothing must find losses: it
 * would see a flush that somebody forgot. */
static void
without_flush_the_rig_is_red(void)
{
	struct rig rig = run(1, &(struct plan){ .steps = 60, .lies = true });

	printf("  no flush: %" PRIu64 " states\n", rig.states);
	verdict_print(&rig.verdict);
	CHECK(rig.verdict.lost > 0);
}

static void
one_seed_is_one_story(void)
{
	struct plan p = { .steps = 30, .restarts = 2 };
	struct rig a = run(9, &p), b = run(9, &p), c = run(10, &p);

	CHECK(a.states == b.states && a.verdict.entries == b.verdict.entries);
	CHECK(a.chance.state == b.chance.state);
	CHECK(a.verdict.entries != c.verdict.entries);
}

/* Small states: the last one written, or the one being written. */

struct slot_rig {
	uint64_t	acked, writing, states, lost, changed;
	struct chance	chance;
};

static void
slot_judge(struct slot_rig *rig, struct simdisk *image)
{
	struct slot *slot = slot_open(&image->disk, "cursor");
	uint64_t words[200], n;

	rig->states++;
	if (slot == NULL) {
		rig->lost++;
		return;
	}
	n = slot_read(slot, words, sizeof words) / sizeof words[0];
	slot_close(slot);
	if ((n == 0 && rig->acked > 0) || (n > 0 && words[0] < rig->acked))
		rig->lost++;
	if (n > 0 && words[0] > rig->writing)
		rig->changed++;
	for (uint64_t i = 1; i < n; i++)
		rig->changed += words[i] != words[0] * i;
}

static void
slot_moment(void *ctx, struct simdisk *d)
{
	struct slot_rig *rig = ctx;

	for (size_t i = 0; i < 12; i++) {
		struct cut cut = { .by_chance = i > 1, .survivors = i, .garbage = i & 1 };
		struct simdisk *image = simdisk_cut(d, &cut, &rig->chance);

		slot_judge(rig, image);
		simdisk_free(image);
	}
}

static struct slot_rig
slot_run(bool lies)
{
	struct simdisk *disk = simdisk_new(4);
	struct slot_rig rig = { .chance.state = 5 };
	struct slot *slot;

	disk->moment = slot_moment;
	disk->watcher = &rig;
	disk->sync_lies = lies;
	slot = slot_open(&disk->disk, "cursor");
	CHECK(slot != NULL);
	for (uint64_t k = 1; k <= 60; k++) {
		uint64_t words[200], n = 1 + k * 37 % 199;

		for (uint64_t i = 0; i < n; i++)
			words[i] = i == 0 ? k : k * i;
		rig.writing = k;
		CHECK(slot_write(slot, words, n * sizeof words[0]) == 0);
		rig.acked = k;
	}
	slot_close(slot);
	simdisk_free(disk);
	printf("  slots%s: %" PRIu64 " states, %" PRIu64 " lost, %" PRIu64 " changed\n",
	    lies ? " without flush" : "", rig.states, rig.lost, rig.changed);
	return rig;
}

static void
small_states_survive_too(void)
{
	struct slot_rig good = slot_run(false), bad = slot_run(true);

	CHECK(good.lost == 0 && good.changed == 0 && good.states > 1000);
	CHECK(bad.lost > 0);
}

static int
one_story(const char *seed)
{
	struct rig rig;

	if (strcmp(seed, "slots") == 0)
		return slot_run(false).lost == 0 ? 0 : 3;
	rig = run(strtoull(seed, NULL, 10), &(struct plan){
		.steps = 80, .restarts = 3, .quiet = true
	});
	printf("  %" PRIu64 " states\n", rig.states);
	verdict_print(&rig.verdict);
	return verdict_clean(&rig.verdict) ? 0 : 3;
}

int
main(int argc, char **argv)
{
	if (argc == 2)
		return one_story(argv[1]);
	RUN(without_flush_the_rig_is_red);
	RUN(nothing_acknowledged_is_lost);
	RUN(nor_over_restarts);
	RUN(nor_when_segments_roll);
	RUN(nor_when_segments_are_recycled);
	RUN(one_seed_is_one_story);
	RUN(small_states_survive_too);
	return 0;
}
