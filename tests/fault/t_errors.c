/* Every call to the disk fails in turn, once and for good.  The store may
 * refuse to open, and says why; it never crashes, never calls safe what is
 * not, and never takes a second flush for the cure of a failed one. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "../check.h"
#include "../sim/story.h"

static const struct {
	enum sim_op	op;
	const char	*name;
	int		error;
} faults[] = {
	{ SIM_WRITE, "write EIO", EIO }, { SIM_WRITE, "write ENOSPC", ENOSPC },
	{ SIM_WRITE, "write short", 0 }, { SIM_SYNC, "sync EIO", EIO },
	{ SIM_OPEN, "open EMFILE", EMFILE }, { SIM_OPEN, "open EIO", EIO },
	{ SIM_RENAME, "rename EIO", EIO }, { SIM_ALLOCATE, "allocate ENOSPC", ENOSPC },
	{ SIM_ALLOCATE, "allocate EIO", EIO }, { SIM_UNLINK, "unlink EIO", EIO },
	{ SIM_SYNC_DIR, "sync of the folder EIO", EIO }, { SIM_READ, "read EIO", EIO },
	{ SIM_READ, "read short", 0 }, { SIM_LIST, "list EIO", EIO }
};

/* After the fault is gone and the power too: all that was acknowledged is
 * there, and the store opens. */
static void
judge(struct rig *rig, const struct simdisk *disk)
{
	for (uint64_t i = 0; i < 4; i++) {
		struct cut cut = { .survivors = i == 0 ? 0 : UINT64_MAX, .by_chance = i > 1 };
		struct simdisk *image = simdisk_cut(disk, &cut, &rig->chance);

		/* what a failed call left behind may be called damage */
		rig_judge(rig, image, &rig->story->ledger, false, 1);
		simdisk_free(image);
	}
}

static void
steps(struct story *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		story_step(s, 8);
}

/* What happened in one run. */
struct run {
	bool		fired;		/* the fault came */
	bool		opened;
	uint64_t	flush_errors, acked, set_aside;
};

/* When the fault may come. */
struct plan {
	bool	recovery;	/* in the recovery of a store that lost its power */
	size_t	bulk;		/* also while segments roll */
};

/* A store with something in it, all of it safe, whose power went. */
static struct simdisk *
fill(struct simdisk *disk, struct story *s)
{
	struct chance chance = { .state = 31 };
	struct simdisk *after;

	CHECK(story_open(s) == 0);
	steps(s, 60);
	story_settle(s);
	after = simdisk_cut(disk, &(struct cut){ .survivors = 0 }, &chance);
	journal_close(s->journal, s->scribe.mono, s->scribe.wall, true);
	simdisk_free(disk);
	s->disk = &after->disk;
	return after;
}

static struct run
run(const struct sim_fault *fault, const struct plan *plan, struct verdict *sum)
{
	struct simdisk *disk = simdisk_new(fault->nth);
	struct story s;
	struct rig rig;
	struct run run = { .fired = false };

	story_init(&s, &disk->disk, 77);
	if (plan->recovery)
		disk = fill(disk, &s);
	rig_init(&rig, &s, fault->nth);
	rig.stop_at_bad = !(fault->op == SIM_READ && fault->sticky);
	disk->fault = *fault;
	run.opened = story_open(&s) == 0;
	if (!run.opened && s.journal != NULL) {
		/* no file of names can be read: new numbers, and said */
		CHECK(fault->op == SIM_READ && fault->sticky && plan->recovery);
		CHECK(journal_stats(s.journal)->damaged > 0);
		run.fired = run.opened = true;
		goto done;
	}
	if (!run.opened) {
		CHECK(s.why[0] != '\0');
	} else {
		steps(&s, 12);
		story_bulk(&s, plan->bulk);
		story_settle(&s);
		run.set_aside = journal_stats(s.journal)->set_aside + journal_stats(s.journal)->damaged;
		run.flush_errors = journal_stats(s.journal)->flush_errors;
		run.acked = s.ledger.acked.seq[LANE_TELEMETRY];
	}
	run.fired = disk->calls[fault->op] >= fault->nth;
	disk->fault.nth = 0;
	judge(&rig, disk);
	if (!run.opened) {	/* it works when the trouble is over */
		s.scribe.mono += 1000000;
		CHECK(story_open(&s) == 0);
		steps(&s, 4);
		story_settle(&s);
		judge(&rig, disk);
	}
	/* what cannot be read at all is set aside, and said; it is kept for people */
	if (fault->op == SIM_READ && fault->sticky && plan->recovery && rig.verdict.lost > 0) {
		if (run.set_aside == 0)
			fprintf(stderr, "read %" PRIu64 " and all after it fail, unsaid\n",
			    fault->nth);
		CHECK(run.set_aside > 0);
		rig.verdict.lost = rig.verdict.gaps = rig.verdict.alarms = rig.verdict.holes = 0;
	}
	rig.verdict.changed += s.ledger.told_wrong;
	verdict_add(sum, &rig.verdict);
	if (!verdict_clean(&rig.verdict))
		fprintf(stderr, "call %" PRIu64 " of kind %d fails%s, error %d\n", fault->nth,
		    (int)fault->op, fault->sticky ? " and all after it" : "", fault->error);
done:
	story_free(&s);
	simdisk_free(disk);
	return run;
}

