/* b_alarm [s]: how long it takes from the last byte of an answer until the alarm that
 * it raises, or clears, is durable: 1,000 devices give 10,000 values a second, a backlog
 * is sent to a database on loopback, and 20 devices go over their limit and back.  Durable
 * is when the field role tells those who read the journal so, after its flush.  On the
 * same disk and in the same run 4 KiB are written and flushed by themselves. */
#include <fcntl.h>
#include <unistd.h>

#include "../../gateway/control.h"
#include "../../gateway/journal/reader.h"
#include "far.h"
#include "missed.h"
#include "sink.h"

#define LINES		200	/* of devices that are only load ... */
#define UNITS		5	/* ... so many on each */
#define POINTS		10
#define ALARMS		20	/* lines with a device that alarms */
#define TURN		2	/* polls from step to step of it */
#define LIMIT		20000	/* and more is over it */
#define STEPS		4096	/* of one device */
#define SAMPLES		(ALARMS * STEPS)
#define MISSED		3000000
#define REPLAY		20000	/* of them a second */
#define SETTLE		5	/* s, until all lines are up */
#define FEW		300	/* steps that say nothing */
#define MARGIN		5000	/* us beside the flushes */

struct samples {
	int64_t	us[SAMPLES];
	size_t	n;
};

static _Atomic int64_t	sent_at[ALARMS][STEPS];
static _Atomic bool	measured, over;
static struct samples	steps, bare;
static size_t		lost;
static struct stand	stand;

static int64_t
answer(struct far *far, struct far_channel *c, const struct far_ask *ask, uint8_t *registers)
{
	uint32_t step = ask->ordinal / TURN, value = ask->ordinal + ask->unit;

	(void)far;
	if (c->number < ALARMS)
		value = step % 2 == 1 ? LIMIT + step : step;
	for (size_t i = 0; i < ask->count; i++) {
		registers[2 * i] = (uint8_t)((value + i) >> 8);
		registers[2 * i + 1] = (uint8_t)(value + i);
	}
	return ask->heard;
}

static void
sent(struct far *far, struct far_channel *c, uint32_t ordinal)
{
	(void)far;
	if (c->number < ALARMS && ordinal % TURN == 0 && ordinal / TURN < STEPS)
		sent_at[c->number][ordinal / TURN] = mono_us();
}

static enum far_kind
kind_of(size_t i)
{
	(void)i;
	return FAR_TCP;
}

static void
take(struct sink *s, char *text, size_t n)
{
	(void)s, (void)text, (void)n;
}

