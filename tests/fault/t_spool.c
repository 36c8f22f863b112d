/* A store that is written as fast as it goes, by the real helper thread on a
 * real folder, until somebody kills the program or the power.
 *
 *	t_spool			kills itself 100 times (KILLS=n) and judges
 *	t_spool FOLDER T A [noflush]
 *				judges what is there (so many entries are known
 *				to be safe in the two lanes), then spools and
 *				says "durable T A" after each commit
 */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../gateway/journal/reader.h"
#include "../check.h"
#include "../same_value.h"
#include "../sim/chance.h"

#define SERIES	5
#define START	1790000000000	/* UTC ms */

struct spool {
	struct disk		*folder;
	struct disk		 lying;		/* the folder, with no flush */
	struct journal		*journal;
	uint32_t		 series[SERIES];
	uint64_t		 made[LANES];	/* entries, ever; they are numbered */
	uint64_t		 safe[LANES];	/* told of as durable */
	char			 text[64];
};

static int64_t
mono_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int
no_flush(void *ctx, int fd)
{
	(void)ctx, (void)fd;
	return 0;
}

/* The n-th entry of a lane, ever. */
static void
entry_of(struct spool *s, enum lane lane, uint64_t n, struct entry *e)
{
	struct chance c = { .state = n };
	uint64_t figure = chance_next(&c);

	if (lane == LANE_ALARM) {
		snprintf(s->text, sizeof s->text, "alarm %" PRIx64, figure);
		*e = (struct entry){ .kind = ENTRY_ALARM, .alarm = {
			.rule = "rule", .device = "device", .series = s->series[0],
			.alarm.active = true, .alarm.unacked = n & 1, .alarm.since = (int64_t)n,
			.time = (int64_t)n, .text_en = s->text, .text_zh = "", .who = ""
		} };
		return;
	}
	*e = (struct entry){ .kind = ENTRY_READING, .reading = {
		.series = s->series[n % SERIES], .time = START + (int64_t)n,
		.value = { .kind = VALUE_F64, .d = (double)(figure % 100000) / 100 }
	} };
}

static uint64_t
number_of(const struct entry *e)
{
	return (uint64_t)(e->kind == ENTRY_ALARM ? e->alarm.time : e->reading.time - START);
}

static bool
entry_is(struct spool *s, enum lane lane, const struct entry *e)
{
	struct entry want;

	entry_of(s, lane, number_of(e), &want);
	if (e->kind != want.kind)
		return false;
	if (e->kind == ENTRY_ALARM)
		return strcmp(e->alarm.text_en, want.alarm.text_en) == 0 &&
		    e->alarm.alarm.since == want.alarm.alarm.since;
	return e->reading.series == want.reading.series &&
	    same_value(&e->reading.value, &want.reading.value);
}

static void
told(void *ctx, const struct entry *e)
{
	struct spool *s = ctx;

	if (!(e->flags & ENTRY_SNAPSHOT))
		s->safe[e->kind == ENTRY_ALARM ? LANE_ALARM : LANE_TELEMETRY] = number_of(e);
}

static bool
standing(void *ctx, size_t i, struct alarm_entry *a)
{
	(void)ctx;
	*a = (struct alarm_entry){
		.rule = "rule", .device = "device", .alarm.active = true, .text_en = "",
		.text_zh = "", .who = ""
	};
	return i == 0;
}

static void
spool_open(struct spool *s, const char *path, bool flush)
{
	static const struct journal_conf conf = {
		.commit = 2000, .cap = 16 << 20, .buffer = 64 << 10, .boot = 1
	};
	char why[200] = "";

	*s = (struct spool){ .folder = disk_folder(path, true) };
	CHECK(s->folder != NULL);
	s->lying = *s->folder;
	if (!flush)
		s->lying.sync = no_flush;
	s->journal = journal_open(&s->lying, &conf, mono_now(), START, why, sizeof why);
	if (s->journal == NULL)
		fprintf(stderr, "did not open: %s\n", why);
	CHECK(s->journal != NULL);
	journal_on_durable(s->journal, told, s);
	journal_on_snapshot(s->journal, standing, NULL);
	for (size_t i = 0; i < SERIES; i++) {
		char point_of[NAME_MAX_BYTES];
		struct series row = { .device = "spool", .unit = "", .raw = "f64", .decimals = 2 };

		snprintf(point_of, sizeof(point_of), "p%zu", i);
		row.point = point_of;
		s->series[i] = journal_series(s->journal, &row);
		CHECK(s->series[i] == i + 1);
	}
}

/* Reads a lane to its end: the number of its last entry.  Counts what is wrong:
 * not what was written, damaged, or a number that does not follow. */
static uint64_t
read_lane(struct spool *s, enum lane lane, uint64_t limit, uint64_t *wrong)
{
	struct reader *r = reader_open(&s->lying);
	enum read_result result;
	uint64_t last = 0;
	struct entry e;
	struct gap gap;

	CHECK(r != NULL);
	reader_seek(r, lane, 1);
	while ((result = reader_next(r, limit, &e, &gap)) == READ_ENTRY || result == READ_GAP) {
		if (result == READ_GAP) {
			*wrong += gap.damaged || last != 0;	/* the oldest may be gone */
			continue;
		}
		if (e.flags & ENTRY_SNAPSHOT)
			continue;
		if (!entry_is(s, lane, &e) || (last != 0 && number_of(&e) != last + 1)) {
			fprintf(stderr, "lane %d: %" PRIu64 " after %" PRIu64 "\n", (int)lane,
			    number_of(&e), last);
			++*wrong;
		}
		last = number_of(&e);
	}
	*wrong += result == READ_FAILED;
	reader_close(r);
	return last;
}

