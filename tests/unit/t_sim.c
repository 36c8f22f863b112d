#include <errno.h>
#include <math.h>
#include <modbus/modbus.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../gateway/sim/serve.h"
#include "../../gateway/sim/shelf.h"
#include "../check.h"

#define S	US_PER_S

static unsigned char memory[4 << 20] __attribute__((aligned(16)));
static struct arena arena = { .at = memory, .cap = sizeof(memory) };
static struct err errs_room[ERRS_MAX];
static struct errs errs = { .at = errs_room };

static const struct profile *
shipped(const char *name)
{
	const char *folder = "devices/profiles";
	const struct strings folders = { &folder, 1 };
	const struct profile *p = shelf_take(name, &folders, &arena, &errs);

	if (p == NULL)
		fprintf(stderr, "%s:%d: %s\n", errs_room[0].file, errs_room[0].line,
		    errs_room[0].text);
	CHECK(p != NULL);
	return p;
}

static const struct profile *
written(const char *points)
{
	char text[2000];
	const struct profile *p;
	struct tree *tree;

	snprintf(text, sizeof(text), "name = \"x\"; maker = \"m\"; model = \"x\"; "
	    "family = \"water\"; source = \"s\"; confidence = \"A\"; %s", points);
	tree = tree_parse(text, "x.conf", &arena, &errs);
	CHECK(tree != NULL);
	p = profile_read(tree, &arena, &errs);
	tree_close(tree);
	CHECK(p != NULL);
	return p;
}

static void
scripts_are_read(void)
{
	static const struct {
		const char	*text;
		int		 rc;
		enum fault_kind	 kind;
		int64_t		 amount, from, until;
	} rows[] = {
		{ "silent", 0, FAULT_SILENT, 0, 0, INT64_MAX },
		{ "silent@20s-40s", 0, FAULT_SILENT, 0, 20 * S, 40 * S },
		{ "late:700ms@5s-", 0, FAULT_LATE, 700000, 5 * S, INT64_MAX },
		{ "exception", 0, FAULT_EXCEPTION, 4, 0, INT64_MAX },
		{ "exception:6@-1min", 0, FAULT_EXCEPTION, 6, 0, 60 * S },
		{ "broken", 0, FAULT_BROKEN, 0, 0, INT64_MAX },
		{ "frozen@3s-4s", 0, FAULT_FROZEN, 0, 3 * S, 4 * S },
		{ "refused", 0, FAULT_REFUSED, 0, 0, INT64_MAX },
		{ "status:warming-up@-30s", 0, FAULT_STATUS, 1, 0, 30 * S },
		{ "status", -1, 0, 0, 0, 0 }, { "status:tired", -1, 0, 0, 0, 0 },
		{ "", -1, 0, 0, 0, 0 }, { "dead", -1, 0, 0, 0, 0 },
		{ "late", -1, 0, 0, 0, 0 }, { "late:", -1, 0, 0, 0, 0 },
		{ "exception:0", -1, 0, 0, 0, 0 }, { "exception:12", -1, 0, 0, 0, 0 },
		{ "exception:2x", -1, 0, 0, 0, 0 }, { "silent:3", -1, 0, 0, 0, 0 },
		{ "silent@4s", -1, 0, 0, 0, 0 }, { "silent@4s-4s", -1, 0, 0, 0, 0 },
		{ "silent@x-4s", -1, 0, 0, 0, 0 },
	};
	struct fault f;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = fault_parse(rows[i].text, &f);

		if (rc != rows[i].rc)
			fprintf(stderr, "%s: %d\n", rows[i].text, rc);
		CHECK(rc == rows[i].rc);
		if (rc == 0)
			CHECK(f.kind == rows[i].kind && f.amount == rows[i].amount &&
			    f.span.from == rows[i].from && f.span.until == rows[i].until);
	}
}

