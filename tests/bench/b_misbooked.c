/* b_misbooked [polls [late]]: are answers that come late booked to questions that
 * they do not answer?  The built program on 120 lines of every kind, whose
 * instruments answer one question in twenty later than its time-out, by up to
 * twice that.  Each value tells channel, unit, register and the ordinal of the
 * question, so that each reading in the file can be judged.  Then the same with a
 * program without barriers, which the rig has to notice. */
#include <unistd.h>

#include "../../protocols/rtt.h"
#include "far.h"
#include "stand.h"

#define CHANNELS	120
#define UNITS		2	/* of a channel */
#define BLOCKS		3	/* of a unit: two of one length, one shorter */
#define POLLS		100000
#define LATE		5000
#define LIMIT		240	/* s */
#define LATE_SHARE	0.05
#define FASTEST		2000	/* us: answers in time take so long ... */
#define SLOWEST		60000	/* ... to so long */
#define FLOOR		200000	/* us: the time-outs of the configuration */
#define CEILING		1000000
#define CLOSE		20000	/* us: so near to the next question of its like, a
				 * time cannot tell whose a reading is */
#define KINDS		3

static const char *const kind_names[KINDS] = { "Modbus TCP", "RTU over TCP", "RTU on ptys" };
static const uint16_t block_first[BLOCKS] = { 0, 10, 20 };

/* What became of a question, as its instrument saw it. */
struct event {
	int64_t	heard, gone;	/* wall us: the question; its answer */
	uint8_t	unit, block;
	uint8_t	seen;		/* readings of it: a bit a point of the block */
	bool	 late;		/* than its time-out: so it was meant */
	bool	 close;		/* read right before the same was asked again */
};

struct record {
	struct event	*at;
	uint32_t	 n, cap;
	struct rtt	 rtt;	/* as the gateway learns it, so that late is late */
	int64_t		*took;	/* us, of each */
};

static struct record	records[CHANNELS];
static uint64_t		seed;

static enum far_kind
kind_of(size_t i)
{
	return i % 4 == 0 ? FAR_RTU_PTY : i % 2 == 0 ? FAR_TCP : FAR_RTU_TCP;
}

static void
note(struct record *r, const struct far_ask *ask)
{
	uint8_t block = 0;

	if (r->n == r->cap) {
		r->cap = r->cap > 0 ? 2 * r->cap : 1024;
		r->at = realloc(r->at, r->cap * sizeof(*r->at));
		r->took = realloc(r->took, r->cap * sizeof(*r->took));
		NEED(r->at != NULL && r->took != NULL);
	}
	NEED(r->n == ask->ordinal && r->n <= UINT16_MAX);
	while (block < BLOCKS - 1 && block_first[block] != ask->first)
		block++;
	r->at[r->n++] = (struct event){ .heard = wall_us(), .unit = ask->unit, .block = block };
}

/* 8 bits of the channel, 4 of the unit, 4 of the register, 16 of the ordinal. */
static int64_t
answer(struct far *far, struct far_channel *c, const struct far_ask *ask, uint8_t *registers)
{
	struct record *r = &records[c->number];
	double took = FASTEST + (SLOWEST - FASTEST) * far_draw(&seed);
	bool late = far_draw(&seed) < LATE_SHARE;

	(void)far;
	note(r, ask);
	for (uint16_t i = 0; i < ask->count / 2; i++) {
		registers[4 * i] = (uint8_t)c->number;
		registers[4 * i + 1] = (uint8_t)(ask->unit << 4 | (ask->first / 2 + i));
		registers[4 * i + 2] = (uint8_t)(ask->ordinal >> 8);
		registers[4 * i + 3] = (uint8_t)ask->ordinal;
	}
	if (late)
		took = (double)r->rtt.timeout * (1 + 2 * far_draw(&seed));
	r->at[ask->ordinal].late = late;
	r->took[ask->ordinal] = (int64_t)took;
	return ask->heard + (int64_t)took;
}

static void
sent(struct far *far, struct far_channel *c, uint32_t ordinal)
{
	struct record *r = &records[c->number];

	(void)far;
	r->at[ordinal].gone = wall_us();
	if (r->at[ordinal].late)
		rtt_back_off(&r->rtt);
	rtt_sample(&r->rtt, r->took[ordinal]);
}

