/* What a replay of the past costs: 30 days of 100 points, read once a minute, through
 * the rules of a configuration; the journal as the gateway writes it. */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../gateway/journal/journal.h"
#include "../../gateway/words/replay.h"
#include "../check.h"
#include "../sim/chance.h"

#define DEVICES		25
#define POINTS		4	/* of a device */
#define DAYS		30
#define S		1000000LL
#define BEGIN		1789999200000LL	/* UTC ms */
#define MINUTES		(DAYS * 1440)
#define WANTED		3.0	/* s */

static char folder[] = "/tmp/b_replay.XXXXXX";
static uint32_t series[DEVICES][POINTS];
static struct journal *journal;
static int64_t mono = S;

static FILE *
make(const char *name)
{
	char path[120];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "we");
	CHECK(f != NULL);
	return f;
}

/* Limits with a delay, a sliding mean, silence, the mean by the clock, and a derived
 * point. */
static void
write_conf(void)
{
	FILE *f = make("x4.conf");

	fprintf(f, "name = \"x4\"; maker = \"m\"; model = \"x\"; family = \"io\"; source = \"s\"; "
	    "confidence = \"A\"; points = (");
	for (int i = 0; i < POINTS; i++)
		fprintf(f, "%s{ name = \"p%d\"; register = %d; raw = \"f32\"; order = \"ABCD\"; "
		    "function = 3; }", i > 0 ? ", " : "", i, 2 * i);
	fprintf(f, " );\n");
	fclose(f);
	f = make("t.conf");
	fprintf(f, "gateway = { id = \"b\"; zone = \"Asia/Shanghai\"; control = \"%s/c\"; "
	    "profiles = (\"%s\"); store = { dir = \"%s/store\"; }; };\n"
	    "links = ( { name = \"l\"; kind = \"tcp\"; host = \"127.0.0.1\"; } );\ndevices = (",
	    folder, folder, folder);
	for (int i = 0; i < DEVICES; i++)
		fprintf(f, "%s{ name = \"s%d/d\"; link = \"l\"; unit = \"%d\"; profile = \"x4\"; "
		    "period = \"1min\"; }", i > 0 ? ",\n" : "", i, i + 1);
	fprintf(f, ");\nderived = ( { name = \"sum\"; value = \"p0 + p1\"; } );\n"
	    "statistics = ( { select = \"*\"; minute = \"10min\"; hour = true; day = true; } );\n"
	    "rules = ( { name = \"a\"; when = \"p0 > 9.9\"; on_delay = \"1min\"; }, "
	    "{ name = \"b\"; when = \"mean(p1, 1h) > 5.5\"; deadband = 0.2; }, "
	    "{ name = \"c\"; when = \"stale(p2, 5min)\"; }, "
	    "{ name = \"d\"; when = \"mean(p3, clock 10min) > 7\"; } );\n");
	fclose(f);
}

static void
store(const struct entry *e, int64_t wall)
{
	while (journal_append(journal, e, COMMIT_LAZY, mono, wall, true) == 0) {
		journal_tick(journal, mono + 3600 * S);
		journal_work(journal);
		journal_reap(journal, mono);
	}
}

static void
number(void)
{
	for (int d = 0; d < DEVICES; d++)
		for (int p = 0; p < POINTS; p++) {
			char device[16], point[8];
			const struct series s = { .device = device, .point = point, .unit = "",
			    .raw = "f32", .decimals = -1 };

			snprintf(device, sizeof(device), "s%d/d", d);
			snprintf(point, sizeof(point), "p%d", p);
			series[d][p] = journal_series(journal, &s);
		}
}

/* Each device at a second of its own; all points of one at once. */
static void
fill(void)
{
	const struct journal_conf conf = { .commit = S, .cap = 1 << 30, .buffer = 1 << 20,
	    .boot = 1 };
	char path[120], why[256];
	struct disk *disk;
	struct chance chance = { .state = 1 };
	struct entry e = { .kind = ENTRY_READING };

	snprintf(path, sizeof(path), "%s/store", folder);
	disk = disk_folder(path, true);
	CHECK(disk != NULL);
	journal = journal_open(disk, &conf, mono, BEGIN, why, sizeof(why));
	CHECK(journal != NULL);
	journal_pin(journal, LANE_TELEMETRY, UINT64_MAX);
	number();
	for (int i = 0; i < MINUTES * DEVICES; i++) {
		int64_t wall = BEGIN + i / DEVICES * 60000LL + i % DEVICES * 2000;

		mono = S + (wall - BEGIN) * 1000;
		for (int p = 0; p < POINTS; p++) {
			e.reading.series = series[i % DEVICES][p];
			e.reading.value = (struct value){ .kind = VALUE_F32,
			    .f = (float)chance_below(&chance, 1000) / 100 };
			e.reading.time = wall;
			e.reading.mono = e.reading.due = mono;
			store(&e, wall);
		}
	}
	journal_close(journal, mono, BEGIN + MINUTES * 60000LL, true);
	disk_close(disk);
}

static void
clear(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;

	CHECK(d != NULL);
	while ((e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	rmdir(dir);
}

static double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
run(void)
{
	char path[120], dir[120];
	struct errs *errs = config_errs();
	struct config *config;
	struct replay r;
	double began = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct compared *all;
	size_t n;

	snprintf(path, sizeof(path), "%s/t.conf", folder);
	snprintf(dir, sizeof(dir), "%s/store", folder);
	config = config_look(path, errs);
	config_errs_print(errs, stderr);
	CHECK(config != NULL && replay_open(&r, config, INT64_MIN, INT64_MAX, errs) == 0);
	CHECK(replay_journal(&r, dir) == 0);
	all = episodes_compare(&r.episodes, INT64_MIN, INT64_MAX, &n);
	began = seconds(CLOCK_MONOTONIC) - began;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	CHECK(r.readings == (uint64_t)MINUTES * DEVICES * POINTS && n > 0);
	printf("%llu readings of %d points in %d days, %zu alarms: %.2f s, CPU %.2f s, %.0f ns a "
	    "reading (target <= %.0f s)\n", (unsigned long long)r.readings, DEVICES * POINTS,
	    DAYS, n, began, cpu, cpu * 1e9 / (double)r.readings, WANTED);
	free(all);
	replay_close(&r);
	config_free(config);
	free(errs);
	return cpu;
}

int
main(int argc, char **argv)
{
	char dir[120];
	double took;

	(void)argv;
	CHECK(mkdtemp(folder) != NULL);
	write_conf();
	fill();
	took = run();
	if (argc > 1) {			/* for a profiler, or the program itself */
		printf("%s\n", folder);
		return took <= WANTED ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	snprintf(dir, sizeof(dir), "%s/store", folder);
	clear(dir);
	clear(folder);
	return took <= WANTED ? EXIT_SUCCESS : EXIT_FAILURE;
}