static void
episodes_are_read(void)
{
	struct episode e;

	CHECK(episode_parse("fume=3.4@15s-35s", &e) == 0);
	CHECK(strcmp(e.point, "fume") == 0 && e.figure == 3.4);
	CHECK(e.span.from == 15 * S && e.span.until == 35 * S);
	CHECK(episode_parse("temp=-4", &e) == 0 && e.figure == -4);
	CHECK(episode_parse("fume", &e) == -1 && episode_parse("fume=", &e) == -1);
	CHECK(episode_parse("=3", &e) == -1 && episode_parse("fume=3x", &e) == -1);
	CHECK(episode_parse("fume=inf", &e) == -1);
}

static void
nature_is_a_function_of_time(void)
{
	const struct profile *p = shipped("fume-head-template");
	const struct point *fume = profile_point(p, "fume");
	struct wave w = wave_of(p->name, fume);
	double least = INFINITY, most = -INFINITY, before = NAN;
	size_t changes = 0;

	for (int64_t us = 0; us < 3600 * S; us += S) {
		double x = wave_at(&w, fume, 7, us);

		CHECK(x == wave_at(&w, fume, 7, us));
		CHECK(x >= fume->min && x <= fume->max);
		least = fmin(least, x);
		most = fmax(most, x);
		changes += x != before;
		before = x;
	}
	CHECK(changes > 3500);
	CHECK(least > 0 && most < 2);	/* below the limit of the demonstration */
	CHECK(most - least > 0.4);
	CHECK(wave_at(&w, fume, 7, 5 * S) != wave_at(&w, fume, 8, 5 * S));
}

static void
a_counter_never_runs_back(void)
{
	const struct point *energy = profile_point(shipped("chint-ddsu666"), "energy");
	struct wave w = wave_of("chint-ddsu666", energy);

	for (int64_t us = 0; us < 3600 * S; us += S)
		CHECK(wave_at(&w, energy, 1, us + S) > wave_at(&w, energy, 1, us));
}

/* A Modbus TCP question of one PDU, and the answer's PDU. */
static size_t
asked(struct bench *b, uint8_t unit, const uint8_t *pdu, size_t n, int64_t us, uint8_t *out)
{
	uint8_t frame[ANSWER_MAX] = { 0x12, 0x34, 0, 0, 0, (uint8_t)(n + 1), unit };
	uint8_t answer[ANSWER_MAX];
	int64_t late;
	size_t len;

	memcpy(frame + 7, pdu, n);
	len = bench_answer(b, frame, n + 7, us, answer, &late);
	if (len == 0)
		return 0;
	CHECK(len > 8 && answer[0] == 0x12 && answer[1] == 0x34 && answer[6] == unit);
	CHECK(answer[5] == len - 6);
	memcpy(out, answer + 7, len - 7);
	return len - 7;
}

/* The exception of a read; 0: it was answered; -1: silence. */
static int
refused(struct bench *b, uint8_t function, unsigned first, unsigned count)
{
	const uint8_t pdu[] = { function, (uint8_t)(first >> 8), (uint8_t)first,
	    (uint8_t)(count >> 8), (uint8_t)count };
	uint8_t out[ANSWER_MAX];
	size_t n = asked(b, 1, pdu, sizeof(pdu), 0, out);

	if (n == 0)
		return -1;
	if (out[0] == (function | 0x80)) {
		CHECK(n == 2);
		return out[1];
	}
	CHECK(out[0] == function && out[1] == 2 * count && n == 2 + 2 * count);
	return 0;
}