static void
configure(const struct stand *stand, const struct far *far)
{
	FILE *f = stand_file(stand, "rig.conf");

	fprintf(f, "name = \"rig\"; maker = \"none\"; model = \"rig\"; family = \"io\";\n"
	    "source = \"tests/bench\"; confidence = \"A\";\npoints = (\n");
	for (unsigned i = 0; i < 2 * BLOCKS - 1; i++)
		fprintf(f, "%s{ name = \"r%u\"; register = %u; raw = \"u32\"; order = \"ABCD\"; }", i > 0 ? ",\n" : "",
		    block_first[i / 2] / 2 + i % 2, block_first[i / 2] + 2 * (i % 2));
	fprintf(f, "\n);\n");
	fclose(f);
	f = stand_conf(stand);
	far_links(far, "", f);
	fprintf(f, "devices = (\n");
	for (int i = 0; i < CHANNELS * UNITS; i++)
		fprintf(f, "%s{ name = \"c%d-%d\"; link = \"l%d\"; unit = \"%d\"; "
		    "profile = \"rig\"; period = \"500ms\"; }", i > 0 ? ",\n" : "", i / UNITS,
		    i % UNITS + 1, i / UNITS, i % UNITS + 1);
	fprintf(f, "\n);\nuplinks = ( { name = \"local\"; kind = \"file\"; "
	    "path = \"%s/out.jsonl\"; rotate = \"0\"; } );\n", stand->dir);
	fclose(f);
}

struct result {
	uint64_t asked[KINDS], useful[KINDS], misbooked[KINDS];
	uint64_t readings, not_told, late_sent;
	int64_t	 late_seen, foreign, barriers;
	double	 took;		/* s */
};

/* The next question that looks the same on the wire and asks for the same; NULL:
 * none came. */
static struct event *
next_like(struct record *r, uint32_t ordinal)
{
	const struct event *e = &r->at[ordinal];

	for (uint32_t i = ordinal + 1; i < r->n; i++)
		if (r->at[i].unit == e->unit && r->at[i].block == e->block)
			return &r->at[i];
	return NULL;
}

/* No time-out is shorter than the floor: before that a question is not given up, and
 * the answer is its own. */
static bool
surely_in_time(const struct event *e)
{
	return e->gone - e->heard < FLOOR / 2;
}

/* A reading belongs to the question that its value tells of when it is of that
 * unit and register, is the only one of it, and was heard before the same was asked
 * again. */
static bool
booked_well(size_t channel, unsigned unit, unsigned reg, int64_t value, int64_t time)
{
	struct record *r = &records[channel];
	uint32_t ordinal = (uint32_t)value & UINT16_MAX;
	struct event *e = &r->at[ordinal], *next;
	uint8_t bit;

	if (value >> 24 != (int64_t)channel || (value >> 20 & 15) != unit ||
	    (value >> 16 & 15) != reg || ordinal >= r->n || e->unit != unit ||
	    reg - block_first[e->block] / 2U > 1)
		return false;
	bit = (uint8_t)(1 << (reg - block_first[e->block] / 2U));
	if (e->seen & bit)
		return false;
	e->seen |= bit;
	next = next_like(r, ordinal);
	e->close |= next != NULL && 1000 * time > next->heard - CLOSE && !surely_in_time(e);
	return next == NULL || 1000 * time <= next->heard;
}

static void
judge_line(const char *line, size_t n, struct result *result)
{
	json_t *j = json_loadb(line, n, 0, NULL);
	json_t *value = json_object_get(j, "value");
	const char *device = json_string_value(json_object_get(j, "device"));
	const char *point = json_string_value(json_object_get(j, "point"));
	size_t channel;
	unsigned unit, reg;

	NEED(j != NULL);
	if (value != NULL && device != NULL && point != NULL) {
		NEED(json_is_integer(value));
		NEED(sscanf(device, "c%zu-%u", &channel, &unit) == 2 && channel < CHANNELS);
		NEED(sscanf(point, "r%u", &reg) == 1);
		result->readings++;
		if (!booked_well(channel, unit, reg, json_integer_value(value),
		    json_integer_value(json_object_get(j, "time"))))
			result->misbooked[kind_of(channel)]++;
	}
	json_decref(j);
}


/* One that is close to the next of its like may be booked to that: then that has
 * no reading of its own. */
static void
count(struct record *r, enum far_kind kind, struct result *result)
{
	for (uint32_t i = 0; i < r->n; i++) {
		const struct event *e = &r->at[i];

		result->asked[kind]++;
		result->useful[kind] += e->seen != 0;
		result->late_sent += e->late;
		result->not_told += e->close && next_like(r, i)->seen == 0;
	}
}