/* How many acknowledged entries are gone, and others are wrong. */
static uint64_t
judge(struct spool *s, const uint64_t known[LANES])
{
	struct durable now = journal_durable(s->journal);
	uint64_t bad = 0;

	for (enum lane lane = 0; lane < LANES; lane++) {
		uint64_t last = now.seq[lane] > 0 ? read_lane(s, lane, now.seq[lane], &bad) : 0;

		if (last < known[lane]) {
			fprintf(stderr, "lane %d ends with %" PRIu64 ", %" PRIu64 " were safe\n",
			    (int)lane, last, known[lane]);
			bad += known[lane] - last;
		}
		s->made[lane] = s->safe[lane] = last;
	}
	return bad;
}

static void
spool_burst(struct spool *s, size_t n)
{
	while (n-- > 0) {
		enum lane lane = n % 7 == 3 ? LANE_ALARM : LANE_TELEMETRY;
		struct entry e;

		entry_of(s, lane, s->made[lane] + 1, &e);
		if (journal_append(s->journal, &e, lane == LANE_ALARM ? COMMIT_ALARM : COMMIT_LAZY,
		    mono_now(), START, true) == 0)
			return;			/* no room just now */
		s->made[lane]++;
	}
}

/* For ever. */
static void
spool(struct spool *s, int out)
{
	struct chance c = { .state = s->made[0] };
	struct pollfd done = { .fd = journal_thread(s->journal), .events = POLLIN };
	uint64_t before = 0;
	char line[64];

	CHECK(done.fd >= 0);
	for (;;) {
		spool_burst(s, 1 + chance_below(&c, 40));
		journal_tick(s->journal, mono_now());
		poll(&done, 1, 1);
		journal_reap(s->journal, mono_now());
		if (s->safe[0] + s->safe[1] == before)
			continue;
		before = s->safe[0] + s->safe[1];
		snprintf(line, sizeof line, "durable %" PRIu64 " %" PRIu64 "\n", s->safe[0],
		    s->safe[1]);
		if (write(out, line, strlen(line)) < 0)
			exit(1);
	}
}

/* The last whole line that came before the end. */
static void
last_line(int in, uint64_t known[LANES])
{
	static char text[1 << 20];
	size_t n = 0;
	ssize_t got;

	while (n < sizeof text - 1 && (got = read(in, text + n, sizeof text - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		CHECK(sscanf(line, "durable %" SCNu64 " %" SCNu64, &known[0], &known[1]) == 2);
	}
}

static void
kill_in_the_midst(const char *folder, uint64_t known[LANES], struct chance *c, long slow)
{
	long ns = slow * (2000000 + (long)chance_below(c, 28000000));
	struct timespec nap = { ns / 1000000000, ns % 1000000000 };
	int pipes[2], status;
	pid_t child;

	CHECK(pipe(pipes) == 0);
	if ((child = fork()) == 0) {
		struct spool s;

		close(pipes[0]);
		spool_open(&s, folder, true);
		if (judge(&s, known) > 0)
			exit(3);
		spool(&s, pipes[1]);
	}
	close(pipes[1]);
	nanosleep(&nap, NULL);
	kill(child, SIGKILL);
	last_line(pipes[0], known);
	close(pipes[0]);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void
remove_each(void *ctx, const char *name)
{
	struct disk *d = ctx;

	d->unlink(d->ctx, name);
}

static void
kill_9_at_random_moments_loses_nothing(void)
{
	const char *more = getenv("KILLS");
	unsigned long kills = more == NULL ? 100 : strtoul(more, NULL, 10);
	long slow = 1;
	char folder[] = "/tmp/tidegate-spool-XXXXXX";
	uint64_t known[LANES] = { 0 };
	struct chance c = { .state = 11 };
	struct spool s;

	CHECK(mkdtemp(folder) != NULL);
	for (unsigned long i = 0; i < kills; i++) {
		uint64_t before = known[0] + known[1];

		kill_in_the_midst(folder, known, &c, slow);
		/* one that is always killed before it stores shows nothing */
		slow = known[0] + known[1] > before ? 1 : slow < 32 ? 2 * slow : 32;
	}
	spool_open(&s, folder, true);
	CHECK(judge(&s, known) == 0);
	journal_close(s.journal, mono_now(), START, true);
	printf("  %lu kills, %" PRIu64 " and %" PRIu64 " entries safe, none lost\n", kills,
	    known[0], known[1]);
	CHECK(known[0] > kills && known[1] > 0);
	s.folder->list(s.folder->ctx, remove_each, s.folder);
	disk_close(s.folder);
	CHECK(rmdir(folder) == 0);
}

static int
spool_in(char **args, int n)
{
	const uint64_t known[LANES] = {
		strtoull(args[1], NULL, 10), strtoull(args[2], NULL, 10)
	};
	struct spool s;
	uint64_t bad;

	spool_open(&s, args[0], n < 4);
	if ((bad = judge(&s, known)) > 0) {
		printf("lost %" PRIu64 "\n", bad);
		fflush(stdout);
		return 3;
	}
	printf("checked %" PRIu64 " %" PRIu64 "\n", s.made[0], s.made[1]);
	fflush(stdout);
	spool(&s, STDOUT_FILENO);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 3)
		return spool_in(argv + 1, argc - 1);
	RUN(kill_9_at_random_moments_loses_nothing);
	return 0;
}
