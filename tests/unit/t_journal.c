#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "../../devices/basis.h"
#include "../../gateway/journal/reader.h"
#include "../../gateway/journal/tally.h"
#include "../check.h"
#include "../same_value.h"
#include "faulty.h"

#define WALL	1790000000000
#define BLOCK	4096

/* A store, its clock and what it was told of as durable. */
struct desk {
	struct faulty	*faulty;
	struct journal	*journal;
	struct journal_conf conf;
	int64_t		 mono;
	uint64_t	 told[LANES], ntold;
	uint64_t	 last;
	uint32_t	 series[20];
};

static void
told(void *ctx, const struct entry *e)
{
	struct desk *d = ctx;
	enum lane lane = e->kind == ENTRY_ALARM ? LANE_ALARM : LANE_TELEMETRY;

	CHECK(e->seq > d->told[lane]);
	d->told[lane] = e->seq;
	d->ntold++;
}

/* Two alarms stand. */
static bool
standing(void *ctx, size_t i, struct alarm_entry *a)
{
	(void)ctx;
	*a = (struct alarm_entry){ .rule = i == 0 ? "lel-high" : "ph-low", .device = "d",
	    .alarm = { .active = true, .count = (uint32_t)i + 1 } };
	return i < 2;
}

static void
open_desk(struct desk *d)
{
	char why[200] = "";

	d->journal = journal_open(&d->faulty->disk, &d->conf, d->mono, WALL, why, sizeof(why));
	if (d->journal == NULL)
		fprintf(stderr, "%s\n", why);
	CHECK(d->journal != NULL);
	memset(d->told, 0, sizeof(d->told));
	journal_on_durable(d->journal, told, d);
	for (int i = 0; i < 20; i++) {
		char device_of[NAME_MAX_BYTES];
		char point_of[NAME_MAX_BYTES];
		struct series s = { .unit = "degC", .raw = "u16", .decimals = 1 };

		snprintf(device_of, sizeof(device_of), "dev%d", i / 5);
		s.device = device_of;
		snprintf(point_of, sizeof(point_of), "point%d", i % 5);
		s.point = point_of;
		d->series[i] = journal_series(d->journal, &s);
	}
}

static struct desk *
new_desk(int64_t cap, size_t buffer)
{
	struct desk *d = calloc(1, sizeof(*d));

	CHECK(d != NULL);
	d->faulty = faulty_new();
	d->mono = 1000000;
	d->conf = (struct journal_conf){ .commit = 1000000, .cap = cap, .buffer = buffer,
	    .boot = 42 };
	open_desk(d);
	return d;
}

static void
close_desk(struct desk *d)
{
	journal_close(d->journal, d->mono, WALL + d->mono / 1000, true);
	faulty_free(d->faulty);
	free(d);
}

static void
again(struct desk *d)
{
	journal_close(d->journal, d->mono, WALL + d->mono / 1000, true);
	open_desk(d);
}

static uint64_t
append(struct desk *d, const struct entry *e, enum commit_class class)
{
	uint64_t seq = journal_append(d->journal, e, class, d->mono, WALL + d->mono / 1000, true);

	if (seq != 0) {
		CHECK(seq > d->last);
		d->last = seq;
	}
	return seq;
}

/* The nth reading ever: what it says is known from n alone. */
static struct entry
nth_reading(const struct desk *d, uint64_t n)
{
	struct entry e = { .kind = ENTRY_READING, .reading = { .series = d->series[n % 20],
	    .time = WALL + (int64_t)(n / 5) * 10, .due = (int64_t)(n / 5) * 10000,
	    .mono = (int64_t)(n / 5) * 10000 + 77, .value = { VALUE_F32 } } };

	e.reading.value.f = (float)(n % 1000) / 10;
	return e;
}

static uint64_t
append_reading(struct desk *d, uint64_t n)
{
	struct entry e = nth_reading(d, n);

	return append(d, &e, COMMIT_LAZY);
}

static uint64_t
append_alarm(struct desk *d, const char *rule)
{
	struct entry e = { .kind = ENTRY_ALARM, .alarm = { .rule = rule, .device = "d",
	    .alarm = { .active = true }, .time = WALL } };

	return append(d, &e, COMMIT_ALARM);
}

/* All that is due, as a loop with a helper would. */
static void
turn(struct desk *d)
{
	for (int i = 0; i < 4; i++) {
		journal_tick(d->journal, d->mono);
		if (!journal_work(d->journal))
			break;
		journal_reap(d->journal, d->mono);
	}
}

static void
commit(struct desk *d)
{
	d->mono += d->conf.commit;
	turn(d);
}

static uint64_t
durable(const struct desk *d, enum lane lane)
{
	return journal_durable(d->journal).seq[lane];
}

static void
fill(struct desk *d, uint64_t from, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		CHECK(append_reading(d, from + i) != 0);
		if (i % 500 == 499)
			commit(d);
	}
	commit(d);
}

/* How many of a lane are read, and what is missing. */
struct look {
	uint64_t	entries, first, last, gaps, lost, damaged;
};

static struct look
look(struct desk *d, enum lane lane, uint64_t from)
{
	struct reader *r = reader_open(&d->faulty->disk);
	struct look found = { .entries = 0 };
	enum read_result result;
	struct entry e;
	struct gap gap;

	CHECK(r != NULL);
	reader_seek(r, lane, from);
	while ((result = reader_next(r, durable(d, lane), &e, &gap)) != READ_END) {
		CHECK(result == READ_ENTRY || result == READ_GAP);
		if (result == READ_GAP) {
			CHECK(gap.from > found.last && gap.to >= gap.from);
			found.gaps++;
			found.damaged += gap.damaged;
			found.lost += gap.to - gap.from + 1;
			continue;
		}
		CHECK(e.seq > found.last);
		found.first = found.entries == 0 ? e.seq : found.first;
		found.last = e.seq;
		found.entries++;
	}
	reader_close(r);
	return found;
}