static void
the_manners_of_a_profile_are_kept(void)
{
	const struct profile *p = written("gap = 2; max_registers = 8; never = (31);"
	    "blocks = ( { register = 40; count = 4; } ); points = ("
	    "{ name = \"a\"; register = 0; raw = \"u16\"; },"
	    "{ name = \"b\"; register = 3; raw = \"f32\"; order = \"ABCD\"; },"
	    "{ name = \"c\"; register = 8; raw = \"u16\"; },"
	    "{ name = \"d\"; register = 30; raw = \"u16\"; },"
	    "{ name = \"e\"; register = 32; raw = \"u16\"; },"
	    "{ name = \"f\"; register = 41; raw = \"u16\"; },"
	    "{ name = \"g\"; function = 4; register = 9; raw = \"u16\"; });");
	struct instrument i;
	struct bench b;

	instrument_init(&i, 1, "x", p, 1);
	CHECK(bench_open(&b, FRAMING_TCP, &i, 1) == 0);
	CHECK(refused(&b, 3, 0, 1) == 0);
	CHECK(refused(&b, 3, 0, 5) == 0);	/* over a gap of 2 */
	CHECK(refused(&b, 3, 3, 1) == 0);	/* half a float: the line allows it */
	CHECK(refused(&b, 3, 3, 6) == 2);	/* a gap of 3 */
	CHECK(refused(&b, 3, 0, 2) == 2);	/* ends between points */
	CHECK(refused(&b, 3, 1, 4) == 2);	/* begins there */
	CHECK(refused(&b, 3, 100, 1) == 2);
	CHECK(refused(&b, 3, 65535, 2) == 2);
	CHECK(refused(&b, 3, 0, 0) == 3);
	CHECK(refused(&b, 3, 0, 9) == 3);	/* max_registers */
	CHECK(refused(&b, 3, 0, 126) == 3);
	CHECK(refused(&b, 3, 40, 4) == 0);	/* a block, as a whole */
	CHECK(refused(&b, 3, 41, 1) == 2);
	CHECK(refused(&b, 3, 40, 5) == 2);
	CHECK(refused(&b, 4, 9, 1) == 0);
	CHECK(refused(&b, 4, 0, 1) == 2);	/* declared for the other function */
	CHECK(refused(&b, 3, 9, 1) == 2);
	CHECK(i.touched == 0);
	CHECK(refused(&b, 3, 30, 3) == 2 && i.touched == 1);	/* never */
	CHECK(refused(&b, 6, 0, 1) == 1);	/* nothing is written to */
	CHECK(refused(&b, 1, 0, 1) == 1 && refused(&b, 8, 0, 1) == 1);
	CHECK(refused(&b, 17, 0, 1) == 1 && refused(&b, 0x41, 0, 1) == 1);
	bench_close(&b);
}

static const char everything[] =
    "loopback = true; identify = (17, 43); start = ( { function = 3; register = 99; } );"
    "stop = ( { function = 16; register = 98; data = \"00F0\"; } ); never = (99);"
    "points = ("
    "{ name = \"di\"; function = 2; register = 0; raw = \"bit\"; },"
    "{ name = \"di1\"; function = 2; register = 1; raw = \"bit\"; },"
    "{ name = \"do\"; function = 1; register = 0; raw = \"bit\";"
    "  write = { function = 5; min = 0; max = 1; }; },"
    "{ name = \"do1\"; function = 1; register = 1; raw = \"bit\";"
    "  write = { function = 15; min = 0; max = 1; }; },"
    "{ name = \"sp\"; register = 4; raw = \"u16\"; range = (0, 40);"
    "  write = { function = 6; min = 0; max = 40; }; },"
    "{ name = \"in\"; function = 4; register = 4; raw = \"u16\"; range = (0, 40); },"
    "{ name = \"mode\"; register = 5; raw = \"bits\"; bits = (4, 4);"
    "  write = { function = 22; min = 0; max = 15; }; },"
    "{ name = \"level\"; register = 8; raw = \"f32\"; order = \"ABCD\"; unit = \"m\"; });";

