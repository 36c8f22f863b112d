#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../rules/program.h"
#include "../check.h"

/* percentile and valid_share over random series, each figure reckoned anew from all
 * that was ever heard, as docs/rules.md says it. */

#define S		1000000LL
#define PERIOD		(5 * S)
#define READINGS	500
#define SERIES		6	/* of each condition */

static unsigned char memory[1 << 18] __attribute__((aligned(16)));
static struct err room[ERRS_MAX];
static struct arena arena;
static struct errs errs;
static struct point points[] = { { .name = "p" }, { .name = "q" } };
static struct profile profile = { .name = "x", .points = points, .npoints = 2 };
static struct tap taps[] = { { .series = 1 }, { .series = 2 } };
static struct device device = { .conf = { .name = "d", .period = PERIOD },
    .profile = &profile, .taps = taps };
static struct census census;

/* What was heard. */
static struct heard {
	int64_t		at;	/* mono us */
	double		figure;
	bool		usable, over;
} past[READINGS];
static size_t npast;

/* q is never heard: of the comparison only its right side is looked at. */
static void
bind_to(const char *call, bool guards, struct rule_program *p)
{
	static const struct constants none = { NULL, 0 };
	static const struct place place = { "t.conf", 3 };
	static struct formula formula;
	static char text[100];
	struct expr_source source = { .place = &place, .name = "r", .key = "when",
	    .text = text, .errs = &errs };
	struct rule_binding b = { .census = &census, .device = &device, .place = &place,
	    .name = "r", .when = &formula, .guards = guards, .tell_absent = true,
	    .arena = &arena, .errs = &errs };

	snprintf(text, sizeof(text), "q > %s", call);
	memset(memory, 0, sizeof(memory));
	arena = (struct arena){ .at = memory, .cap = sizeof(memory) };
	errs = (struct errs){ .at = room };
	CHECK(census_take(&census, &device, 1, &arena) == 0);
	CHECK(formula_read(&source, &none, &arena, &formula) == 0);
	CHECK(program_bind(&b, p) == BIND_FITS);
}

static unsigned
dice(unsigned n)
{
	return (unsigned)rand() % n;
}

static struct reading
some_reading(int64_t now)
{
	static const enum quality_code codes[] = { Q_GOOD, Q_GOOD, Q_GOOD, Q_GOOD, Q_GOOD,
	    Q_JUMP, Q_AFTER_BARRIER, Q_WARMING_UP, Q_STALE, Q_COMM_FAILURE, Q_SENSOR_FAILURE,
	    Q_OUT_OF_RANGE };
	static const uint8_t marks[] = { 0, 0, QF_MAINTENANCE, QF_SIMULATED };

	return (struct reading){ .series = 1, .mono = now, .due = now, .time = now / 1000,
	    .value = { .kind = VALUE_F64, .d = dice(40) == 0 ? NAN : dice(2000) / 8.0 - 90 },
	    .quality = { .code = (uint8_t)codes[dice(12)], .flags = marks[dice(4)] } };
}

/* Good and uncertain figures count, but of one that warms up or is old, whatever
 * marks they have; beyond the range only where people's lives hang on it. */
static void
hear(struct rule_program *p, int64_t now, bool guards)
{
	struct reading r = some_reading(now);
	bool over = r.quality.code == Q_OUT_OF_RANGE;
	bool bad = r.quality.code == Q_WARMING_UP || r.quality.code == Q_STALE ||
	    r.quality.code == Q_COMM_FAILURE || r.quality.code == Q_SENSOR_FAILURE ||
	    (over && !guards) || isnan(r.value.d);

	past[npast++] = (struct heard){ now, r.value.d, !bad, over };
	for (size_t i = 0; i < p->ninputs; i++)
		if (p->inputs[i].series == r.series)
			CHECK(input_hear(&p->inputs[i], &r, now / 1000));
}

static struct term
run(struct rule_program *p, int64_t now)
{
	struct rule_look look = { .now = now, .wall = now / 1000, .next = INT64_MAX,
	    .expires = INT64_MAX, .limit = term_unknown() };

	program_run(p, false, false, &look);
	for (size_t i = 0; i < p->ninputs; i++)
		p->inputs[i].fresh = false;
	return look.limit;
}

/* In thirty pieces, of a second at least. */
static int64_t
piece_us(int64_t span)
{
	int64_t width = (span + 29) / 30;

	return width < S ? S : width;
}