static void
what_is_stored_is_read_back(void)
{
	struct desk *d = new_desk(16 << 20, 65536);
	struct reader *r = reader_open(&d->faulty->disk);
	struct entry e;
	struct gap gap;

	fill(d, 0, 3000);
	CHECK(durable(d, LANE_TELEMETRY) == 3000 && d->ntold == 3000);
	again(d);
	CHECK(durable(d, LANE_TELEMETRY) == 3000);
	reader_seek(r, LANE_TELEMETRY, 0);
	for (uint64_t n = 0; n < 3000; n++) {
		struct entry want = nth_reading(d, n);

		CHECK(reader_next(r, 3000, &e, &gap) == READ_ENTRY && e.seq == n + 1);
		CHECK(e.reading.series == want.reading.series && e.reading.due == want.reading.due);
		CHECK(e.reading.time == want.reading.time && e.reading.mono == want.reading.mono);
		CHECK(same_value(&e.reading.value, &want.reading.value));
		CHECK(e.boot == 42 && e.clock_trusted && e.stored >= WALL + 1000);
		CHECK(e.stored >= e.reading.time);
	}
	CHECK(reader_next(r, 3000, &e, &gap) == READ_END);
	CHECK(strcmp(reader_series(r, d->series[7])->point, "point2") == 0);
	CHECK(reader_series(r, 20) != NULL && reader_series(r, 21) == NULL);
	CHECK(reader_store(r) == journal_store(d->journal));
	CHECK(append_reading(d, 3000) == 3001);
	commit(d);
	CHECK(reader_next(r, 3000, &e, &gap) == READ_END);
	CHECK(reader_next(r, 3001, &e, &gap) == READ_ENTRY && e.seq == 3001);
	reader_close(r);
	close_desk(d);
}

static void
classes_say_when(void)
{
	struct desk *d = new_desk(16 << 20, 65536);
	struct entry note = { .kind = ENTRY_NOTE, .note = { "t", "x" } };
	uint64_t seq;

	CHECK(journal_deadline(d->journal) == INT64_MAX);
	journal_tick(d->journal, d->mono);
	CHECK(!journal_work(d->journal));
	CHECK(append_reading(d, 0) == 1 && journal_deadline(d->journal) == d->mono + 1000000);
	turn(d);
	CHECK(durable(d, LANE_TELEMETRY) == 0);
	CHECK(append(d, &note, COMMIT_WAITED) == 2 && journal_deadline(d->journal) == d->mono);
	/* an alarm takes along what waits before it, which may have raised it */
	CHECK(append_alarm(d, "a") == 3);
	journal_tick(d->journal, d->mono);
	CHECK(journal_deadline(d->journal) == INT64_MAX);
	CHECK(journal_work(d->journal) && durable(d, LANE_ALARM) == 0);
	CHECK(append_alarm(d, "b") == 4);
	journal_reap(d->journal, d->mono);
	CHECK(durable(d, LANE_ALARM) == 3 && durable(d, LANE_TELEMETRY) == 2);
	/* the flush that ended was followed by the next at once */
	CHECK(append_reading(d, 0) == 5);
	CHECK(journal_work(d->journal));
	journal_reap(d->journal, d->mono);
	CHECK(durable(d, LANE_ALARM) == 4 && durable(d, LANE_TELEMETRY) == 2);
	/* 64 KiB do not wait for the interval */
	do
		seq = append_reading(d, 1);
	while (seq != 0 && journal_deadline(d->journal) > d->mono);
	CHECK(seq > 5000);
	close_desk(d);
}

/* What is not durable is never older than the commit interval and one flush,
 * whatever else is committed meanwhile. */
static void
what_may_be_lost_is_that_new(void)
{
	enum { STEPS = 3000, STEP = 10000, FLUSH = 300000 };
	static int64_t when[2 * STEPS + 1];
	struct desk *d = new_desk(16 << 20, 65536);
	int64_t ends = 0, oldest = 0;
	uint64_t first = 1;

	for (int i = 0; i < STEPS; i++, d->mono += STEP) {
		when[append_reading(d, (uint64_t)i)] = d->mono;
		if (i % 37 == 0 || i % 101 == 99)
			when[append_alarm(d, "a")] = d->mono;
		if (ends != 0 && d->mono >= ends) {
			journal_reap(d->journal, d->mono);
			ends = 0;
		}
		journal_tick(d->journal, d->mono);
		if (ends == 0 && journal_work(d->journal))
			ends = d->mono + FLUSH;
		while (first <= durable(d, LANE_TELEMETRY) || first <= durable(d, LANE_ALARM))
			first++;
		if (first > d->last)
			continue;
		CHECK(d->mono - when[first] <= d->conf.commit + FLUSH + STEP);
		oldest = d->mono - when[first] > oldest ? d->mono - when[first] : oldest;
	}
	CHECK(oldest > FLUSH);		/* and it was not for nothing */
	journal_reap(d->journal, d->mono);
	close_desk(d);
}

/* Never the alarm without the reading that raised it, whatever call is the last. */
static void
an_alarm_is_not_durable_before_its_reading(void)
{
	for (unsigned long nth = 1; nth < 12; nth++) {
		struct desk *d = new_desk(16 << 20, 65536);
		unsigned long syncs;

		fill(d, 0, 100);
		append_alarm(d, "first");
		commit(d);
		faulty_fail(d->faulty, ON_SYNC, nth, 1000000, EIO);
		for (uint64_t i = 0; i < 6; i++) {
			struct entry e = nth_reading(d, i);
			uint64_t reading = append(d, &e, COMMIT_WAITED);
			uint64_t alarm = append_alarm(d, "next");

			turn(d);
			CHECK(durable(d, LANE_ALARM) < alarm ||
			    durable(d, LANE_TELEMETRY) >= reading);
		}
		faulty_fail(d->faulty, ON_SYNC, 1, 0, 0);
		commit(d);
		commit(d);
		syncs = d->faulty->calls[ON_SYNC];
		for (uint64_t i = 0; i < 10; i++) {
			struct entry e = nth_reading(d, i);

			append(d, &e, COMMIT_WAITED);
			append_alarm(d, "cheap");
			turn(d);
		}
		CHECK(d->faulty->calls[ON_SYNC] - syncs == 20);
		close_desk(d);
	}
}