/* Questions and the answers that the standard has for them. */
static void
every_function_is_answered(void)
{
	static const struct {
		uint8_t	ask[16], n, answer[16], len;
	} rows[] = {
		{ { 2, 0, 0, 0, 2 }, 5, { 2, 1, 0 }, 3 },
		{ { 5, 0, 0, 0xff, 0 }, 5, { 5, 0, 0, 0xff, 0 }, 5 },
		{ { 1, 0, 0, 0, 2 }, 5, { 1, 1, 1 }, 3 },
		{ { 2, 0, 0, 0, 2 }, 5, { 2, 1, 0 }, 3 },	/* not of the coils */
		{ { 15, 0, 0, 0, 2, 1, 2 }, 7, { 15, 0, 0, 0, 2 }, 5 },
		{ { 1, 0, 0, 0, 2 }, 5, { 1, 1, 2 }, 3 },
		{ { 6, 0, 4, 0, 17 }, 5, { 6, 0, 4, 0, 17 }, 5 },
		{ { 3, 0, 4, 0, 1 }, 5, { 3, 2, 0, 17 }, 4 },
		{ { 4, 0, 4, 0, 1 }, 5, { 4, 2, 0, 20 }, 4 },	/* not of 6 */
		{ { 6, 0, 4, 0, 41 }, 5, { 0x86, 3 }, 2 },
		{ { 22, 0, 5, 0xff, 0x0f, 0, 0x70 }, 7, { 22, 0, 5, 0xff, 0x0f, 0, 0x70 }, 7 },
		{ { 23, 0, 4, 0, 2, 0, 4, 0, 1, 2, 0, 9 }, 12,
		  { 23, 4, 0, 9, 0, 0x70 }, 6 },
		{ { 5, 0, 2, 0xff, 0 }, 5, { 0x85, 2 }, 2 },
		{ { 8, 0, 0, 0xa5, 0x37 }, 5, { 8, 0, 0, 0xa5, 0x37 }, 5 },
		{ { 8, 0, 1, 0, 0 }, 5, { 0x88, 3 }, 2 },
		{ { 17 }, 1, { 17, 3, 1, 0xff, 'x' }, 5 },
		{ { 43, 14, 1, 1 }, 4, { 43, 14, 1, 1, 0, 0, 2, 1, 1, 'x', 2,
		  sizeof(VERSION) - 1 }, 12 },
		{ { 43, 14, 1, 7 }, 4, { 0xab, 2 }, 2 },
		{ { 43, 13, 1, 0 }, 4, { 0xab, 3 }, 2 },
		{ { 20, 0, 0 }, 3, { 0x94, 1 }, 2 },
	};
	uint8_t out[ANSWER_MAX];
	struct instrument i;
	struct bench b;

	instrument_init(&i, 1, "x", written(everything), 1);
	CHECK(episode_parse("in=20", &i.episodes[i.nepisodes++]) == 0);
	CHECK(bench_open(&b, FRAMING_TCP, &i, 1) == 0);
	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		size_t n = asked(&b, 1, rows[k].ask, rows[k].n, 0, out);

		if (n < rows[k].len || memcmp(out, rows[k].answer, rows[k].len) != 0)
			fprintf(stderr, "row %zu: %zu bytes, %02x %02x %02x\n", k, n, out[0],
			    out[1], out[2]);
		CHECK(n >= rows[k].len && memcmp(out, rows[k].answer, rows[k].len) == 0);
	}
	bench_close(&b);
}

static void
plant(struct bench *b, const char *text)
{
	struct fault f;

	CHECK(fault_parse(text, &f) == 0 && instrument_fault(&b->instruments[0], &f) == 0);
}

/* On a serial line they are told by length and check sum. */
static void
services_have_a_check_sum(void)
{
	static const uint8_t echo[] = { 1, 8, 0, 0, 0xa5, 0x37, 0xda, 0x8d };
	static const uint8_t wrong[] = { 1, 8, 0, 0, 0xa5, 0x37, 0xda, 0x8c };
	uint8_t out[ANSWER_MAX];
	struct instrument i;
	struct bench b;
	int64_t late;

	instrument_init(&i, 1, "x", written(everything), 1);
	CHECK(bench_open(&b, FRAMING_RTU, &i, 1) == 0);
	CHECK(bench_answer(&b, wrong, 8, 0, out, &late) == 0);
	CHECK(bench_answer(&b, echo, 8, 0, out, &late) == 8 && memcmp(out, echo, 8) == 0);
	plant(&b, "silent");
	CHECK(bench_answer(&b, echo, 8, 0, out, &late) == 0);
	bench_close(&b);
}

