#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "../../gateway/journal/reader.h"
#include "../check.h"
#include "faulty.h"

#define ALARMS	10000
#define WALL	1790000000000

/* Very many alarms, as the rules know them and as a store tells of them. */
struct hall {
	struct faulty	*faulty;
	struct journal	*journal;
	struct journal_conf conf;
	int64_t		 mono;
	bool		 active[ALARMS];
	bool		 told[ALARMS];		/* by a replay */
	size_t		 restated;
	size_t		 shift;			/* of the order they are asked for */
	char		 name[32], asked[32];
};

static const char text[] = "the concentration of combustible gas at the dispenser is above "
    "its limit: leave, do not switch anything, close the main valve outside and call the "
    "number that stands on the door of the meter room";

static void
describe(struct hall *h, size_t i, char name[32], struct alarm_entry *a)
{
	snprintf(name, 32, "%zu", i);
	*a = (struct alarm_entry){ .rule = "lel-high", .device = name, .time = WALL,
	    .alarm = { .active = h->active[i] }, .text_en = text, .text_zh = text, .who = "" };
}

static bool
standing(void *ctx, size_t i, struct alarm_entry *a)
{
	if (i >= ALARMS)
		return false;
	describe(ctx, (i + ((struct hall *)ctx)->shift) % ALARMS, ((struct hall *)ctx)->asked,
	    a);
	return true;
}

static void
open_hall(struct hall *h)
{
	char why[200];

	h->journal = journal_open(&h->faulty->disk, &h->conf, h->mono, WALL, why, sizeof(why));
	CHECK(h->journal != NULL);
	journal_on_snapshot(h->journal, standing, h);
}

static struct hall *
new_hall(int64_t cap)
{
	struct hall *h = calloc(1, sizeof(*h));

	CHECK(h != NULL);
	h->faulty = faulty_new();
	h->mono = 1000000;
	h->conf = (struct journal_conf){ .commit = 1000000, .cap = cap, .buffer = 65536,
	    .boot = 7 };
	open_hall(h);
	return h;
}

static void
free_hall(struct hall *h)
{
	journal_close(h->journal, h->mono, WALL, true);
	faulty_free(h->faulty);
	free(h);
}

/* One commit; what it calls for besides is left. */
static void
work(struct hall *h)
{
	journal_tick(h->journal, h->mono);
	if (journal_work(h->journal))
		journal_reap(h->journal, h->mono);
}

static void
step(struct hall *h, size_t i, bool active)
{
	struct entry e = { .kind = ENTRY_ALARM };

	h->active[i] = active;
	describe(h, i, h->name, &e.alarm);
	h->mono += 1000;
	while (journal_append(h->journal, &e, COMMIT_ALARM, h->mono, WALL, true) == 0)
		work(h);
	if (h->mono % 16000 == 0)
		work(h);
}

static void
heard(void *ctx, const struct entry *e)
{
	struct hall *h = ctx;

	if (e->kind != ENTRY_ALARM)
		return;
	h->told[strtoul(e->alarm.device, NULL, 10)] = e->alarm.alarm.active;
	h->restated += (e->flags & ENTRY_SNAPSHOT) != 0;
}

/* A restart knows exactly the alarms that stand. */
static void
check_replay(struct hall *h)
{
	journal_close(h->journal, h->mono, WALL, true);
	open_hall(h);
	memset(h->told, 0, sizeof(h->told));
	h->restated = 0;
	CHECK(journal_replay_alarms(h->journal, heard, h) == 0);
	CHECK(memcmp(h->told, h->active, sizeof(h->told)) == 0);
}

static void
fill_hall(struct hall *h)
{
	for (size_t i = 0; i < ALARMS; i++)
		step(h, i, true);
}

/* Each of them was written long ago, and its segment used again since. */
static void
ten_thousand_survive_a_restart(void)
{
	struct hall *h = new_hall(64 << 20);

	fill_hall(h);
	check_replay(h);
	for (int i = 0; i < 60000; i++)
		step(h, 17, i % 2 == 0);
	check_replay(h);
	CHECK(h->restated >= ALARMS - 1);
	CHECK(journal_stats(h->journal)->bytes <= 64 << 20);
	free_hall(h);
}

/* A lane whose share is smaller than the snapshot grows for it. */
static void
so_they_do_in_a_small_store(void)
{
	struct hall *h = new_hall(4 << 20);

	fill_hall(h);
	for (int i = 0; i < 30000; i++) {
		step(h, 17, i % 2 == 0);
		if (i % 5000 == 0)
			check_replay(h);
	}
	check_replay(h);
	/* and shrinks when they are over */
	for (size_t i = 0; i < ALARMS; i++)
		step(h, i, false);
	for (int i = 0; i < 40000; i++)
		step(h, 17, i % 2 == 0);
	check_replay(h);
	CHECK(journal_stats(h->journal)->bytes <= 4 << 20);
	free_hall(h);
}

/* Alarms come and go while they are restated, and an end comes in between. */
static void
they_may_change_meanwhile(void)
{
	struct hall *h = new_hall(16 << 20);

	fill_hall(h);
	for (size_t i = 0; i < 40000; i++) {
		size_t n = i * 7919 % ALARMS;

		step(h, n, !h->active[n]);
		if (i % 4001 == 0)
			check_replay(h);
	}
	check_replay(h);
	free_hall(h);
}

/* Other rules ask for them in another order, while they are restated. */
static void
their_order_may_change_meanwhile(void)
{
	struct hall *h = new_hall(16 << 20);

	fill_hall(h);
	for (size_t i = 1; i <= 40000; i++) {
		step(h, 17, i % 2 == 0);
		if (i % 97 == 0 && i / 4000 % 2 == 0) {
			h->shift = (h->shift + 4567) % ALARMS;
			journal_reordered(h->journal);
		}
		if (i % 8000 == 0)
			check_replay(h);
	}
	check_replay(h);
	free_hall(h);
}

/* While some are restated, a new one is stored with the next commit. */
static void
a_new_one_does_not_wait_for_them(void)
{
	struct hall *h = new_hall(64 << 20);
	uint64_t seq = 0;
	int longest = 0;

	fill_hall(h);
	for (int i = 0; i < 8000; i++) {
		struct entry e = { .kind = ENTRY_ALARM };
		int commits = 0;

		describe(h, 17, h->name, &e.alarm);
		h->mono += 1000;
		seq = journal_append(h->journal, &e, COMMIT_ALARM, h->mono, WALL, true);
		CHECK(seq != 0);
		for (; journal_durable(h->journal).seq[LANE_ALARM] < seq; commits++)
			work(h);
		longest = commits > longest ? commits : longest;
	}
	CHECK(longest <= 2);
	free_hall(h);
}

/* Room must be made, but no more can be had: what happens goes first. */
static void
a_full_disk_does_not_stop_alarms(void)
{
	struct hall *h = new_hall(4 << 20);

	fill_hall(h);
	faulty_fail(h->faulty, ON_ALLOCATE, 1, 1000000, ENOSPC);
	for (int i = 0; i < 20000; i++)
		step(h, 17, i % 2 == 0);
	CHECK(journal_stats(h->journal)->error == 0);
	free_hall(h);
}

int
main(void)
{
	RUN(ten_thousand_survive_a_restart);
	RUN(so_they_do_in_a_small_store);
	RUN(they_may_change_meanwhile);
	RUN(their_order_may_change_meanwhile);
	RUN(a_new_one_does_not_wait_for_them);
	RUN(a_full_disk_does_not_stop_alarms);
	return 0;
}