static void
a_commit_is_one_block_and_one_flush(void)
{
	struct desk *d = new_desk(16 << 20, 65536);
	unsigned long bytes, syncs;

	fill(d, 0, 10);
	bytes = d->faulty->bytes;
	syncs = d->faulty->calls[ON_SYNC];
	for (uint64_t i = 0; i < 500; i++)
		fill(d, 10 + i * 10, 10);
	CHECK(d->faulty->calls[ON_SYNC] - syncs == 500);
	CHECK((d->faulty->bytes - bytes) / 500 <= 4096 + 512);
	/* nothing new, no commit */
	commit(d);
	CHECK(d->faulty->calls[ON_SYNC] - syncs == 500);
	close_desk(d);
}

static void
a_full_buffer_refuses_and_counts(void)
{
	struct desk *d = new_desk(16 << 20, 16384);
	uint64_t n = 0, full;

	while (append_reading(d, n) != 0)
		n++;
	CHECK(journal_stats(d->journal)->skipped == 1 && d->last == n);
	CHECK(append_reading(d, n) == 0 && journal_stats(d->journal)->skipped == 2);
	CHECK(append_alarm(d, "still") == n + 1);	/* a lane of its own */
	full = d->last;
	commit(d);
	CHECK(durable(d, LANE_ALARM) == full && durable(d, LANE_TELEMETRY) == full - 1);
	CHECK(append_reading(d, n) == full + 1);
	CHECK(journal_stats(d->journal)->buffered <= journal_stats(d->journal)->buffer_size);
	commit(d);
	CHECK(look(d, LANE_TELEMETRY, 1).entries == n + 1);
	close_desk(d);
}

/* The other lane's numbers are no gap; neither are repeats. */
static void
lanes_share_the_numbers(void)
{
	struct desk *d = new_desk(16 << 20, 65536);
	struct look t, a;

	for (uint64_t i = 0; i < 300; i++) {
		append_reading(d, i);
		if (i % 3 == 0)
			append_alarm(d, "x");
		if (i % 7 == 0)
			commit(d);
	}
	commit(d);
	again(d);
	t = look(d, LANE_TELEMETRY, 1);
	a = look(d, LANE_ALARM, 1);
	CHECK(t.entries == 300 && t.gaps == 0 && a.entries == 100 && a.gaps == 0);
	t = look(d, LANE_TELEMETRY, 200);
	CHECK(t.first >= 200 && t.last == d->last && t.gaps == 0);
	close_desk(d);
}

/* A failed flush is never taken for done: what it was for goes elsewhere. */
static void
a_failed_flush_loses_nothing(void)
{
	for (unsigned long nth = 1; nth < 7; nth++) {
		struct desk *d = new_desk(16 << 20, 65536);
		uint64_t before;

		fill(d, 0, 100);
		for (uint64_t i = 100; i < 2500; i++)
			CHECK(append_reading(d, i) != 0);
		faulty_fail(d->faulty, ON_SYNC, nth, 1, EIO);
		before = durable(d, LANE_TELEMETRY);
		d->mono += d->conf.commit;
		journal_tick(d->journal, d->mono);
		CHECK(journal_work(d->journal));
		journal_reap(d->journal, d->mono);
		if (nth == 1)
			CHECK(durable(d, LANE_TELEMETRY) == before &&
			    journal_stats(d->journal)->flush_errors == 1 &&
			    journal_stats(d->journal)->error == EIO);
		for (int i = 0; i < 5; i++)
			commit(d);
		fill(d, 2500, 600);
		CHECK(durable(d, LANE_TELEMETRY) == 3100);
		CHECK(look(d, LANE_TELEMETRY, 1).entries == 3100);
		again(d);
		CHECK(look(d, LANE_TELEMETRY, 1).entries == 3100);
		CHECK(look(d, LANE_TELEMETRY, 1).gaps == 0 && d->ntold == 3100);
		close_desk(d);
	}
}

static void
a_dead_disk_fills_the_buffer_and_comes_back(void)
{
	const int errors[] = { EIO, ENOSPC, EROFS };

	for (size_t k = 0; k < 3; k++) {
		const enum faulty_op ops[] = { ON_SYNC, ON_WRITE, ON_RENAME, ON_OPEN };

		for (size_t o = 0; o < 4; o++) {
			struct desk *d = new_desk(8 << 20, 4096);
			uint64_t n = 100, alarms = 0;

			fill(d, 0, 100);
			faulty_fail(d->faulty, ops[o], 1, 1000000, errors[k]);
			for (int i = 0; i < 25; i++) {
				for (int m = 0; m < 300; m++)
					n += append_reading(d, n) != 0;
				alarms += append_alarm(d, "dead") != 0;
				commit(d);
			}
			faulty_fail(d->faulty, ops[o], 1, 0, 0);
			commit(d);
			commit(d);
			CHECK(o == 2 || o == 3 || journal_stats(d->journal)->skipped > 0);
			CHECK(append_reading(d, n) != 0);
			commit(d);
			CHECK(look(d, LANE_TELEMETRY, 1).entries == n + 1);
			CHECK(look(d, LANE_ALARM, 1).entries == alarms && alarms == 25);
			CHECK(look(d, LANE_TELEMETRY, 1).gaps == 0);
			again(d);
			CHECK(look(d, LANE_TELEMETRY, 1).entries == n + 1);
			close_desk(d);
		}
	}
}

