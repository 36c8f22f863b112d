/* b_backlog [readings]: a store of a million readings that were missed is sent to a
 * database on loopback while instruments are read on: how fast, how late what is new
 * comes meanwhile, and for what processor time.  The database is one that unpacks,
 * counts and says 204; a real one is slower. */
#include <unistd.h>

#include "far.h"
#include "missed.h"
#include "sink.h"
#include "stand.h"

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
	missed_fill(&stand, readings, wall);
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
