#include <glob.h>
#include <math.h>
#include <string.h>

#include "../../devices/device.h"
#include "../../gateway/clock.h"
#include "../../gateway/sim/instrument.h"
#include "../../gateway/sim/shelf.h"
#include "../check.h"

/* Every shipped profile as a simulated instrument, read with the very profile:
 * the statuses too, as the gateway asks for them. */

#define FEWEST	48		/* profiles of Modbus that are shipped */
#define MOST	1000		/* readings of one question */

static unsigned char memory[16 << 20] __attribute__((aligned(16)));
static struct arena arena;
static struct err errs_room[ERRS_MAX];
static struct errs errs;

static int
address(const char *text, uint8_t out[ADDRESS_MAX], const char **why)
{
	*why = "";
	memset(out, 0, ADDRESS_MAX);
	out[0] = (uint8_t)atoi(text);
	return 0;
}

static const struct proto proto = { .name = "modbus-tcp", .address = address };

/* An instrument and the device that reads it. */
struct pair {
	struct instrument	instrument;
	struct bench		bench;
	struct device		device;
};

static const struct profile *
profile_at(const char *path)
{
	static const struct strings none;
	const struct profile *p;

	memset(memory, 0, arena.used);
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = errs_room };
	p = shelf_take(path, &none, &arena, &errs);
	if (p == NULL)
		fprintf(stderr, "%s: %s\n", path, errs_room[0].text);
	CHECK(p != NULL);
	return p;
}

static void
installed(struct pair *pair, const struct profile *p)
{
	struct device *d = &pair->device;

	memset(pair, 0, sizeof(*pair));
	d->conf = (struct device_conf){ .name = p->name, .unit = "", .phase_text = "",
	    .period = 5 * US_PER_S, .enabled = true };
	CHECK(device_bind(d, p, &proto, &arena, &errs) == 0);
	for (size_t i = 0; i < p->npoints; i++)
		d->taps[i].series = 1 + (uint32_t)i;
	instrument_init(&pair->instrument, d->address[0], p->name, p, 7);
	CHECK(bench_open(&pair->bench, FRAMING_TCP, &pair->instrument, 1) == 0);
}

/* The answer to a question of function, number and count; its data. */
static size_t
asked(struct pair *pair, const struct ask *ask, int64_t us, uint8_t *data)
{
	const uint8_t frame[] = { 0, 1, 0, 0, 0, 6, ask->address[0], ask->function,
	    (uint8_t)(ask->number >> 8), (uint8_t)ask->number, (uint8_t)(ask->count >> 8),
	    (uint8_t)ask->count };
	uint8_t answer[ANSWER_MAX];
	int64_t late;
	size_t n = bench_answer(&pair->bench, frame, sizeof(frame), us, answer, &late);

	if (n < 9 || answer[7] != ask->function)
		fprintf(stderr, "%s: function %u at 0x%04x count %u: exception %u\n",
		    pair->instrument.name, ask->function, (unsigned)ask->number, ask->count,
		    n == 9 ? answer[8] : 0);
	CHECK(n >= 9 && answer[7] == ask->function && n == 9U + answer[8]);
	memcpy(data, answer + 9, n - 9);
	return n - 9;
}

static void
take_steps(struct pair *pair, const struct steps *steps, int64_t us)
{
	uint8_t data[ANSWER_MAX];
	struct ask ask;

	for (size_t i = 0; step_ask(steps, i, pair->device.address, &ask); i++) {
		CHECK(ask.function <= 4);	/* the shipped ones only read */
		asked(pair, &ask, us, data);
	}
}

/* One cycle; readings by the index of their points. */
static void
cycle(struct pair *pair, int64_t us, struct reading *by_point)
{
	static struct reading room[MOST];
	const struct reading base = { .time = us / 1000, .mono = us, .due = us };
	uint8_t data[ANSWER_MAX];
	struct ask ask;

	for (size_t b = 0; b < pair->device.nblocks; b++) {
		size_t len, n;

		memset(&ask, 0, sizeof(ask));
		device_ask(&pair->device, b, &ask);
		len = asked(pair, &ask, us, data);
		n = device_decode(&pair->device, b, data, len, &base, room, MOST);
		for (size_t i = 0; i < n; i++)
			by_point[room[i].series - 1] = room[i];
	}
}