/* Every call of a short life fails once: opened or not, nothing durable goes. */
static void
every_call_may_fail_once(void)
{
	for (enum faulty_op op = 0; op < FAULTY_OPS; op++)
		for (unsigned long nth = 1; nth < 90; nth += 1 + nth / 20) {
			struct desk *d = new_desk(8 << 20, 16384);
			char why[200];

			journal_on_snapshot(d->journal, standing, d);
			fill(d, 0, 200);
			append_alarm(d, "a");
			commit(d);
			faulty_fail(d->faulty, op, nth, 1, EIO);
			fill(d, 200, 200);
			append_alarm(d, "b");
			commit(d);
			commit(d);
			journal_close(d->journal, d->mono, WALL, true);
			d->journal = journal_open(&d->faulty->disk, &d->conf, d->mono, WALL, why,
			    sizeof(why));
			faulty_fail(d->faulty, op, 1, 0, 0);
			if (d->journal == NULL) {
				CHECK(why[0] != '\0');
				open_desk(d);
			}
			CHECK(look(d, LANE_TELEMETRY, 1).entries == 400);
			CHECK(look(d, LANE_ALARM, 1).gaps == 0 && durable(d, LANE_ALARM) >= 404);
			CHECK(journal_stats(d->journal)->set_aside == 0);
			close_desk(d);
		}
}

static void
the_oldest_goes_when_the_cap_is_reached(void)
{
	struct desk *d = new_desk(4 << 20, 262144);
	uint64_t n = 0, first = 0, last = 0;
	struct reader *r;
	struct look l;

	journal_pin(d->journal, LANE_TELEMETRY, 1);
	while (journal_stats(d->journal)->discarded_entries == 0 && n < 4000000) {
		fill(d, n, 5000);
		n += 5000;
	}
	CHECK(journal_stats(d->journal)->bytes <= 4 << 20);
	l = look(d, LANE_TELEMETRY, 1);
	CHECK(l.last == n && l.gaps == 1 && l.damaged == 0);
	CHECK(journal_stats(d->journal)->discarded_entries == l.lost && l.entries + l.lost == n);
	CHECK(journal_stats(d->journal)->discarded_from == WALL);
	CHECK(journal_stats(d->journal)->discarded_to == WALL + (int64_t)((l.lost - 1) / 5) * 10);
	CHECK(look(d, LANE_TELEMETRY, 0).gaps == 0);	/* from the oldest there is */
	r = reader_open(&d->faulty->disk);
	reader_range(r, LANE_TELEMETRY, &first, &last);
	CHECK(first == l.first && last > n - 1000 && last <= n);
	reader_close(r);
	/* what an uplink has had is not a loss; half a segment is counted exactly */
	journal_pin(d->journal, LANE_TELEMETRY, l.first + 1000);
	do {
		fill(d, n, 5000);
		n += 5000;
	} while (journal_stats(d->journal)->discarded_entries == l.lost);
	CHECK(journal_stats(d->journal)->discarded_entries ==
	    look(d, LANE_TELEMETRY, 0).first - 1 - 1000);
	again(d);
	CHECK(look(d, LANE_TELEMETRY, 1).last == n);
	close_desk(d);
}

/* The oldest cannot be had: it is still there, tried again by each commit, and no
 * loss until it is gone. */
static void
what_could_not_be_given_up_is_no_loss(void)
{
	struct desk *d = new_desk(4 << 20, 262144);
	uint64_t n = 0, full = 0;
	struct look l;

	for (; full == 0; n += 5000) {
		fill(d, n, 5000);
		full = journal_stats(d->journal)->discarded_entries > 0 ? n : 0;
	}
	close_desk(d);
	d = new_desk(4 << 20, 262144);
	for (n = 0; n < full; n += 5000)
		fill(d, n, 5000);
	faulty_fail(d->faulty, ON_RENAME, 1, 1000, EIO);
	for (uint64_t end = n + 5000; n < end; n++)
		CHECK(append_reading(d, n) != 0);
	for (int i = 0; i < 5; i++) {
		d->mono += 2 * d->conf.commit;
		journal_tick(d->journal, d->mono);
		journal_work(d->journal);
		journal_reap(d->journal, d->mono);
	}
	CHECK(journal_stats(d->journal)->error == EIO);
	CHECK(journal_stats(d->journal)->discarded_entries == 0);
	faulty_fail(d->faulty, ON_RENAME, 1, 0, 0);
	d->mono += 2 * d->conf.commit;
	commit(d);
	l = look(d, LANE_TELEMETRY, 1);
	CHECK(l.last == n && l.gaps == 1 && l.lost > 0);
	CHECK(journal_stats(d->journal)->discarded_entries == l.lost);
	close_desk(d);
}

static void
age_takes_what_nobody_needs(void)
{
	struct desk *d = new_desk(16 << 20, 262144);
	uint64_t n = 0;

	d->conf.age = 3600000000;
	again(d);
	while (journal_stats(d->journal)->bytes < 4 << 20) {
		fill(d, n, 10000);
		n += 10000;
	}
	d->mono += 2 * d->conf.age;
	fill(d, n, 10);
	CHECK(look(d, LANE_TELEMETRY, 0).first == 1);	/* pinned */
	journal_pin(d->journal, LANE_TELEMETRY, UINT64_MAX);
	fill(d, n + 10, 10);
	CHECK(look(d, LANE_TELEMETRY, 0).first > n / 2);
	CHECK(journal_stats(d->journal)->discarded_entries == 0);
	close_desk(d);
}

