/* b_cellular [seconds]: 500 devices of 20 values, one a connection, asked every 5 s
 * over a network that takes 600 ms there and back and loses 2 % of its segments.
 *
 * The loss is made by the far end, for there is no netem everywhere.  It lies beneath
 * TCP: a segment that is lost is no answer that is lost, it is one that comes later.
 * With one short segment under way nothing speeds this up: Linux repeats it after
 * two round trips and 200 ms (its tail loss probe; over an emulated link of this kind
 * most answers that were hit came after 2.0 s, as here), then after twice as long,
 * and what is sent behind it waits for it.  So each question and each answer takes half the round trip, draws
 * whether it is lost as often as it is sent, and never overtakes the one before it.
 * Lost acknowledgements delay nothing here.  What an ideal asker would get, who asks
 * at the moment and waits for ever, is drawn beside from the same losses. */
#include <unistd.h>

#include "far.h"
#include "stand.h"

#define DEVICES		500
#define VALUES		20
#define PERIOD		5000000		/* us */
#define PHASE		2000000		/* us from the start to the first poll: by
					 * then all connections stand */
#define ONE_WAY		300000		/* us */
#define JITTER		20000		/* us: more or less, each way */
#define LOSS		0.02
#define REPEAT		1400000		/* us until a lost segment goes again */
#define SLACK		20000		/* us: of the first question, which tells the grid */
#define WANTED		0.9995
#define ASKED		2000		/* questions to a device, at most */

static struct line {
	int64_t		there, back;	/* nothing arrives before these (mono us) */
	int64_t		heard[ASKED];	/* questions, as they were sent (mono us) */
	int64_t		told[ASKED];	/* and their answers, as they arrive */
	uint8_t		kept[ASKED];	/* readings of it in the file */
	uint32_t	n;
} lines[DEVICES];
static uint64_t	seed;
static enum far_kind kind;

static enum far_kind
kind_of(size_t i)
{
	(void)i;
	return kind;
}