/* Fails the 1st, 2nd, ... call until a run has so few of them. */
static void
fail_in_turn(size_t which, bool sticky, const struct plan *plan, uint64_t stride)
{
	struct sim_fault fault = {
		.op = faults[which].op, .error = faults[which].error, .sticky = sticky
	};
	struct verdict sum = { .refused = 0 };
	uint64_t runs = 0, refused = 0, errors = 0;
	struct run r;

	for (fault.nth = 1;; fault.nth += stride) {
		r = run(&fault, plan, &sum);
		if (!r.fired)
			break;
		runs++;
		refused += !r.opened;
		errors += r.flush_errors > 0;
		CHECK(verdict_clean(&sum));
	}
	printf("  %s, %s: %" PRIu64 " places, %" PRIu64 " did not open, %" PRIu64
	    " flush errors told\n", faults[which].name, sticky ? "for good" : "once", runs,
	    refused, errors);
	/* the last run met no fault: all it was given is safe */
	CHECK(r.opened && r.acked > 0);
	if (faults[which].op == SIM_SYNC)
		CHECK(errors > 0);
}

static void
each_call_fails_once(void)
{
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		fail_in_turn(i, false, &(struct plan){ .bulk = 0 }, 1);
}

static void
each_call_fails_for_good(void)
{
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (faults[i].error != 0)
			fail_in_turn(i, true, &(struct plan){ .bulk = 0 }, 1);
}

static void
each_call_fails_while_segments_roll(void)
{
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		bool rare = faults[i].op != SIM_WRITE && faults[i].op != SIM_SYNC &&
		    faults[i].op != SIM_READ;

		fail_in_turn(i, false, &(struct plan){ .bulk = 4000 }, rare ? 1 : 197);
	}
}

static uint64_t
unsafe(const struct ledger *l)
{
	uint64_t n = 0;

	for (uint64_t seq = 1; seq < l->n; seq++)
		n += l->lines[seq].fold != 0 && !l->lines[seq].acked;
	return n;
}

static void
each_call_fails_in_a_recovery(void)
{
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		uint64_t stride = faults[i].op == SIM_READ ? 19 : 1;

		fail_in_turn(i, false, &(struct plan){ .recovery = true }, stride);
		if (faults[i].error != 0)
			fail_in_turn(i, true, &(struct plan){ .recovery = true }, stride);
	}
}

/* A disk that takes nothing for a while, then works again: entries that were
 * taken in the meantime reach it, and those that were not were refused. */
static void
trouble(const char *what, void (*set)(struct simdisk *, bool on))
{
	struct simdisk *disk = simdisk_new(5);
	struct story s;
	struct rig rig;
	struct durable before, after;

	story_init(&s, &disk->disk, 5);
	s.conf.buffer = 8 << 10;
	rig_init(&rig, &s, 5);
	CHECK(story_open(&s) == 0);
	steps(&s, 20);
	story_settle(&s);
	set(disk, true);
	story_bulk(&s, 6000);
	before = journal_durable(s.journal);
	judge(&rig, disk);
	set(disk, false);
	for (int i = 0; i < 30; i++)
		story_settle(&s);
	story_bulk(&s, 64);
	story_settle(&s);
	after = journal_durable(s.journal);
	judge(&rig, disk);
	printf("  %s: %" PRIu64 " entries refused meanwhile, %" PRIu64 " flush errors, durable %"
	    PRIu64 " then %" PRIu64 "\n", what, s.full, journal_stats(s.journal)->flush_errors,
	    before.seq[0], after.seq[0]);
	verdict_print(&rig.verdict);
	CHECK(verdict_clean(&rig.verdict));
	CHECK(after.seq[LANE_TELEMETRY] > before.seq[LANE_TELEMETRY]);
	CHECK(after.seq[LANE_ALARM] > before.seq[LANE_ALARM]);
	CHECK(unsafe(&s.ledger) == 0);
	story_free(&s);
	simdisk_free(disk);
}

static void
set_full(struct simdisk *d, bool on)
{
	d->room = on ? 0 : -1;
}

static void
set_read_only(struct simdisk *d, bool on)
{
	d->read_only = on;
}

static void
set_io_error(struct simdisk *d, bool on)
{
	d->fault = (struct sim_fault){
		.op = SIM_SYNC, .nth = on ? d->calls[SIM_SYNC] + 1 : 0, .sticky = true, .error = EIO
	};
}

static void
a_full_disk_is_waited_out(void)
{
	trouble("full", set_full);
}

static void
a_read_only_disk_is_waited_out(void)
{
	trouble("read-only", set_read_only);
}

static void
a_disk_that_cannot_flush_is_waited_out(void)
{
	trouble("no flush", set_io_error);
}

/* "t_errors sync": failing flushes alone; ends with 3 when they cost what was
 * called safe. */
static int
flushes_alone(void)
{
	struct sim_fault fault = { .op = SIM_SYNC, .error = EIO, .nth = 3 };
	struct verdict sum = { .refused = 0 };

	for (; fault.nth < 20; fault.nth++)
		run(&fault, &(struct plan){ .bulk = 0 }, &sum);
	return verdict_clean(&sum) ? 0 : 3;
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "sync") == 0)
		return flushes_alone();
	RUN(each_call_fails_once);
	RUN(each_call_fails_for_good);
	RUN(each_call_fails_in_a_recovery);
	RUN(each_call_fails_while_segments_roll);
	RUN(a_full_disk_is_waited_out);
	RUN(a_read_only_disk_is_waited_out);
	RUN(a_disk_that_cannot_flush_is_waited_out);
	return 0;
}