static void
it_measures_when_it_is_started(void)
{
	static const uint8_t level_of[] = { 3, 0, 8, 0, 2 }, start[] = { 3, 0, 99, 0, 1 };
	static const uint8_t stop_it[] = { 16, 0, 98, 0, 1, 2, 0, 0xf0 };
	static const uint8_t other[] = { 16, 0, 98, 0, 1, 2, 0, 0xf1 };
	uint8_t a[ANSWER_MAX], c[ANSWER_MAX];
	struct instrument i;
	struct bench b;

	instrument_init(&i, 1, "x", written(everything), 1);
	CHECK(bench_open(&b, FRAMING_TCP, &i, 1) == 0);
	asked(&b, 1, level_of, 5, 1 * S, a);
	CHECK(asked(&b, 1, level_of, 5, 30 * S, c) == 6 && memcmp(a, c, 6) == 0);
	CHECK(asked(&b, 1, start, 5, 31 * S, c) == 4 && c[0] == 3 && i.touched == 0);
	CHECK(asked(&b, 1, level_of, 5, 60 * S, c) == 6 && memcmp(a, c, 6) != 0);
	CHECK(asked(&b, 1, other, 8, 61 * S, c) == 2 && c[0] == 0x90);
	CHECK(asked(&b, 1, stop_it, 8, 61 * S, c) == 5 && c[0] == 16);
	asked(&b, 1, level_of, 5, 70 * S, a);
	CHECK(asked(&b, 1, level_of, 5, 99 * S, c) == 6 && memcmp(a, c, 6) == 0);
	bench_close(&b);
}

/* A slow analyser: its result is of the moment when it was there. */
static void
a_measurement_takes_its_time(void)
{
	static const uint8_t level_of[] = { 3, 0, 8, 0, 2 }, start[] = { 6, 0, 98, 0, 1 };
	static const uint8_t ready[] = { 3, 0, 97, 0, 1 };
	uint8_t a[ANSWER_MAX], c[ANSWER_MAX];
	struct instrument i;
	struct bench b;

	instrument_init(&i, 1, "x", written("points = ( { name = \"level\"; register = 8;\n"
	    "raw = \"f32\"; order = \"ABCD\"; unit = \"m\"; } );\n"
	    "start = ( { function = 6; register = 98; data = \"0001\"; },\n"
	    "{ function = 3; register = 97; until = (7); fails = (0); } );"), 1);
	CHECK(bench_open(&b, FRAMING_TCP, &i, 1) == 0);
	for (int64_t t = 10 * S; t <= 50 * S; t += 40 * S) {
		asked(&b, 1, level_of, 5, t, a);
		CHECK(asked(&b, 1, start, 5, t, c) == 5 && c[0] == 6);
		CHECK(asked(&b, 1, ready, 5, t + S, c) == 4 && c[3] == 1);
		CHECK(asked(&b, 1, level_of, 5, t + S, c) == 6 && memcmp(a, c, 6) == 0);
		CHECK(asked(&b, 1, ready, 5, t + 3 * S, c) == 4 && c[3] == 7);
		CHECK(asked(&b, 1, level_of, 5, t + 3 * S, c) == 6 && memcmp(a, c, 6) != 0);
		asked(&b, 1, level_of, 5, t + 30 * S, a);
		CHECK(memcmp(a, c, 6) == 0);
	}
	bench_close(&b);
}

static void
every_point_reads_back(void)
{
	static const char *const names[] = { "boqu-phg2091", "chint-ddsu666",
	    "fume-head-template", "hcs60", "midas", "supmea-do7013", "weigh-485",
	    "yosemi-y560" };
	uint8_t out[ANSWER_MAX];

	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		const struct profile *p = shipped(names[k]);
		struct instrument i;
		struct bench b;

		instrument_init(&i, 9, names[k], p, 3);
		CHECK(bench_open(&b, FRAMING_TCP, &i, 1) == 0);
		for (size_t n = 0; n < p->npoints; n++) {
			const struct point *q = &p->points[n];
			const uint8_t pdu[] = { q->function, (uint8_t)(q->number >> 8),
			    (uint8_t)q->number, 0, q->raw->registers };
			double wanted = instrument_figure(&i, n, 4 * S), got;
			double step = q->raw->name[0] == 'f' ? 1e-6 * fabs(wanted) :
			    0.51 * fabs(q->scale);
			struct value v;

			CHECK(asked(&b, 9, pdu, 5, 4 * S, out) == 2U + 2 * q->raw->registers);
			CHECK(point_decode(q, out + 2, &v) == Q_GOOD);
			CHECK(value_number(&v, &got) && fabs(got - wanted) <= step);
		}
		bench_close(&b);
	}
}

