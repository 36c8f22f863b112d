/* What statistics cost: 10,000 points at 10,000 readings a second, minutes, hours and
 * days of all of them, beside the same readings that are only stored. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../gateway/journal/journal.h"
#include "../../rules/statistics.h"
#include "../check.h"
#include "../sim/chance.h"

#define POINTS		10	/* of a device */
#define DEVICES		1000
#define RATE		10000	/* readings a second */
#define SECONDS		300	/* simulated */
#define TURN		64	/* intervals, as the pipeline ends them */
#define BEGIN		1789999200000LL	/* on the hour */
#define S		1000000LL
#define ROOM		(64U << 20)

static struct point points[POINTS];
static struct profile profile = { .name = "x", .points = points, .npoints = POINTS };
static char names[DEVICES][32], point_names[POINTS][8];
static struct device devices[DEVICES];
static struct tap taps[DEVICES][POINTS];
static const struct raw raw;
static const struct zone utc;
static struct journal *journal;
static int64_t wall, longest;
static uint64_t told;

static void
prepare(void)
{
	for (int i = 0; i < POINTS; i++) {
		snprintf(point_names[i], sizeof(point_names[i]), "p%d", i);
		points[i] = (struct point){ .name = point_names[i], .raw = &raw,
		    .unit = unit_find("mg/m3"), .decimals = 2 };
	}
	for (int d = 0; d < DEVICES; d++) {
		snprintf(names[d], sizeof(names[d]), "s%d/d%d", d / 4, d % 4);
		devices[d] = (struct device){ .conf = { .name = names[d], .period = S,
		    .enabled = true }, .profile = &profile, .taps = taps[d] };
		for (int i = 0; i < POINTS; i++) {
			const struct series series = { .device = names[d],
			    .point = point_names[i], .unit = "mg/m3", .raw = "f32",
			    .decimals = 2 };

			taps[d][i].series = journal_series(journal, &series);
		}
	}
}

static int64_t
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
store(const struct entry *e)
{
	int64_t mono = (wall - BEGIN) * 1000;

	while (journal_append(journal, e, COMMIT_LAZY, mono, wall, true) == 0) {
		journal_tick(journal, mono + 3600 * S);
		journal_work(journal);
		journal_reap(journal, mono);
	}
}

static void
finished(void *owner, const struct statistic *s)
{
	const struct entry e = { .kind = ENTRY_STATISTIC, .statistic = *s };

	(void)owner;
	told++;
	store(&e);
}

/* In the pipeline other work has its turn between two of these. */
static void
end_intervals(struct statistics *s)
{
	while (statistics_deadline(s) <= wall) {
		int64_t began = cpu(), took;

		statistics_tick(s, wall, TURN);
		took = cpu() - began;
		longest = took > longest ? took : longest;
	}
}

static double
run(struct statistics *s)
{
	struct chance chance = { .state = 1 };
	struct entry e = { .kind = ENTRY_READING };
	int64_t began = cpu();

	for (int i = 0; i < SECONDS * RATE; i++) {
		wall = BEGIN + (int64_t)i * 1000 / RATE;
		e.reading.series = taps[i % RATE / POINTS][i % POINTS].series;
		e.reading.value = (struct value){ .kind = VALUE_F32,
		    .f = (float)chance_below(&chance, 1000) / 100 };
		e.reading.time = wall;
		e.reading.mono = e.reading.due = (wall - BEGIN) * 1000;
		if (s != NULL)
			statistics_take(s, &e.reading, wall);
		store(&e);
		if (s != NULL && i % (RATE / 100) == 0)
			end_intervals(s);
	}
	return (double)(cpu() - began) / ((double)SECONDS * RATE);
}

static void
take(void *s, const struct entry *e)
{
	if (e->kind == ENTRY_READING)
		statistics_replay(s, &e->reading, e->stored);
	else if (e->kind == ENTRY_STATISTIC)
		statistics_replay_told(s, &e->statistic);
}

static struct disk *
open_journal(const char *folder)
{
	static int64_t times;
	const struct journal_conf conf = { .commit = S, .cap = 256 << 20, .buffer = 1 << 20,
	    .boot = 1 };
	char why[256];
	struct disk *disk;

	disk = disk_folder(folder, true);
	CHECK(disk != NULL);
	journal = journal_open(disk, &conf, ++times, BEGIN, why, sizeof(why));
	CHECK(journal != NULL);
	journal_pin(journal, LANE_TELEMETRY, UINT64_MAX);
	return disk;
}

static void
close_journal(struct disk *disk)
{
	journal_close(journal, (wall - BEGIN) * 1000, wall, true);
	disk_close(disk);
}

static void
clear(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *d;

	CHECK(dir != NULL);
	while ((d = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), d->d_name, 0);
	closedir(dir);
}

/* What a start does with it. */
static void
restart(const struct statistic_conf *conf, const char *folder)
{
	static struct err room[ERRS_MAX];
	struct errs errs = { .at = room };
	struct arena arena = { .at = calloc(1, ROOM), .cap = ROOM };
	struct disk *disk = open_journal(folder);
	struct statistics *s = statistics_new(conf, 1, devices, DEVICES, &arena, &errs);
	int64_t began = cpu();

	CHECK(s != NULL && statistics_start(s, &utc, &arena) == 0);
	statistics_on_finish(s, finished, NULL);
	CHECK(journal_replay(journal, statistics_since(s, journal_newest(journal)), take, s) == 0);
	statistics_replay_end(s, wall);
	printf("read anew at a start %6.2f s for %d readings\n", (double)(cpu() - began) / 1e9,
	    RATE * SECONDS);
	close_journal(disk);
	free(arena.at);
}

int
main(void)
{
	struct statistic_conf conf = { .select = "*", .weight = "", .minute = 60 * S,
	    .hour = true, .day = true, .late = 5 * S, .valid = 75 };
	static struct err room[ERRS_MAX];
	struct errs errs = { .at = room };
	struct arena arena = { .at = calloc(1, ROOM), .cap = ROOM };
	struct statistics *s;
	char folder[] = "/tmp/b_statistics.XXXXXX";
	double without, with;
	struct disk *disk;

	CHECK(mkdtemp(folder) != NULL);
	disk = open_journal(folder);
	prepare();
	without = run(NULL);
	close_journal(disk);
	clear(folder);
	disk = open_journal(folder);
	prepare();
	s = statistics_new(&conf, 1, devices, DEVICES, &arena, &errs);
	CHECK(s != NULL && statistics_start(s, &utc, &arena) == 0);
	statistics_on_finish(s, finished, NULL);
	with = run(s);
	close_journal(disk);
	printf("%d points at %d readings/s, minutes, hours and days of all:\n",
	    DEVICES * POINTS, RATE);
	printf("readings stored      %6.0f ns a reading, %5.2f %% of a core\n", without,
	    without * RATE / 1e7);
	printf("and statistics       %6.0f ns a reading, %5.2f %% of a core, ratio %.2f\n", with,
	    with * RATE / 1e7, with / without);
	printf("statistics told      %6llu, the longest turn %.2f ms (wanted <= 100)\n",
	    (unsigned long long)told, (double)longest / 1e6);
	printf("memory               %6zu bytes a point\n", arena.used / (DEVICES * POINTS));
	restart(&conf, folder);
	clear(folder);
	rmdir(folder);
	free(arena.at);
	return longest <= 100000000 ? EXIT_SUCCESS : EXIT_FAILURE;
}