static void
is_good(const struct profile *p, size_t point, const struct reading *r, double shown)
{
	const struct point *q = &p->points[point];
	double number = NAN;

	if (r->quality.code != Q_GOOD || r->quality.flags != 0 || r->value.kind == VALUE_NONE)
		fprintf(stderr, "%s: %s is %s, flags %u\n", p->name, q->name,
		    quality_name(r->quality), r->quality.flags);
	CHECK(r->quality.code == Q_GOOD && r->quality.flags == 0);
	CHECK(r->value.kind != VALUE_NONE);
	if (r->value.kind == VALUE_TEXT) {
		CHECK(r->value.text[0] != '\0');
		return;
	}
	/* what is read is what the simulator says it shows, but for its digits */
	CHECK(value_number(&r->value, &number) && isfinite(number));
	if (fabs(number - shown) > 1e-6 * fabs(shown) + 0.51 * fabs(q->scale))
		fprintf(stderr, "%s: %s is %g, not %g\n", p->name, q->name, number, shown);
	CHECK(fabs(number - shown) <= 1e-6 * fabs(shown) + 0.51 * fabs(q->scale));
}

static struct reading readings[MOST];

static void
reads_good(const struct profile *p)
{
	struct pair pair;

	installed(&pair, p);
	take_steps(&pair, &p->start, 0);
	for (int64_t us = US_PER_S; us <= 121 * US_PER_S; us += 5 * US_PER_S) {
		memset(readings, 0xff, sizeof(readings));
		cycle(&pair, us, readings);
		for (size_t i = 0; i < p->npoints; i++)
			is_good(p, i, &readings[i], instrument_figure(&pair.instrument, i, us));
	}
	CHECK(pair.instrument.refusals == 0 && pair.instrument.touched == 0);
	bench_close(&pair.bench);
}

static size_t
each_profile(void (*judge)(const struct profile *))
{
	size_t n = 0;
	glob_t found;

	CHECK(glob("devices/profiles/*.conf", 0, NULL, &found) == 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const struct profile *p = profile_at(found.gl_pathv[i]);

		if (strcmp(p->proto, "modbus") != 0)
			continue;
		judge(p);
		n++;
	}
	globfree(&found);
	return n;
}

static void
every_point_of_every_profile_reads_good(void)
{
	CHECK(each_profile(reads_good) >= FEWEST);
}

static void
script(struct instrument *i, const char *text)
{
	struct fault f;

	CHECK(fault_parse(text, &f) == 0 && instrument_fault(i, &f) == 0);
}

/* What the readings of its points are while a status says so. */
static void
is_said(const struct profile *p, const struct status *s, const struct reading *r)
{
	for (size_t i = 0; i < p->npoints; i++) {
		if (!status_concerns(s, i))
			continue;
		if (s->kind != STATUS_STATE)
			CHECK(r[i].quality.flags & QF_HELD && r[i].age > 0);
		else
			CHECK(r[i].quality.code == s->code && r[i].quality.flags == s->flags);
		return;
	}
	CHECK(!"it concerns no point");
}

static size_t said;

static void
says_what_is_wrong(const struct profile *p)
{
	char text[64];

	for (size_t k = 0; k < p->nstatuses; k++) {
		const struct status *s = &p->statuses[k];
		struct pair pair;

		installed(&pair, p);
		take_steps(&pair, &p->start, 0);
		snprintf(text, sizeof(text), "status:%s@20s-60s", status_means(s->means));
		script(&pair.instrument, text);
		for (int64_t us = US_PER_S; us <= 81 * US_PER_S; us += 5 * US_PER_S) {
			memset(readings, 0xff, sizeof(readings));
			cycle(&pair, us, readings);
			if (us > 25 * US_PER_S && us < 60 * US_PER_S)
				is_said(p, s, readings);
		}
		for (size_t i = 0; i < p->npoints; i++)
			CHECK(readings[i].quality.code == Q_GOOD);
		bench_close(&pair.bench);
		said++;
	}
}

static void
a_status_says_what_the_script_wants(void)
{
	each_profile(says_what_is_wrong);
	CHECK(said > 50);
}

int
main(void)
{
	RUN(every_point_of_every_profile_reads_good);
	RUN(a_status_says_what_the_script_wants);
	return 0;
}