static void
count_entry(void *ctx, const struct entry *e)
{
	uint64_t *count = ctx;

	count[e->flags & ENTRY_SNAPSHOT]++;
	if (e->flags & ENTRY_SNAPSHOT)
		CHECK(e->alarm.alarm.active && strcmp(e->alarm.device, "d") == 0);
}

/* Each alarm segment begins with what stands, so a restart needs no more. */
static void
standing_alarms_are_restated(void)
{
	struct desk *d = new_desk(8 << 20, 65536);
	uint64_t counts[2] = { 0 }, all;

	journal_on_snapshot(d->journal, standing, d);
	CHECK(append_alarm(d, "first") == 3);
	commit(d);
	CHECK(journal_replay_alarms(d->journal, count_entry, counts) == 0);
	CHECK(counts[0] == 1 && counts[1] == 2);
	for (int i = 0; i < 40000; i++) {
		CHECK(append_alarm(d, "again") != 0);
		if (i % 200 == 0)
			commit(d);
	}
	commit(d);
	again(d);
	counts[0] = counts[1] = 0;
	CHECK(journal_replay_alarms(d->journal, count_entry, counts) == 0);
	CHECK(counts[1] == 2 && counts[0] > 0 && counts[0] < 15000);
	all = journal_stats(d->journal)->discarded_entries;
	CHECK(all == 0);	/* counted by the run before */
	CHECK(look(d, LANE_ALARM, 1).gaps == 1);
	close_desk(d);
}

/* How many of from..to a lane has, by reading all of it. */
static uint64_t
counted(struct desk *d, enum lane lane, uint64_t from, uint64_t to)
{
	struct reader *r = reader_open(&d->faulty->disk);
	enum read_result result;
	uint64_t n = 0;
	struct entry e;
	struct gap gap;

	reader_seek(r, lane, 0);
	while ((result = reader_next(r, durable(d, lane), &e, &gap)) != READ_END)
		n += result == READ_ENTRY && e.seq >= from && e.seq <= to;
	reader_close(r);
	return n;
}

static void
numbers_of_a_lane_are_counted(void)
{
	struct desk *d = new_desk(8 << 20, 65536);
	uint64_t n = 0, x = 1;

	journal_on_snapshot(d->journal, standing, d);
	for (int i = 0; i < 200; i++) {
		if (i % 50 == 20)	/* what stays behind is written once more */
			faulty_fail(d->faulty, ON_SYNC, 1, 1, EIO);
		for (int k = 0; k < 200; k++)
			append_alarm(d, "a");
		fill(d, n, 5000);
		n += 5000;
	}
	commit(d);
	CHECK(journal_stats(d->journal)->flush_errors == 4 && look(d, LANE_ALARM, 1).gaps == 1);
	CHECK(tally(&d->faulty->disk, LANE_TELEMETRY, 1, d->last) ==
	    look(d, LANE_TELEMETRY, 0).entries);
	CHECK(tally(&d->faulty->disk, LANE_ALARM, 1, d->last) == look(d, LANE_ALARM, 0).entries);
	for (int i = 0; i < 12; i++) {
		uint64_t from = 1 + (x = x * 6364136223846793005u + 1442695040888963407u) % d->last;
		uint64_t to = from + (x >> 33) % (d->last - from + 1);
		enum lane lane = i % 2 == 0 ? LANE_TELEMETRY : LANE_ALARM;

		CHECK(tally(&d->faulty->disk, lane, from, to) == counted(d, lane, from, to));
	}
	close_desk(d);
}

/* A damaged block is a gap; its neighbours stay. */
static void
damage_is_confined_to_its_block(void)
{
	struct desk *d = new_desk(16 << 20, 262144);
	const uint64_t n = 20000;
	struct look l;
	uint8_t b;

	fill(d, 0, n);
	for (int block = 4; block < 12; block += 3) {
		faulty_peek(d->faulty, "tele-0000000000000001.seg", block * BLOCK + 900, &b, 1);
		b ^= 16;
		faulty_poke(d->faulty, "tele-0000000000000001.seg", block * BLOCK + 900, &b, 1);
	}
	l = look(d, LANE_TELEMETRY, 1);
	CHECK(l.gaps == 3 && l.damaged == 3 && l.entries + l.lost == n && l.last == n);
	again(d);
	CHECK(journal_stats(d->journal)->damaged == 3);
	CHECK(look(d, LANE_TELEMETRY, 1).entries == l.entries);
	CHECK(append_reading(d, n) == n + 1);
	close_desk(d);
}

/* One copy of the header is enough; without both the segment is set aside. */
static void
headers_have_a_copy(void)
{
	const char name[] = "tele-0000000000000001.seg";
	struct desk *d = new_desk(16 << 20, 262144);
	uint8_t junk[BLOCK];
	struct look l;

	memset(junk, 0xa5, sizeof(junk));
	fill(d, 0, 500);
	faulty_poke(d->faulty, name, 0, junk, BLOCK);
	again(d);
	CHECK(look(d, LANE_TELEMETRY, 1).entries == 500);
	faulty_poke(d->faulty, name, 3 * BLOCK, junk, BLOCK);
	again(d);
	CHECK(journal_stats(d->journal)->set_aside == 1);
	CHECK(append_reading(d, 500) > 500);	/* numbers that were read are not used */
	commit(d);
	l = look(d, LANE_TELEMETRY, 1);
	CHECK(l.entries == 1);
	close_desk(d);
}

/* Either tail slot may turn to garbage: at most the newest commit is missed. */
static void
the_older_slot_stands_in(void)
{
	for (int slot = 1; slot <= 2; slot++) {
		struct desk *d = new_desk(16 << 20, 262144);
		uint8_t junk[BLOCK];
		struct look l;

		memset(junk, 0x5a, sizeof(junk));
		for (uint64_t i = 0; i < 40; i++)
			fill(d, i * 10, 10);
		faulty_poke(d->faulty, "tele-0000000000000001.seg", slot * BLOCK, junk, BLOCK);
		d->last = 0;
		again(d);
		l = look(d, LANE_TELEMETRY, 1);
		CHECK(l.gaps == 0 && (l.entries == 400 || l.entries == 390));
		CHECK(append_reading(d, 0) > 400);
		commit(d);
		again(d);
		CHECK(look(d, LANE_TELEMETRY, 1).entries == l.entries + 1);
		close_desk(d);
	}
}