/* From which moment on it is in the window: that of the piece that goes last. */
static int64_t
begin_of(int64_t span, int64_t now)
{
	int64_t width = piece_us(span), n = (span + width - 1) / width;

	return (now / width - n + 1) * width;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* NaN: unknown.  The means of the pieces, sorted; between two in proportion. */
static double
percentile(int64_t span, int64_t now, double share, bool *over)
{
	int64_t width = piece_us(span);
	double means[31], at;
	size_t n = 0, heard = 0, below;

	*over = false;
	for (int64_t from = begin_of(span, now); from <= now; from += width) {
		double sum = 0;
		size_t k = 0;

		for (size_t i = 0; i < npast; i++)
			if (past[i].usable && past[i].at >= from && past[i].at < from + width) {
				sum += past[i].figure;
				*over |= past[i].over;
				k++;
			}
		if (k > 0)
			means[n++] = sum / (double)k;
		heard += k;
	}
	if (n == 0 || (int64_t)(2 * heard + 1) * PERIOD < span)
		return NAN;
	qsort(means, n, sizeof(means[0]), by_size);
	at = share / 100 * (double)(n - 1);
	below = (size_t)floor(at);
	return means[below] +
	    (at - floor(at)) * (means[(size_t)ceil(at)] - means[below]);
}

/* What is beyond the range is no valid figure. */
static double
valid_share(int64_t span, int64_t now, int64_t started)
{
	int64_t due = (span - 1) / PERIOD > 1 ? (span - 1) / PERIOD : 1;
	double heard = 0;

	if (now - started < span)
		return NAN;
	for (size_t i = 0; i < npast; i++)
		heard += past[i].usable && !past[i].over && past[i].at >= begin_of(span, now);
	return fmin(100, 100 * heard / (double)due);
}

/* Mostly at its time, a little early or late; now and then a gap. */
static int64_t
pause_before_next(int64_t span)
{
	if (dice(60) == 0)
		return 1 + (int64_t)dice((unsigned)(2 * span / 1000)) * 1000;
	return PERIOD - S + (int64_t)dice(2000) * 1000;
}

static size_t known, unknown;

static void
agree(const char *call, struct term is, double wanted, bool over)
{
	bool good = isnan(wanted) ? term_blank(is) : fabs(is.low - wanted) < 1e-9 &&
	    is.over == over && (over ? is.high > 1e300 : is.high == is.low);

	if (!good)
		fprintf(stderr, "%s: %g to %g, wanted %g\n", call, is.low, is.high, wanted);
	CHECK(good);
	known += isnan(wanted) ? 0 : 1;
	unknown += isnan(wanted) ? 1 : 0;
}

/* share < 0: valid_share.  Looked at as each figure comes, and between them. */
static void
try_series(const char *call, int64_t span, double share, bool guards)
{
	int64_t now = 1000 * S + (int64_t)dice(1000) * 777, started = now;
	struct rule_program p;
	bool over = false;

	bind_to(call, guards, &p);
	program_start(&p, now);
	npast = 0;
	for (int i = 0; i < 2 * READINGS; i++) {
		double wanted;

		if (i % 2 == 0)
			hear(&p, now, guards);
		wanted = share < 0 ? valid_share(span, now, started) :
		    percentile(span, now, share, &over);
		agree(call, run(&p, now), wanted, over);
		now += pause_before_next(span) / 2;
	}
}

static const struct { const char *word; int64_t span; } spans[] = {
	{ "10s", 10 * S }, { "42s", 42 * S }, { "1min", 60 * S }, { "10min", 600 * S } };
#define SPANS	(sizeof(spans) / sizeof(spans[0]))

static void
percentile_is_what_is_reckoned_anew(void)
{
	static const double shares[] = { 0, 10, 50, 95, 100 };
	char call[60];

	known = unknown = 0;
	for (size_t i = 0; i < SPANS * 5 * SERIES; i++) {
		double share = shares[i / SPANS % 5];

		snprintf(call, sizeof(call), "percentile(p, %s, %g)", spans[i % SPANS].word,
		    share);
		try_series(call, spans[i % SPANS].span, share, i % 3 == 0);
	}
	CHECK(known > 10000 && unknown > 1000);
}

static void
valid_share_is_what_is_reckoned_anew(void)
{
	char call[60];

	known = unknown = 0;
	for (size_t i = 0; i < SPANS * 5 * SERIES; i++) {
		snprintf(call, sizeof(call), "valid_share(p, %s)", spans[i % SPANS].word);
		try_series(call, spans[i % SPANS].span, -1, i % 3 == 0);
	}
	CHECK(known > 10000 && unknown > 1000);
}

int
main(void)
{
	srand(20261126);
	points[0].raw = points[1].raw = raw_find("f64");
	RUN(percentile_is_what_is_reckoned_anew);
	RUN(valid_share_is_what_is_reckoned_anew);
	return 0;
}
