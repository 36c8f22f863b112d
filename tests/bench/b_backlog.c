/* b_backlog [readings]: a store of a million readings that were missed is sent to a
 * database on loopback while instruments are read on: how fast, how late what is new
 * comes meanwhile, and for what processor time.  The database is one that unpacks,
 * counts and says 204; a real one is slower. */
#include <sys/stat.h>
#include <unistd.h>

#include "../../gateway/journal/journal.h"
#include "far.h"
#include "sink.h"
#include "stand.h"

#define DEVICES		100	/* of the store */
#define POINTS		10
#define COMMIT		1000	/* readings */
#define LIVE		10	/* devices that are read meanwhile, of so many points */
#define WANTED		100000.0
#define LATEST		5000	/* ms that live may be late */
#define PATIENCE	300	/* s */

static _Atomic uint64_t	missed, live, twice;
static _Atomic int64_t	began, ended, newest, latest;
static uint8_t		*seen;		/* of each missed reading, times */
static size_t		readings = 1000000;
static int64_t		wall;		/* ms of the first */

static void
remember(const char *time)
{
	size_t i = (size_t)(strtoll(time, NULL, 10) - wall);

	NEED(i < readings);
	twice += seen[i]++ > 0;
	missed++;
}

/* How old is the newest that is there, at the moment before more comes? */
static void
look(int64_t now)
{
	if (newest != 0 && now - newest > latest)
		latest = now - newest;
}

static void
take(struct sink *s, char *text, size_t n)
{
	int64_t now = wall_us() / 1000, time;

	(void)s, (void)n;
	if (began == 0)
		began = mono_us();
	look(now);
	for (char *at = text, *end; *at != '\0'; at = end + 1) {
		end = strchr(at, '\n');
		*end = '\0';
		if (strstr(at, ",device=old/") != NULL) {
			remember(strrchr(at, ' ') + 1);
			continue;
		}
		if (strstr(at, ",device=new/") == NULL)
			continue;
		time = strtoll(strrchr(at, ' ') + 1, NULL, 10);
		live++;
		if (time > newest)
			newest = time;
	}
	if (missed == readings && ended == 0)
		ended = mono_us();
}

/* Each reading has a moment of its own, by which it is known again. */
static void
fill_store(const struct stand *stand)
{
	const struct journal_conf conf = { .commit = 1000000, .cap = 512 << 20,
	    .buffer = 256 << 10, .boot = 7 };
	uint32_t series[DEVICES * POINTS];
	char path[100], why[200] = "";
	int64_t mono = 1000000;
	struct disk *folder;
	struct journal *j;

	snprintf(path, sizeof(path), "%s/store", stand->dir);
	NEED(mkdir(path, 0700) == 0);
	folder = disk_folder(path, true);
	j = journal_open(folder, &conf, mono, wall, why, sizeof(why));
	NEED(j != NULL);
	for (int i = 0; i < DEVICES * POINTS; i++) {
		char device_of[NAME_MAX_BYTES];
		char point_of[NAME_MAX_BYTES];
		struct series row = { .unit = "mg/m3", .raw = "f32", .decimals = 2 };

		snprintf(device_of, sizeof(device_of), "old/%d", i / POINTS);
		row.device = device_of;
		snprintf(point_of, sizeof(point_of), "point%d", i % POINTS);
		row.point = point_of;
		series[i] = journal_series(j, &row);
	}
	for (size_t i = 0; i < readings; i++, mono += 1000) {
		const struct entry e = { .kind = ENTRY_READING, .reading = {
		    .series = series[i % (DEVICES * POINTS)], .time = wall + (int64_t)i,
		    .mono = mono, .due = mono, .value = { .kind = VALUE_F64,
		    .d = (double)(1000 + i * 7919 % 997) / 100 } } };
		bool last = i % COMMIT == COMMIT - 1 || i + 1 == readings;

		NEED(journal_append(j, &e, last ? COMMIT_WAITED : COMMIT_LAZY, mono,
		    wall + (int64_t)i, true) != 0);
		if (!last)
			continue;
		journal_tick(j, mono);
		NEED(journal_work(j));
		journal_reap(j, mono);
	}
	journal_close(j, mono, wall + (int64_t)readings, true);
	disk_close(folder);
}