/* What the level shows at a moment; NaN: broken; negative: no such answer. */
static double
level(struct bench *b, int64_t us)
{
	static const uint8_t pdu[] = { 3, 0, 0, 0, 2 };
	uint8_t out[ANSWER_MAX];
	const struct point *p = &b->instruments[0].profile->points[0];
	struct value v;
	double x = NAN;
	size_t n = asked(b, 1, pdu, sizeof(pdu), us, out);

	if (n == 0)
		return -1;
	if (out[0] & 0x80)
		return -10.0 - out[1];
	if (point_decode(p, out + 2, &v) == Q_GOOD)
		value_number(&v, &x);
	return x;
}

static void
faults_come_and_go(void)
{
	struct instrument i;
	struct episode e;
	struct bench b;

	instrument_init(&i, 1, "level", shipped("hcs60"), 1);
	CHECK(bench_open(&b, FRAMING_TCP, &i, 1) == 0);
	plant(&b, "silent@10s-20s");
	plant(&b, "exception:6@20s-30s");
	plant(&b, "broken@30s-40s");
	plant(&b, "frozen@40s-50s");
	plant(&b, "refused@60s-70s");
	CHECK(episode_parse("level=5.5@50s-60s", &e) == 0 && instrument_episode(&i, &e) == 0);
	CHECK(episode_parse("depth=5.5", &e) == 0 && instrument_episode(&i, &e) == -1);
	CHECK(level(&b, 5 * S) > 2);
	CHECK(level(&b, 10 * S) == -1 && level(&b, 20 * S - 1) == -1);
	CHECK(level(&b, 20 * S) == -16);
	CHECK(isnan(level(&b, 31 * S)));
	CHECK(level(&b, 40 * S) == level(&b, 49 * S));
	CHECK(level(&b, 5 * S) != level(&b, 6 * S));
	CHECK(level(&b, 55 * S) == 5.5);
	CHECK(!bench_refuses(&b, 59 * S) && bench_refuses(&b, 60 * S) && !bench_refuses(&b, 70 * S));
	bench_close(&b);
}

static void
a_broken_sensor_shows_its_sentinel(void)
{
	const struct profile *p = written("points = ("
	    "{ name = \"a\"; register = 0; raw = \"s16\"; sentinels = (-999); },"
	    "{ name = \"b\"; register = 1; raw = \"u16\"; });");
	static const uint8_t pdu[] = { 3, 0, 0, 0, 2 };
	static const uint8_t wanted[] = { 3, 4, 0xfc, 0x19, 0xff, 0xff };
	uint8_t out[ANSWER_MAX];
	struct instrument i;
	struct bench b;

	instrument_init(&i, 1, "x", p, 1);
	CHECK(bench_open(&b, FRAMING_TCP, &i, 1) == 0);
	plant(&b, "broken");
	CHECK(asked(&b, 1, pdu, sizeof(pdu), 0, out) == 6 && memcmp(out, wanted, 6) == 0);
	bench_close(&b);
}