/* How long a segment takes one way, sent again until it gets through. */
static int64_t
trip(uint64_t *draws)
{
	int64_t took = ONE_WAY + (int64_t)(JITTER * (2 * far_draw(draws) - 1));

	for (int64_t again = REPEAT; far_draw(draws) < LOSS; again *= 2)
		took += again;
	return took;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
answer(struct far *far, struct far_channel *c, const struct far_ask *ask, uint8_t *registers)
{
	struct line *line = &lines[c->number];

	(void)far;
	NEED(line->n == ask->ordinal && line->n < ASKED && ask->count == VALUES);
	line->there = later(line->there, ask->heard + trip(&seed));
	line->back = later(line->back, line->there + trip(&seed));
	line->heard[line->n] = ask->heard;
	line->told[line->n++] = line->back;
	for (size_t i = 0; i < VALUES; i++) {
		registers[2 * i] = (uint8_t)(ask->ordinal >> 8);
		registers[2 * i + 1] = (uint8_t)ask->ordinal;
	}
	return line->back;
}

static void
configure(const struct stand *stand, const struct far *far, const char *settings)
{
	FILE *f = stand_file(stand, "meter.conf");

	fprintf(f, "name = \"meter\"; maker = \"none\"; model = \"meter\"; family = \"io\";\n"
	    "source = \"tests/bench\"; confidence = \"A\";\npoints = (\n");
	for (int i = 0; i < VALUES; i++)
		fprintf(f, "%s{ name = \"p%d\"; register = %d; raw = \"u16\"; }",
		    i > 0 ? ",\n" : "", i, i);
	fprintf(f, "\n);\n");
	fclose(f);
	f = stand_conf(stand);
	far_links(far, settings, f);
	fprintf(f, "devices = (\n");
	for (int i = 0; i < DEVICES; i++)
		fprintf(f, "%s{ name = \"d%d\"; link = \"l%d\"; unit = \"1\"; profile = \"meter\"; "
		    "period = \"%dus\"; phase = \"%dus\"; }", i > 0 ? ",\n" : "", i, i, PERIOD,
		    PHASE);
	fprintf(f, "\n);\nuplinks = ( { name = \"local\"; kind = \"file\"; "
	    "path = \"%s/out.jsonl\"; rotate = \"0\"; } );\n", stand->dir);
	fclose(f);
}

/* Which answers were taken: each value is the ordinal of its question. */
static void
read_file(const struct stand *stand)
{
	char path[128], *text = NULL;
	size_t room = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/out.jsonl", stand->dir);
	f = fopen(path, "r");
	NEED(f != NULL);
	while (getline(&text, &room, f) > 0) {
		const char *device = strstr(text, "\"device\":\"d");
		const char *value = strstr(text, "\"value\":");
		unsigned long d, ordinal;

		if (device == NULL || value == NULL)
			continue;
		d = strtoul(device + 11, NULL, 10);
		ordinal = strtoul(value + 8, NULL, 10);
		NEED(d < DEVICES && ordinal < lines[d].n);
		lines[d].kept[ordinal]++;
	}
	free(text);
	fclose(f);
}

struct result {
	uint64_t cycles, late, unanswered, good;
	double	 ideal;
	int64_t	 p50, p99, worst;	/* us: the worst of all devices, by status */
	int64_t	 timeouts, skipped;
};

/* A cycle is good when it was asked in time and all its values came before the
 * next one was due, and are in the file. */
static void
judge_cycle(const struct line *line, int64_t due, struct result *r)
{
	bool in_time = false, answered = false;

	for (uint32_t i = 0; i < line->n; i++) {
		if (line->heard[i] < due || line->heard[i] >= due + PERIOD)
			continue;
		in_time |= line->heard[i] <= due + PERIOD / 10;
		answered |= line->kept[i] == VALUES && line->told[i] < due + PERIOD;
	}
	r->cycles++;
	r->late += !in_time;
	r->unanswered += !answered;
	r->good += in_time && answered;
}

/* All begin their first cycle at one moment: the first question of all tells it,
 * and may be a little late itself. */
static void
judge(int64_t end, struct result *r)
{
	int64_t start = INT64_MAX;
	uint64_t draws = 7, in_time = 0;

	for (size_t d = 0; d < DEVICES; d++)
		if (lines[d].n > 0 && lines[d].heard[0] < start)
			start = lines[d].heard[0];
	start -= SLACK;
	for (int64_t due = start; due + PERIOD <= end; due += PERIOD)
		for (size_t d = 0; d < DEVICES; d++)
			judge_cycle(&lines[d], due, r);
	for (int i = 0; i < 1000000; i++)
		in_time += trip(&draws) + trip(&draws) < PERIOD;
	r->ideal = (double)in_time / 1e6;
}

static int64_t
most(const json_t *status, const char *field)
{
	json_t *rows = json_object_get(status, "devices"), *row;
	int64_t worst = 0;
	size_t i;

	json_array_foreach(rows, i, row)
		worst = later(worst, json_integer_value(json_object_get(row, field)));
	return worst;
}

static void
run(const char *settings, unsigned seconds, struct result *r)
{
	struct far far = { .answer = answer };
	struct stand stand;
	json_t *status;
	int64_t end;

	memset(r, 0, sizeof(*r));
	memset(lines, 0, sizeof(lines));
	seed = 1;
	stand_make(&stand);
	far_open(&far, DEVICES, kind_of);
	configure(&stand, &far, settings);
	far_start(&far);
	stand_start(&stand, "build/tidegate");
	sleep(seconds + PHASE / 1000000);
	status = stand_status(&stand);
	end = mono_us();
	r->p50 = most(status, "lateness_p50_us");
	r->p99 = most(status, "lateness_p99_us");
	r->worst = most(status, "worst_lateness_us");
	r->timeouts = stand_sum(status, "devices", "timeouts");
	r->skipped = stand_sum(status, "devices", "skipped");
	json_decref(status);
	stand_stop(&stand);
	NEED(far.broken == 0);
	far_stop(&far);
	read_file(&stand);
	judge(end, r);
	stand_remove(&stand);
}

static bool
measure(const char *what, const char *settings, enum far_kind of, unsigned seconds, bool held)
{
	struct result r;
	double share;

	kind = of;
	run(settings, seconds, &r);
	share = (double)r.good / (double)r.cycles;
	printf("500 devices, 600 ms, 2 %% loss, %s: %llu polls due, %llu asked late, %llu not "
	    "answered before the next: %.5f%s, an ideal asker %.5f\n", what,
	    (unsigned long long)r.cycles, (unsigned long long)r.late,
	    (unsigned long long)r.unanswered, share, held ? " (>= 0.9995)" : "", r.ideal);
	printf("  lateness by status, of the worst device: p50 %.1f, p99 %.1f, longest %.1f ms; "
	    "%lld time-outs, %lld cycles skipped\n", (double)r.p50 / 1e3, (double)r.p99 / 1e3,
	    (double)r.worst / 1e3, (long long)r.timeouts, (long long)r.skipped);
	fflush(stdout);
	return !held || (share >= WANTED && r.cycles >= DEVICES * (seconds / 5 - 1));
}

int
main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 60;
	static const char cellular[] = "network = \"cellular\";";
	bool good = measure("Modbus TCP", cellular, FAR_TCP, seconds, true);

	good &= measure("RTU over TCP", cellular, FAR_RTU_TCP, seconds, true);
	measure("Modbus TCP, time-outs of a wire", "", FAR_TCP, seconds / 2, false);
	measure("RTU over TCP, time-outs of a wire", "", FAR_RTU_TCP, seconds / 2, false);
	if (!good)
		printf("b_cellular: below its target\n");
	return !good;
}