static int64_t
answer(struct far *far, struct far_channel *c, const struct far_ask *ask, uint8_t *registers)
{
	(void)far, (void)c;
	for (size_t i = 0; i < ask->count; i++) {
		registers[2 * i] = (uint8_t)(ask->ordinal >> 8);
		registers[2 * i + 1] = (uint8_t)(ask->ordinal + i);
	}
	return ask->heard;
}

static enum far_kind
kind_of(size_t i)
{
	(void)i;
	return FAR_TCP;
}

static void
configure(const struct stand *stand, const struct far *far, const struct sink *sink)
{
	FILE *f = stand_file(stand, "meter.conf");

	fprintf(f, "name = \"meter\"; maker = \"none\"; model = \"meter\"; family = \"io\";\n"
	    "source = \"tests/bench\"; confidence = \"A\";\npoints = (\n");
	for (int i = 0; i < LIVE; i++)
		fprintf(f, "%s{ name = \"p%d\"; register = %d; raw = \"u16\"; }",
		    i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\n");
	fclose(f);
	f = stand_conf(stand);
	far_links(far, "", f);
	fprintf(f, "devices = (\n");
	for (int i = 0; i < LIVE; i++)
		fprintf(f, "%s{ name = \"new/%d\"; link = \"l%d\"; unit = \"1\"; profile = \"meter\"; "
		    "period = \"1s\"; }", i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\nuplinks = ( { name = \"city\"; kind = \"influx\"; database = \"d\"; "
	    "url = \"http://127.0.0.1:%u\"; replay_rate = 0; } );\n", sink->port);
	fclose(f);
}

/* Seconds of the role that sends. */
static double
cpu(const struct stand *stand)
{
	char path[64];
	double sum = 0;
	int child;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", stand->pid, stand->pid);
	f = fopen(path, "r");
	NEED(f != NULL);
	while (fscanf(f, "%d", &child) == 1) {
		unsigned long user = 0, system = 0;
		FILE *stat;

		snprintf(path, sizeof(path), "/proc/%d/stat", child);
		stat = fopen(path, "r");
		NEED(stat != NULL && fscanf(stat, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u "
		    "%*u %*u %lu %lu", &user, &system) == 2);
		sum += (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
		fclose(stat);
	}
	fclose(f);
	return sum;
}

int
main(int argc, char **argv)
{
	struct far far = { .answer = answer };
	struct sink sink = { .take = take };
	struct stand stand;
	double took, spent;
	int64_t until;

	if (argc > 1)
		readings = strtoul(argv[1], NULL, 10);
	seen = calloc(readings, 1);
	NEED(seen != NULL);
	wall = wall_us() / 1000 - 2 * 3600 * 1000 - (int64_t)readings;
	stand_make(&stand);
	fill_store(&stand);
	far_open(&far, LIVE, kind_of);
	far_start(&far);
	sink_start(&sink);
	configure(&stand, &far, &sink);
	stand_start(&stand, "build/tidegate");
	until = mono_us() + PATIENCE * 1000000LL;
	while (ended == 0 && mono_us() < until)
		usleep(10000);
	look(wall_us() / 1000);
	spent = cpu(&stand);
	took = (double)((ended != 0 ? ended : mono_us()) - began) / 1e6;
	printf("backlog of %zu readings: %llu sent in %.1f s, %.0f a second (>= %.0f); %llu "
	    "twice\n", readings, (unsigned long long)missed, took, (double)missed / took, WANTED,
	    (unsigned long long)twice);
	printf("  live meanwhile: %llu readings, the newest never older than %lld ms (<= %d; "
	    "period and batch_age are 1 s each); %.2f s of processor time, %.1f bytes a reading\n",
	    (unsigned long long)live, (long long)latest, LATEST, spent,
	    (double)sink.bytes / (double)(missed + live));
	stand_stop(&stand);
	sink_stop(&sink);
	far_stop(&far);
	stand_remove(&stand);
	free(seen);
	return ended == 0 || twice > 0 || (double)missed / took < WANTED || latest > LATEST;
}