static void
the_dictionary_has_two_files(void)
{
	const char *const files[] = { "series.a", "series.b" };
	uint8_t junk[900];

	memset(junk, 0xff, sizeof(junk));
	for (int i = 0; i < 2; i++) {
		struct desk *d = new_desk(16 << 20, 65536);
		struct series more = { .device = "dev0", .point = "point0", .unit = "K",
		    .raw = "u16", .decimals = 1 };
		uint64_t store = journal_store(d->journal);

		fill(d, 0, 50);
		CHECK(journal_series(d->journal, &more) == 21);	/* another unit */
		journal_series_done(d->journal);
		CHECK(journal_series(d->journal, &more) == 21);
		journal_series_done(d->journal);
		faulty_poke(d->faulty, files[i], 0, junk, sizeof(junk));
		again(d);
		CHECK(d->series[0] == 1 && d->series[19] == 20 && journal_store(d->journal) == store);
		CHECK(journal_stats(d->journal)->damaged > 0);
		CHECK(journal_series(d->journal, &more) == 21);
		again(d);
		CHECK(journal_stats(d->journal)->damaged == 0);	/* repaired */
		close_desk(d);
	}
}

/* What a derived point rests on is kept with its name, and another basis is another
 * series. */
static void
a_series_keeps_its_basis(void)
{
	struct desk *d = new_desk(16 << 20, 65536);
	struct series s = { .device = "dev0", .point = "ref", .unit = "K", .raw = "f64",
	    .decimals = 1 };

	for (int again_too = 0; again_too < 2; again_too++) {
		for (unsigned i = BASIS_NONE; i <= BASIS_DECLARED; i++) {
			s.basis = (uint8_t)i;
			CHECK(journal_series(d->journal, &s) == 21 + i);
		}
		fill(d, 0, 50);
		again(d);
	}
	s.basis = 200;			/* of a later version */
	CHECK(journal_series(d->journal, &s) == 25);
	CHECK(strcmp(basis_name(200), "unknown") == 0);
	close_desk(d);
}

/* Numbers of names that are lost are not given to others, and what is left of
 * the files is kept. */
static void
lost_names_are_lost_alone(void)
{
	uint8_t junk[21 * 256];

	memset(junk, 0xff, sizeof(junk));
	for (int damage = 0; damage < 2; damage++) {
		struct desk *d = new_desk(16 << 20, 65536);
		uint64_t store = journal_store(d->journal);
		char name[8] = "";
		struct reader *r;

		fill(d, 0, 50);
		journal_close(d->journal, d->mono, WALL, true);
		if (damage) {
			faulty_poke(d->faulty, "series.a", 0, junk, sizeof(junk));
			faulty_poke(d->faulty, "series.b", 0, junk, sizeof(junk));
		} else {
			faulty_fail(d->faulty, ON_READ, 1, 4, EIO);
		}
		open_desk(d);
		CHECK(d->series[0] == 21 && d->series[19] == 40);
		CHECK(journal_store(d->journal) == store);
		r = reader_open(&d->faulty->disk);
		CHECK(reader_series(r, 1) == NULL);
		reader_close(r);
		CHECK(journal_stats(d->journal)->damaged == 20);
		fill(d, 50, 50);
		CHECK(look(d, LANE_TELEMETRY, 1).entries == 100);
		again(d);
		CHECK(d->series[0] == 21 && journal_stats(d->journal)->damaged == 0);
		faulty_peek(d->faulty, "series.b.bad", 3 * 256 + 64, name, 4);
		CHECK(damage || strcmp(name, "dev0") == 0);
		close_desk(d);
	}
}

/* Both files are gone, and nobody else's entry says that its number is used. */
static void
a_number_of_a_command_alone_is_used(void)
{
	struct desk *d = new_desk(16 << 20, 65536);
	struct series valve = { .device = "dev9", .point = "valve", .unit = "%", .raw = "u16" };
	struct entry e = { .kind = ENTRY_COMMAND, .command = { .series = 1, .source = "cli",
	    .why = "" } };
	const struct disk *disk = &d->faulty->disk;

	CHECK(append(d, &e, COMMIT_WAITED) != 0);
	commit(d);
	e.command.series = journal_series(d->journal, &valve);
	CHECK(e.command.series == 21);
	CHECK(append(d, &e, COMMIT_WAITED) != 0);
	commit(d);
	journal_close(d->journal, d->mono, WALL, true);
	CHECK(disk->unlink(disk->ctx, "series.a") == 0);
	CHECK(disk->unlink(disk->ctx, "series.b") == 0);
	open_desk(d);
	CHECK(d->series[0] == 22);
	close_desk(d);
}

/* A bad moment of the device is no damage for good. */
static void
a_segment_unreadable_for_once_comes_back(void)
{
	for (unsigned long nth = 3; nth < 12; nth++) {
		struct desk *d = new_desk(16 << 20, 65536);
		const struct journal_stats *stats;

		fill(d, 0, 1500);
		journal_close(d->journal, d->mono, WALL, true);
		faulty_fail(d->faulty, ON_READ, nth, nth == 3 ? 4 : 2, EIO);
		d->last = 0;
		open_desk(d);
		stats = journal_stats(d->journal);
		CHECK(stats->set_aside == 0 && (nth != 3 || stats->damaged == 1));
		for (uint64_t i = 1500; i < 1600; i++)
			CHECK(append_reading(d, i) > 1500);
		commit(d);
		again(d);
		stats = journal_stats(d->journal);
		CHECK(stats->set_aside == 0 && stats->damaged == 0);
		CHECK(look(d, LANE_TELEMETRY, 1).entries == 1600);
		CHECK(look(d, LANE_TELEMETRY, 700).entries == 901);
		CHECK(look(d, LANE_TELEMETRY, 1501).entries == 100);
		close_desk(d);
	}
}