static void
nonsense_is_not_answered(void)
{
	static const uint8_t frames[][12] = {
		{ 1, 2, 0, 0, 0, 6, 2, 3, 0, 0, 0, 2 },		/* not our unit */
		{ 1, 2, 0, 0, 0, 6, 0, 3, 0, 0, 0, 2 },
		{ 1, 2, 0, 9, 0, 6, 1, 3, 0, 0, 0, 2 },		/* another protocol */
	};
	static const uint8_t bad_crc[] = { 1, 3, 0, 0, 0, 2, 0xc4, 0x0c };
	static const uint8_t good[] = { 1, 3, 0, 0, 0, 2, 0xc4, 0x0b };
	uint8_t out[ANSWER_MAX];
	struct instrument i;
	struct bench b;
	int64_t late;

	instrument_init(&i, 1, "level", shipped("hcs60"), 1);
	CHECK(bench_open(&b, FRAMING_TCP, &i, 1) == 0);
	for (size_t n = 0; n < 2; n++)
		CHECK(bench_answer(&b, frames[n], 12, 0, out, &late) == 0);
	for (size_t n = 0; n < 12; n++)
		CHECK(bench_answer(&b, frames[0], n, 0, out, &late) == 0);
	CHECK(level(&b, 0) > 2);		/* and it still works */
	bench_close(&b);
	CHECK(bench_open(&b, FRAMING_RTU, &i, 1) == 0);
	CHECK(bench_answer(&b, bad_crc, 8, 0, out, &late) == 0);
	CHECK(bench_answer(&b, good, 5, 0, out, &late) == 0);
	CHECK(bench_answer(&b, good, 8, 0, out, &late) == 9 && out[0] == 1 && out[1] == 3);
	bench_close(&b);
}

static volatile sig_atomic_t stopped;

static void
stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* Serves until it is killed. */
static pid_t
started(struct serve *s)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid > 0)
		return pid;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, stop);
	s->started = system_clock.mono();
	serve_run(s, &system_clock, s->started + 20 * S, &stopped);
	_exit(0);
}

static void
ended(struct serve *s, pid_t pid)
{
	int how;

	kill(pid, SIGTERM);
	CHECK(waitpid(pid, &how, 0) == pid && WIFEXITED(how) && WEXITSTATUS(how) == 0);
	serve_close(s);
}

static struct instrument river[2];
static struct serve served;

static void
furnish(void)
{
	instrument_init(&river[0], 1, "level", shipped("hcs60"), 1);
	instrument_init(&river[1], 5, "do", shipped("supmea-do7013"), 1);
	serve_init(&served);
}

static void
reads_well(modbus_t *mb, int unit, int first, int count)
{
	uint16_t r[16];

	modbus_set_slave(mb, unit);
	CHECK(modbus_read_registers(mb, first, count, r) == count);
	if (unit == 1) {
		/* CDAB: the low word comes first */
		const uint16_t words[] = { r[1], r[0] };
		float x = modbus_get_float_abcd(words);

		CHECK(x > 2 && x < 2.5F);
	} else
		CHECK(r[0] > 150 && r[0] < 220 && r[1] > 600 && r[1] < 900);
}

static void
libmodbus_reads_it_by_tcp(void)
{
	struct serve_line *line;
	modbus_t *a, *b;
	uint16_t r[4];
	pid_t pid;

	furnish();
	CHECK((line = serve_tcp(&served, river, 2, 0)) != NULL && line->port != 0);
	pid = started(&served);
	a = modbus_new_tcp("127.0.0.1", line->port);
	b = modbus_new_tcp("127.0.0.1", line->port);
	CHECK(modbus_connect(a) == 0 && modbus_connect(b) == 0);
	for (int i = 0; i < 20; i++) {
		reads_well(a, 1, 0, 2);
		reads_well(b, 5, 0, 3);
	}
	modbus_set_slave(a, 5);
	CHECK(modbus_read_registers(a, 7, 2, r) == -1 && errno == EMBXILADD);
	CHECK(modbus_write_register(a, 0, 2) == -1 && errno == EMBXILFUN);
	modbus_close(a);
	reads_well(b, 1, 0, 2);
	modbus_close(b);
	modbus_free(a);
	modbus_free(b);
	ended(&served, pid);
}

