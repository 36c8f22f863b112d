/* How fast the store takes readings, and what a commit costs the flash.
 *
 *	b_journal		speed and bytes a reading (FOLDER in $BENCH_DIR,
 *				else /var/tmp)
 *	b_journal wear FOLDER COMMITS READINGS MS STAT
 *				so many commits, MS apart; STAT is the file of
 *				the block device in /sys
 */
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../../gateway/journal/journal.h"
#include "../check.h"
#include "../sim/chance.h"

#define DEVICES		20
#define POINTS_MAX	10
#define MOST_S		25	/* a run is cut short then, when a segment is full */

struct bench {
	struct disk	*folder;
	struct journal	*journal;
	struct chance	 chance;
	uint32_t	 series[DEVICES][POINTS_MAX];
	double		 level[DEVICES][POINTS_MAX];	/* in hundredths */
	int64_t		 mono, wall;
	size_t		 at, points;	/* of a device */
};

static double
seconds(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
bench_open(struct bench *b, const char *path, size_t points)
{
	struct journal_conf conf = {
		.commit = 1000000, .cap = 200 << 20, .buffer = 256 << 10, .boot = 7
	};
	char why[200] = "";

	*b = (struct bench){ .mono = 1000000, .wall = 1790000000000, .chance.state = 1,
	    .points = points };
	b->folder = disk_folder(path, true);
	CHECK(b->folder != NULL);
	b->journal = journal_open(b->folder, &conf, b->mono, b->wall, why, sizeof why);
	if (b->journal == NULL)
		fprintf(stderr, "%s\n", why);
	CHECK(b->journal != NULL);
	for (int d = 0; d < DEVICES; d++)
		for (int p = 0; p < POINTS_MAX; p++) {
			char device_of[NAME_MAX_BYTES];
			char point_of[NAME_MAX_BYTES];
			struct series row = { .unit = "mg/m3", .raw = "f32", .decimals = 2 };

			snprintf(device_of, sizeof(device_of), "device%d", d);
			row.device = device_of;
			snprintf(point_of, sizeof(point_of), "point%d", p);
			row.point = point_of;
			b->series[d][p] = journal_series(b->journal, &row);
			b->level[d][p] = 1000 + 100 * p;
		}
}

/* What a poll gives: the points of one device, then those of the next. */
static void
next_reading(struct bench *b, struct entry *e)
{
	size_t d = b->at / b->points % DEVICES, p = b->at % b->points;

	if (p == 0) {
		b->mono += 1500000 - 100000 + (int64_t)chance_below(&b->chance, 60000);
		b->wall = 1790000000000 + b->mono / 1000;
	}
	b->at++;
	b->level[d][p] += (double)((int)chance_below(&b->chance, 21) - 10);
	*e = (struct entry){ .kind = ENTRY_READING, .reading = {
		.series = b->series[d][p], .time = b->wall, .mono = b->mono,
		.due = b->mono - b->mono % 1500000,
		.value = { .kind = VALUE_F64, .d = b->level[d][p] / 100 }
	} };
}

static void
commit(struct bench *b, size_t readings)
{
	struct entry e;

	for (size_t i = 0; i < readings; i++) {
		next_reading(b, &e);
		CHECK(journal_append(b->journal, &e,
		    i + 1 == readings ? COMMIT_WAITED : COMMIT_LAZY, b->mono, b->wall, true) != 0);
	}
	journal_tick(b->journal, b->mono);
	CHECK(journal_work(b->journal));
	journal_reap(b->journal, b->mono);
}

static void
remove_each(void *ctx, const char *name)
{
	struct disk *d = ctx;

	d->unlink(d->ctx, name);
}

static bool	missed;

/* Readings a second, and bytes a reading over whole segments: the first hangs on
 * the device and its load, the second on nothing, so that it must be held. */
static void
speed(size_t readings, size_t points, double target, double bytes_target)
{
	char path[128];
	struct bench b;
	double wall, cpu, each;
	int64_t bytes_first = 0, bytes_last = 0;
	size_t n = 0, first = 0, last = 0;

	snprintf(path, sizeof path, "%s/tidegate-bench-%d",
	    getenv("BENCH_DIR") != NULL ? getenv("BENCH_DIR") : "/var/tmp", (int)getpid());
	bench_open(&b, path, points);
	wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	for (int64_t before = journal_stats(b.journal)->bytes;
	    n < 6000000 && bytes_last < bytes_first + (12 << 20) &&
	    (bytes_last == bytes_first || seconds(CLOCK_MONOTONIC) - wall < MOST_S);) {
		int64_t bytes;

		commit(&b, readings);
		n += readings;
		bytes = journal_stats(b.journal)->bytes;
		if (bytes == before)
			continue;
		before = bytes;
		if (first == 0)
			first = n, bytes_first = bytes;
		last = n, bytes_last = bytes;
	}
	wall = seconds(CLOCK_MONOTONIC) - wall, cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	CHECK(journal_durable(b.journal).seq[LANE_TELEMETRY] >= n);
	printf("%4zu a commit, %zu of a device: %.0f readings/s (target >= %.0f), %.0f ns CPU a reading\n",
	    readings, points, (double)n / wall, target, cpu * 1e9 / (double)n);
	each = last > first ? (double)(bytes_last - bytes_first) / (double)(last - first) : 99;
	printf("%4zu a commit, %zu of a device: %.2f bytes a reading (target <= %.0f)\n",
	    readings, points, each, bytes_target);
	missed |= each > bytes_target;
	fflush(stdout);
	journal_close(b.journal, b.mono, b.wall, true);
	b.folder->list(b.folder->ctx, remove_each, b.folder);
	disk_close(b.folder);
	rmdir(path);
}

/* Sectors written and flushes of a block device so far. */
static void
device_stat(const char *path, uint64_t *sectors, uint64_t *flushes)
{
	FILE *f = fopen(path, "r");
	uint64_t field[17] = { 0 };

	CHECK(f != NULL);
	for (int i = 0; i < 17; i++)
		if (fscanf(f, "%" SCNu64, &field[i]) != 1)
			break;
	fclose(f);
	*sectors = field[6], *flushes = field[15];
}

static void
wear(char **args)
{
	unsigned long commits = strtoul(args[1], NULL, 10), readings = strtoul(args[2], NULL, 10);
	long ms = strtol(args[3], NULL, 10);
	struct timespec nap = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	uint64_t sectors[2], flushes[2];
	struct bench b;

	bench_open(&b, args[0], POINTS_MAX);
	for (int i = 0; i < 20; i++)
		commit(&b, readings);
	sync();
	device_stat(args[4], &sectors[0], &flushes[0]);
	for (unsigned long i = 0; i < commits; i++) {
		commit(&b, readings);
		if (ms > 0)
			nanosleep(&nap, NULL);
	}
	device_stat(args[4], &sectors[1], &flushes[1]);
	printf("%lu commits of %lu readings, %ld ms apart: %.2f KiB and %.2f flushes a commit", commits,
	    readings, ms, (double)(sectors[1] - sectors[0]) / 2 / (double)commits,
	    (double)(flushes[1] - flushes[0]) / (double)commits);
	printf(ms > 0 ? " (target <= 6.6, <= 1.4)\n" : " (target <= 4.6, 1.0)\n");
	journal_close(b.journal, b.mono, b.wall, true);
	disk_close(b.folder);
}

int
main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "wear") == 0) {
		wear(argv + 2);
		return 0;
	}
	speed(100, POINTS_MAX, 300000, 6);
	speed(100, 5, 300000, 6);
	speed(1000, POINTS_MAX, 2000000, 3);
	speed(1000, 5, 2000000, 3);
	return missed;
}