static void
profile(const char *name, int points)
{
	char file[64];
	FILE *f;

	snprintf(file, sizeof(file), "%s.conf", name);
	f = stand_file(&stand, file);
	fprintf(f, "name = \"%s\"; maker = \"none\"; model = \"%s\"; family = \"io\";\n"
	    "source = \"tests/bench\"; confidence = \"A\";\npoints = (\n", name, name);
	for (int i = 0; i < points; i++)
		fprintf(f, "%s{ name = \"p%d\"; register = %d; raw = \"u16\"; }",
		    i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\n");
	fclose(f);
}

static void
configure(const struct far *far, const struct sink *sink)
{
	FILE *f;

	profile("meter", POINTS);
	profile("probe", 1);
	f = stand_conf(&stand);
	far_links(far, "", f);
	fprintf(f, "devices = (\n");
	for (int i = 0; i < ALARMS; i++)
		fprintf(f, "{ name = \"probe/%d\"; link = \"l%d\"; unit = \"1\"; "
		    "profile = \"probe\"; period = \"%dms\"; },\n", i, i, 250 + 13 * i);
	for (int i = 0; i < LINES * UNITS; i++)
		fprintf(f, "%s{ name = \"meter/%d\"; link = \"l%d\"; unit = \"%d\"; "
		    "profile = \"meter\"; period = \"1s\"; }", i > 0 ? ",\n" : "", i,
		    ALARMS + i / UNITS, i % UNITS + 1);
	fprintf(f, "\n);\nrules = ( { name = \"high\"; on = \"probe/*\"; when = \"p0 >= %d\"; "
	    "priority = \"high\"; },\n{ name = \"load\"; on = \"meter/*\"; "
	    "when = \"p0 > 65000 or p1 > 65000\"; } );\n"
	    "alarms = { chatter = 20; chatter_window = \"1s\"; flood = 1000; "
	    "flood_window = \"1s\"; };\n"
	    "uplinks = ( { name = \"city\"; kind = \"influx\"; database = \"d\"; "
	    "url = \"http://127.0.0.1:%u\"; replay_rate = %d; } );\n", LIMIT, sink->port,
	    REPLAY);
	fclose(f);
}

static void
add(struct samples *s, int64_t us)
{
	if (measured && s->n < SAMPLES)
		s->us[s->n++] = us;
}

static void
durable(const struct alarm_entry *a, int64_t now)
{
	int device;
	double value;
	size_t step;

	if (sscanf(a->device, "probe/%d", &device) != 1 || device < 0 || device >= ALARMS ||
	    (a->event != ALARM_EV_ENTER && a->event != ALARM_EV_LEAVE) ||
	    !value_number(&a->value, &value))
		return;
	step = (size_t)value % LIMIT;
	if (step >= STEPS)
		return;
	/* the first step of a line may be that of a second try */
	if (sent_at[device][step] == 0 || now < sent_at[device][step])
		lost++;
	else
		add(&steps, now - sent_at[device][step]);
}

/* As a thread that sends: told how far all is durable, it reads so far. */
static void *
follow(void *arg)
{
	static struct message m;
	char path[100];
	struct disk *folder;
	struct reader *r;
	struct entry e;
	struct gap gap;
	int fd;

	(void)arg;
	snprintf(path, sizeof(path), "%s/store", stand.dir);
	folder = disk_folder(path, false);
	r = reader_open_nameless(folder);
	snprintf(path, sizeof(path), "%s/control", stand.dir);
	fd = control_connect(path);
	NEED(r != NULL && fd >= 0 && control_send(fd, MESSAGE_QUERY, 1, "", 0) == 0);
	reader_seek(r, LANE_ALARM, 0);
	while (!over) {
		int got = control_receive(fd, &m, 100);
		int64_t now = mono_us();
		struct durable d;

		NEED(got >= 0);
		if (got == 0 || m.kind != MESSAGE_GREW)
			continue;
		memcpy(d.seq, m.body, sizeof(d.seq));	/* little-endian, as we are */
		while (reader_next(r, d.seq[LANE_ALARM], &e, &gap) == READ_ENTRY)
			if (e.kind == ENTRY_ALARM && !(e.flags & ENTRY_SNAPSHOT))
				durable(&e.alarm, now);
	}
	close(fd);
	reader_close(r);
	disk_close(folder);
	return NULL;
}

/* What the disk can do at all: one block in place. */
static void *
flush_bare(void *arg)
{
	static uint8_t block[4096];
	char path[100];
	int fd;

	(void)arg;
	snprintf(path, sizeof(path), "%s/bare", stand.dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	NEED(fd >= 0 && pwrite(fd, block, sizeof(block), 0) == sizeof(block) && fsync(fd) == 0);
	while (!over) {
		int64_t begun = mono_us();

		block[0]++;
		NEED(pwrite(fd, block, sizeof(block), 0) == sizeof(block) && fdatasync(fd) == 0);
		add(&bare, mono_us() - begun);
		usleep(25000);
	}
	close(fd);
	return NULL;
}

static int
by_length(const void *a, const void *b)
{
	int64_t p = *(const int64_t *)a, q = *(const int64_t *)b;

	return p < q ? -1 : p > q;
}

static int64_t
tell(const char *what, struct samples *s)
{
	NEED(s->n > 0);
	qsort(s->us, s->n, sizeof(s->us[0]), by_length);
	printf("  %s: %zu, median %.2f ms, p99 %.2f ms, longest %.2f ms\n", what, s->n,
	    (double)s->us[s->n / 2] / 1e3, (double)s->us[s->n * 99 / 100] / 1e3,
	    (double)s->us[s->n - 1] / 1e3);
	return s->us[s->n * 99 / 100];
}

static int64_t
unsent(void)
{
	json_t *status = stand_status(&stand);
	int64_t n = stand_sum(status, "uplinks", "backlog");

	json_decref(status);
	return n;
}

int
main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 40;
	struct far far = { .answer = answer, .sent = sent };
	struct sink sink = { .take = take };
	int64_t before, after, took, p99, most;
	pthread_t follower, flusher;
	uint64_t asked;

	stand_make(&stand);
	missed_fill(&stand, MISSED, wall_us() / 1000 - 2 * 3600 * 1000 - MISSED);
	far_open(&far, ALARMS + LINES, kind_of);
	far_start(&far);
	sink_start(&sink);
	configure(&far, &sink);
	stand_start(&stand, "build/tidegate");
	NEED(pthread_create(&follower, NULL, follow, NULL) == 0);
	NEED(pthread_create(&flusher, NULL, flush_bare, NULL) == 0);
	sleep(SETTLE);
	before = unsent();
	asked = far.asked;
	took = mono_us();
	measured = true;
	sleep(seconds);
	measured = false;
	took = mono_us() - took;
	asked = far.asked - asked;
	after = unsent();
	over = true;
	pthread_join(follower, NULL);
	pthread_join(flusher, NULL);
	stand_stop(&stand);
	sink_stop(&sink);
	far_stop(&far);
	printf("alarms under load, %.0f s: %.0f polls a second, some %.0f values; %lld of the "
	    "backlog sent, %lld left\n", (double)took / 1e6, (double)asked / (double)took * 1e6,
	    ((double)asked / (double)took * 1e6 - ALARMS * 2.7) * POINTS,
	    (long long)(before - after), (long long)after);
	p99 = tell("4 KiB written and flushed", &bare);
	most = 3 * p99 + MARGIN;
	p99 = tell("from the answer until its alarm is durable", &steps);
	printf("  p99 %.2f ms (<= 3 times that of a flush and 5 ms: %.2f ms); %zu not known\n",
	    (double)p99 / 1e3, (double)most / 1e3, lost);
	stand_remove(&stand);
	return steps.n < FEW || after <= 0 || after >= before || p99 > most;
}