static void
libmodbus_reads_it_by_rtu(void)
{
	struct serve_line *line;
	uint16_t r[4];
	modbus_t *a;
	pid_t pid;

	furnish();
	CHECK((line = serve_pty(&served, river, 2, "")) != NULL && line->port == 0);
	pid = started(&served);
	a = modbus_new_rtu(line->path, 9600, 'N', 8, 1);
	CHECK(a != NULL && modbus_connect(a) == 0);
	for (int i = 0; i < 5; i++) {
		reads_well(a, 1, 0, 2);
		reads_well(a, 5, 0, 3);
	}
	CHECK(modbus_read_registers(a, 7, 2, r) == -1 && errno == EMBXILADD);
	/* half a frame, noise, then a sound one */
	CHECK(write(modbus_get_socket(a), "\1\3\0\0", 4) == 4);
	usleep(60000);
	CHECK(write(modbus_get_socket(a), "\xff\xff\xff\xff\xff", 5) == 5);
	usleep(60000);
	reads_well(a, 1, 0, 2);
	modbus_close(a);
	modbus_free(a);
	ended(&served, pid);
}

static void
an_answer_can_be_late(void)
{
	struct serve_line *line;
	struct fault f;
	modbus_t *a, *b;
	uint16_t r[4];
	int64_t before;
	pid_t pid;

	furnish();
	CHECK(fault_parse("late:300ms", &f) == 0 && instrument_fault(&river[0], &f) == 0);
	CHECK((line = serve_tcp(&served, river, 2, 0)) != NULL);
	pid = started(&served);
	a = modbus_new_tcp("127.0.0.1", line->port);
	b = modbus_new_tcp("127.0.0.1", line->port);
	CHECK(modbus_connect(a) == 0 && modbus_connect(b) == 0);
	before = system_clock.mono();
	reads_well(a, 1, 0, 2);
	CHECK(system_clock.mono() - before >= S * 3 / 10);
	/* nobody else waits for it */
	modbus_set_slave(a, 1);
	modbus_set_response_timeout(a, 0, 50000);
	CHECK(modbus_read_registers(a, 0, 2, r) == -1 && errno == ETIMEDOUT);
	before = system_clock.mono();
	reads_well(b, 5, 0, 3);
	CHECK(system_clock.mono() - before < S / 5);
	modbus_close(a);
	modbus_close(b);
	modbus_free(a);
	modbus_free(b);
	ended(&served, pid);
}

static void
a_line_can_refuse(void)
{
	struct serve_line *line;
	struct fault f;
	modbus_t *a;
	uint16_t r[4];
	pid_t pid;

	furnish();
	CHECK(fault_parse("refused@0s-800ms", &f) == 0 && instrument_fault(&river[1], &f) == 0);
	CHECK((line = serve_tcp(&served, river, 2, 0)) != NULL);
	pid = started(&served);
	/* the listening socket of this process would take it */
	close(line->listener);
	line->listener = -1;
	a = modbus_new_tcp("127.0.0.1", line->port);
	usleep(300000);
	CHECK(modbus_connect(a) == -1 && errno == ECONNREFUSED);
	usleep(800000);
	CHECK(modbus_connect(a) == 0);
	reads_well(a, 1, 0, 2);
	CHECK(modbus_read_registers(a, 9, 1, r) == -1 && errno == EMBXILADD);
	modbus_close(a);
	modbus_free(a);
	ended(&served, pid);
}

int
main(void)
{
	RUN(scripts_are_read);
	RUN(episodes_are_read);
	RUN(nature_is_a_function_of_time);
	RUN(a_counter_never_runs_back);
	RUN(the_manners_of_a_profile_are_kept);
	RUN(every_function_is_answered);
	RUN(services_have_a_check_sum);
	RUN(it_measures_when_it_is_started);
	RUN(a_measurement_takes_its_time);
	RUN(every_point_reads_back);
	RUN(faults_come_and_go);
	RUN(a_broken_sensor_shows_its_sentinel);
	RUN(nonsense_is_not_answered);
	RUN(libmodbus_reads_it_by_tcp);
	RUN(libmodbus_reads_it_by_rtu);
	RUN(an_answer_can_be_late);
	RUN(a_line_can_refuse);
	return 0;
}