static void
a_helper_thread_does_the_same(void)
{
	struct desk *d = new_desk(16 << 20, 65536);
	struct reader *r = reader_open(&d->faulty->disk);
	int fd = journal_thread(d->journal);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t n = 0, read = 0, limit;
	struct entry e;
	struct gap gap;

	CHECK(fd >= 0);
	reader_seek(r, LANE_TELEMETRY, 1);
	while (read < 50000) {
		for (int i = 0; i < 100 && n < 50000; i++)
			n += append_reading(d, n) != 0;
		d->mono += d->conf.commit;
		journal_tick(d->journal, d->mono);
		CHECK(poll(&p, 1, 0) >= 0);
		journal_reap(d->journal, d->mono);
		limit = durable(d, LANE_TELEMETRY);
		while (limit != 0 && reader_next(r, limit, &e, &gap) == READ_ENTRY) {
			struct entry want = nth_reading(d, read++);

			CHECK(e.seq <= limit && e.reading.series == want.reading.series);
			CHECK(same_value(&e.reading.value, &want.reading.value));
		}
	}
	CHECK(append_reading(d, n) != 0);
	reader_close(r);
	journal_close(d->journal, d->mono, WALL, true);	/* what was buffered is stored */
	open_desk(d);
	CHECK(durable(d, LANE_TELEMETRY) == 50001);
	close_desk(d);
}

/* A reader that has all there was gets what is durable now, whether that stands in
 * the same block, in the next or in another segment. */
static void
what_is_durable_is_read_at_once(void)
{
	struct desk *d = new_desk(8 << 20, 262144);
	struct reader *r = reader_open(&d->faulty->disk);
	char text[201];
	struct entry e;
	struct gap gap;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	reader_seek(r, LANE_ALARM, 0);
	for (unsigned i = 0; i < 6000; i++) {
		const struct entry step = { .kind = ENTRY_ALARM, .alarm = { .rule = "r",
		    .device = "d", .alarm = { .active = true }, .time = WALL,
		    .text_en = text + i * 7919 % 200 } };
		uint64_t seq = append(d, &step, COMMIT_ALARM);

		CHECK(seq != 0);
		commit(d);
		CHECK(durable(d, LANE_ALARM) >= seq);
		CHECK(reader_next(r, durable(d, LANE_ALARM), &e, &gap) == READ_ENTRY);
		CHECK(e.seq == seq);
	}
	reader_close(r);
	close_desk(d);
}

/* A reader that stays behind is told what went, however late it looks. */
static void
a_slow_reader_is_told(void)
{
	struct desk *d = new_desk(4 << 20, 262144);
	struct reader *r = reader_open(&d->faulty->disk);
	uint64_t n = 0, read = 0, lost = 0;
	int64_t stored;
	bool after_gap = false;
	enum read_result result;
	struct entry e;
	struct gap gap;

	fill(d, n, 2000);
	n += 2000;
	reader_seek(r, LANE_TELEMETRY, 1);
	while (read < 100)
		read += reader_next(r, n, &e, &gap) == READ_ENTRY;
	stored = e.stored;
	while (journal_stats(d->journal)->discarded_entries == 0) {
		fill(d, n, 5000);
		n += 5000;
	}
	while ((result = reader_next(r, n, &e, &gap)) != READ_END) {
		CHECK(result != READ_FAILED);
		if (result == READ_ENTRY)
			read++;
		else
			lost += gap.to - gap.from + 1;
		if (result == READ_ENTRY) {
			CHECK(!after_gap || e.stored == gap.until);
			stored = e.stored;
		} else {
			CHECK(gap.since == stored && gap.until > gap.since);
		}
		after_gap = result == READ_GAP;
	}
	CHECK(lost > 0 && read + lost == n);
	reader_close(r);
	close_desk(d);
}

/* Many points more, as a reload adds them. */
static void
name_more(struct desk *d, uint32_t *series, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char point[NAME_MAX_BYTES];
		struct series s = { .device = "new", .point = point, .unit = "degC",
		    .raw = "u16", .decimals = 1 };

		snprintf(point, sizeof(point), "point%u", i);
		series[i] = journal_series(d->journal, &s);
	}
}

static uint64_t
append_of(struct desk *d, uint32_t series, uint64_t n)
{
	struct entry e = nth_reading(d, n);

	e.reading.series = series;
	return append(d, &e, COMMIT_LAZY);
}

/* Only those of the first 20 series, and every one of them. */
static uint64_t
read_known(struct desk *d)
{
	struct reader *r = reader_open(&d->faulty->disk);
	enum read_result result;
	struct entry e;
	struct gap gap;
	uint64_t n = 0;

	CHECK(r != NULL);
	reader_seek(r, LANE_TELEMETRY, 1);
	while ((result = reader_next(r, durable(d, LANE_TELEMETRY), &e, &gap)) != READ_END) {
		struct entry want = nth_reading(d, n);

		CHECK(result == READ_ENTRY && e.kind == ENTRY_READING);
		CHECK(e.reading.series == want.reading.series && e.reading.due ==
		    want.reading.due && e.reading.time == want.reading.time);
		CHECK(same_value(&e.reading.value, &want.reading.value));
		n++;
	}
	reader_close(r);
	return n;
}

/* The dictionary cannot grow: known points and all alarms are stored all the
 * same, and the new ones again when there is room. */