static void
judge(const struct stand *stand, struct result *result)
{
	char path[128], *line = NULL;
	size_t room = 0;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/out.jsonl", stand->dir);
	f = fopen(path, "r");
	NEED(f != NULL);
	while ((n = getline(&line, &room, f)) > 0)
		judge_line(line, (size_t)n, result);
	free(line);
	fclose(f);
	for (size_t c = 0; c < CHANNELS; c++)
		count(&records[c], kind_of(c), result);
}

/* Until so much was asked and seen to be late. */
static void
run(const char *program, uint64_t polls, int64_t late, struct result *result)
{
	struct far far = { .answer = answer, .sent = sent };
	int64_t began = mono_us();
	struct stand stand;
	json_t *status;

	memset(result, 0, sizeof(*result));
	for (size_t c = 0; c < CHANNELS; c++) {
		records[c].n = 0;
		records[c].rtt = (struct rtt){ 0 };
		rtt_reset(&records[c].rtt, FLOOR, CEILING);
	}
	seed = 1;
	stand_make(&stand);
	far_open(&far, CHANNELS, kind_of);
	configure(&stand, &far);
	far_start(&far);
	stand_start(&stand, program);
	do {
		sleep(2);
		status = stand_status(&stand);
		result->late_seen = stand_sum(status, "links", "late");
		result->foreign = stand_sum(status, "links", "foreign");
		result->barriers = stand_sum(status, "links", "barriers");
		json_decref(status);
		result->took = (double)(mono_us() - began) / 1e6;
	} while ((far.asked < polls || result->late_seen < late) && result->took < LIMIT);
	stand_stop(&stand);
	NEED(far.broken == 0);
	far_stop(&far);
	judge(&stand, result);
	stand_remove(&stand);
}

static uint64_t
total(const uint64_t *of)
{
	return of[0] + of[1] + of[2];
}

static void
print(const char *what, const struct result *r)
{
	printf("%s: %llu polls on %d lines in %.0f s, %llu answers sent late, %lld seen to be, "
	    "%llu readings in the file\n", what, (unsigned long long)total(r->asked), CHANNELS,
	    r->took, (unsigned long long)r->late_sent, (long long)r->late_seen,
	    (unsigned long long)r->readings);
	for (int k = 0; k < KINDS; k++)
		printf("  %-12s  %llu polls, useful %.4f, misbooked %llu\n", kind_names[k],
		    (unsigned long long)r->asked[k], (double)r->useful[k] / (double)r->asked[k],
		    (unsigned long long)r->misbooked[k]);
	printf("  misbooked %llu, not told %llu, useful %.4f, %lld barriers, %lld foreign\n",
	    (unsigned long long)total(r->misbooked), (unsigned long long)r->not_told,
	    (double)total(r->useful) / (double)total(r->asked), (long long)r->barriers,
	    (long long)r->foreign);
	fflush(stdout);
}

static bool
notices(void)
{
	char program[128], command[200];
	struct result r;
	struct stand tools;
	bool all = true;

	stand_make(&tools);
	snprintf(program, sizeof(program), "%s/tidegate", tools.dir);
	snprintf(command, sizeof(command), "tests/bench/unbarred.sh '%s'", program);
	NEED(system(command) == 0);
	run(program, 20000, 500, &r);
	print("without barriers and ids (each kind must be misbooked)", &r);
	stand_remove(&tools);
	for (int k = 0; k < KINDS; k++)
		all &= r.misbooked[k] > 0;
	return all;
}

int
main(int argc, char **argv)
{
	uint64_t polls = argc > 1 ? strtoull(argv[1], NULL, 10) : POLLS;
	int64_t late = argc > 2 ? atoll(argv[2]) : argc > 1 ? 0 : LATE;
	struct result r;
	bool good;

	run("build/tidegate", polls, late, &r);
	print("one answer of twenty 1 to 3 time-outs late", &r);
	good = total(r.misbooked) == 0 && r.not_told <= total(r.asked) / 10000 &&
	    total(r.asked) >= polls && r.late_seen >= late &&
	    (double)total(r.useful) >= 0.85 * (double)total(r.asked);
	good &= notices();
	if (!good)
		printf("b_misbooked: not as it should be (misbooked 0, useful 0.85, without "
		    "barriers above 0)\n");
	return !good;
}
