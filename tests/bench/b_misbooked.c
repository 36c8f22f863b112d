/* b_misbooked [polls [late]]: are answers that come late booked to questions that
 * they do not answer?  The built program on 120 lines of every kind, whose
 * instruments answer one question in twenty later than its time-out, by up to
 * twice that.  Each value tells channel, unit, register and the ordinal of the
 * question, so that each reading in the file can be judged.  Then the same with a
 * program without barriers, which the rig has to notice. */
#include <unistd.h>

#include "../../protocols/rtt.h"
#include "booked.h"

#define CHANNELS	120
#define POLLS		100000
#define LATE		5000
#define LIMIT		240	/* s */
#define LATE_SHARE	0.05
#define FASTEST		2000	/* us: answers in time take so long ... */
#define SLOWEST		60000	/* ... to so long */
#define FLOOR		200000	/* us: the time-outs of the configuration */
#define CEILING		1000000
#define KINDS		3	/* of lines here */

/* As the gateway learns it, so that late is late. */
static struct line_time {
	struct rtt	rtt;
	int64_t		took[INT16_MAX + 1];	/* us, of each; < 0: late */
} lines[CHANNELS];
static uint64_t seed;

static enum far_kind
kind_of(size_t i)
{
	return i % 4 == 0 ? FAR_RTU_PTY : i % 2 == 0 ? FAR_TCP : FAR_RTU_TCP;
}

static int64_t
answer(struct far *far, struct far_channel *c, const struct far_ask *ask, uint8_t *registers)
{
	struct booked_event *e = booked_ask(c, ask, registers);
	struct line_time *l = &lines[c->number];
	double took = FASTEST + (SLOWEST - FASTEST) * far_draw(&seed);

	(void)far;
	e->late = far_draw(&seed) < LATE_SHARE;
	if (e->late)
		took = (double)l->rtt.timeout * (1 + 2 * far_draw(&seed));
	l->took[ask->ordinal] = e->late ? -(int64_t)took : (int64_t)took;
	return ask->heard + (int64_t)took;
}

static void
sent(struct far *far, struct far_channel *c, uint32_t ordinal)
{
	struct line_time *l = &lines[c->number];

	(void)far;
	booked_sent(c, ordinal);
	if (l->took[ordinal] < 0)
		rtt_back_off(&l->rtt);
	rtt_sample(&l->rtt, llabs(l->took[ordinal]));
}

static void
configure(const struct stand *stand, const struct far *far)
{
	FILE *f = stand_conf(stand);

	far_links(far, "", f);
	booked_configure(stand, far, "500ms", f);
	fprintf(f, "uplinks = ( { name = \"local\"; kind = \"file\"; "
	    "path = \"%s/out.jsonl\"; rotate = \"0\"; } );\n", stand->dir);
	fclose(f);
}

struct result {
	struct booked_result booked;
	int64_t	 late_seen, foreign, barriers;
	double	 took;		/* s */
};

/* Until so much was asked and seen to be late. */
static void
run(const char *program, uint64_t polls, int64_t late, struct result *result)
{
	struct far far = { .answer = answer, .sent = sent };
	int64_t began = mono_us();
	struct stand stand;
	json_t *status;

	memset(result, 0, sizeof(*result));
	booked_begin(FLOOR / 2);
	for (size_t c = 0; c < CHANNELS; c++) {
		lines[c].rtt = (struct rtt){ 0 };
		rtt_reset(&lines[c].rtt, FLOOR, CEILING);
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
	booked_judge(&stand, &far, "out.jsonl", &result->booked);
	far_stop(&far);
	stand_remove(&stand);
}

static void
print(const char *what, const struct result *r)
{
	printf("%s: %llu polls on %d lines in %.0f s, %lld answers seen to be late, %lld barriers, "
	    "%lld foreign\n", what, (unsigned long long)booked_sum(r->booked.asked), CHANNELS,
	    r->took, (long long)r->late_seen, (long long)r->barriers, (long long)r->foreign);
	booked_print(&r->booked);
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
		all &= r.booked.misbooked[k] > 0;
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
	good = booked_sum(r.booked.misbooked) == 0 &&
	    r.booked.not_told <= booked_sum(r.booked.asked) / 10000 &&
	    booked_sum(r.booked.asked) >= polls && r.late_seen >= late &&
	    (double)booked_sum(r.booked.useful) >= 0.85 * (double)booked_sum(r.booked.asked);
	good &= notices();
	if (!good)
		printf("b_misbooked: not as it should be (misbooked 0, useful 0.85, without "
		    "barriers above 0)\n");
	return !good;
}