static void
new_names_without_room_hold_up_nothing_else(void)
{
	enum { NEW = 2000 };
	static uint32_t series[NEW];
	struct desk *d = new_desk(8 << 20, 262144);
	struct entry alarm = { .kind = ENTRY_ALARM, .alarm = { .rule = "new-lost",
	    .device = "new", .alarm = { .active = true }, .time = WALL } };
	uint64_t n = 7, seq;

	fill(d, 0, n);
	d->faulty->full = true;
	name_more(d, series, NEW);
	/* in between, before it is known */
	for (unsigned i = 0; i < 1000; i++) {
		CHECK(append_of(d, series[i], i) != 0);
		if (i % 3 == 0)
			CHECK(append_reading(d, n++) != 0);
	}
	alarm.alarm.series = series[3];
	seq = append(d, &alarm, COMMIT_ALARM);
	CHECK(seq != 0);
	commit(d);
	CHECK(durable(d, LANE_ALARM) == seq && read_known(d) == n);
	CHECK(journal_stats(d->journal)->error == 0);
	CHECK(journal_stats(d->journal)->names_error == ENOSPC);
	CHECK(journal_stats(d->journal)->unnamed == 1000);
	CHECK(journal_stats(d->journal)->forsaken == 1000);
	/* from now on they are refused at once */
	for (unsigned i = 0; i < 3000; i++) {
		CHECK(append_of(d, series[i % NEW], i) == 0);
		CHECK(append_reading(d, n++) != 0);
	}
	commit(d);
	CHECK(read_known(d) == n && durable(d, LANE_TELEMETRY) == d->last);
	CHECK(journal_stats(d->journal)->unnamed == 4000);
	CHECK(journal_stats(d->journal)->forsaken == 1000);
	CHECK(look(d, LANE_ALARM, 1).entries == 1);
	/* nobody has anything to commit, and still it is seen that there is room */
	d->faulty->full = false;
	CHECK(journal_deadline(d->journal) < INT64_MAX);
	commit(d);
	CHECK(journal_stats(d->journal)->names_error == 0);
	for (unsigned i = 0; i < NEW; i++)
		CHECK(append_of(d, series[i], i) != 0);
	commit(d);
	CHECK(durable(d, LANE_TELEMETRY) == d->last);
	CHECK(look(d, LANE_TELEMETRY, 1).entries == n + NEW);
	again(d);
	CHECK(look(d, LANE_TELEMETRY, 1).entries == n + NEW);
	close_desk(d);
}

/* What is only an alarm's is not given away again. */
static void
a_number_without_a_name_is_not_given_again(void)
{
	static uint32_t series[2000];
	struct desk *d = new_desk(8 << 20, 262144);
	struct entry alarm = { .kind = ENTRY_ALARM, .alarm = { .rule = "new-lost",
	    .device = "new", .alarm = { .active = true }, .time = WALL } };
	struct series other = { .device = "other", .point = "p", .unit = "V", .raw = "u16" };

	fill(d, 0, 20);
	append_alarm(d, "first");
	commit(d);
	d->faulty->full = true;
	name_more(d, series, 2000);
	alarm.alarm.series = series[1999];
	append(d, &alarm, COMMIT_ALARM);
	commit(d);
	CHECK(durable(d, LANE_ALARM) == d->last);
	again(d);
	d->faulty->full = false;
	CHECK(journal_series(d->journal, &other) > series[1999]);
	CHECK(append_reading(d, 20) != 0);
	commit(d);
	again(d);
	CHECK(journal_stats(d->journal)->damaged == 0);
	CHECK(read_known(d) == 21);
	close_desk(d);
}

/* Room for some names is kept ahead. */
static void
a_few_names_have_room(void)
{
	uint32_t series[60];
	struct desk *d = new_desk(8 << 20, 262144);

	fill(d, 0, 20);
	d->faulty->full = true;
	name_more(d, series, 60);
	for (unsigned i = 0; i < 60; i++)
		CHECK(append_of(d, series[i], i) != 0);
	commit(d);
	CHECK(journal_stats(d->journal)->names_error == 0);
	CHECK(look(d, LANE_TELEMETRY, 1).entries == 80);
	again(d);
	CHECK(look(d, LANE_TELEMETRY, 1).entries == 80);
	close_desk(d);
}

int
main(void)
{
	RUN(what_is_stored_is_read_back);
	RUN(classes_say_when);
	RUN(what_may_be_lost_is_that_new);
	RUN(an_alarm_is_not_durable_before_its_reading);
	RUN(a_commit_is_one_block_and_one_flush);
	RUN(a_full_buffer_refuses_and_counts);
	RUN(lanes_share_the_numbers);
	RUN(a_failed_flush_loses_nothing);
	RUN(a_dead_disk_fills_the_buffer_and_comes_back);
	RUN(new_names_without_room_hold_up_nothing_else);
	RUN(a_number_without_a_name_is_not_given_again);
	RUN(a_few_names_have_room);
	RUN(every_call_may_fail_once);
	RUN(the_oldest_goes_when_the_cap_is_reached);
	RUN(what_could_not_be_given_up_is_no_loss);
	RUN(age_takes_what_nobody_needs);
	RUN(standing_alarms_are_restated);
	RUN(numbers_of_a_lane_are_counted);
	RUN(damage_is_confined_to_its_block);
	RUN(a_series_keeps_its_basis);
	RUN(headers_have_a_copy);
	RUN(the_older_slot_stands_in);
	RUN(the_dictionary_has_two_files);
	RUN(lost_names_are_lost_alone);
	RUN(a_number_of_a_command_alone_is_used);
	RUN(a_segment_unreadable_for_once_comes_back);
	RUN(a_helper_thread_does_the_same);
	RUN(what_is_durable_is_read_at_once);
	RUN(a_slow_reader_is_told);
	return 0;
}
