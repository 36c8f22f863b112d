/* ci: 20000 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../devices/judge.h"
#include "../../rules/derived.h"
#include "../../rules/watch.h"

/* A text up to its first NUL is a condition; what follows it is what happens to
 * three points of two devices: readings, good and bad, late and out of order, time
 * that passes, clocks that step, a link that drops, a new configuration.  Behind a "="
 * it is the value of a derived point of both devices. */

#define ROOM	(1 << 19)
#define S	1000000LL
#define STEPS	64

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct point points[] = {
	{ .name = "p", .zh = "", .en = "", .decimals = 1 },
	{ .name = "q", .zh = "", .en = "", .decimals = -1 },
	{ .name = "on", .zh = "", .en = "" },
};

#define POINTS	(sizeof(points) / sizeof(points[0]))

static struct profile profile = { .name = "x", .points = points, .npoints = POINTS };
static struct tap taps[2][POINTS + 1];
static struct memory remembered[POINTS];
static struct device devices[2];
static const struct dated dated[] = { { 19675, 1 }, { 19676, -3 } };
static const struct constant numbers[] = { { .name = "limit.p", .number = 10 },
    { .name = "zero" }, { .name = "dated", .dated = dated, .ndated = 2 } };
static const struct constants constants = { numbers, 3 };
static struct rule_conf rule;
static unsigned char memory[2][ROOM] __attribute__((aligned(16)));

/* What happened so far must have been told in an order that is a life. */
static void
changed(void *owner, const struct alarm_change *c)
{
	char text[256];

	assert(owner == &rule && c->rule == &rule);
	assert(alarm_state(c->alarm) <= ALARM_OOSRV);
	rule_text(c, "zh", text, sizeof(text));
	assert(text[0] != '\0');
}

static void
prepare(void)
{
	points[0].unit = unit_find("mg/m3");
	points[1].unit = unit_find("ug/m3");
	for (size_t i = 0; i < POINTS; i++)
		points[i].raw = raw_find("f32");
	memset(taps, 0, sizeof(taps));
	for (size_t d = 0; d < 2; d++) {
		devices[d] = (struct device){ .conf = { .name = d == 0 ? "k/a" : "k/b",
		    .zh = "", .en = "", .period = 5 * S, .enabled = true },
		    .profile = &profile, .taps = taps[d], .memory = remembered };
		for (size_t i = 0; i < POINTS; i++)
			taps[d][i].series = (uint32_t)(1 + d * POINTS + i);
		taps[d][POINTS].series = (uint32_t)(1 + 2 * POINTS + d);
	}
}

static struct rules *
begin(const char *text, int which, struct errs *errs)
{
	struct arena arena = { .at = memory[which], .cap = ROOM };

	rule = (struct rule_conf){ .name = "r", .on = "k/*", .when = text, .zh = "", .en = "",
	    .clear = "", .deadband = text[0] % 2, .on_delay = text[0] % 3 * S,
	    .class = text[0] % 5, .results = 1 };
	if (rule_compile(&rule, &constants, &arena, errs) != 0)
		return NULL;
	return rules_new(&rule, 1, devices, 2, &arena, errs);
}

static struct reading
reading(const uint8_t op[3], int64_t now, int64_t wall)
{
	struct reading r = { .series = 1 + op[0] % (2 * POINTS), .mono = now, .time = wall,
	    .quality = { .code = op[1] % 13, .flags = op[1] / 13 } };

	if (op[2] > 250) {
		r.mono -= op[2] * S;
		r.time -= op[2] * 1000;
	}
	if (op[2] % 2 != 0)
		r.value = (struct value){ .kind = VALUE_F32, .f = (float)op[2] / 10 };
	else
		r.value = (struct value){ .kind = VALUE_F64, .d = (double)op[2] - 100 };
	if (op[2] == 200)
		r.value = (struct value){ .kind = VALUE_TEXT, .text = "x" };
	return r;
}

static void
hear(struct rules *rules, const uint8_t op[3], int64_t now, int64_t wall)
{
	const struct reading r = reading(op, now, wall);

	rules_take(rules, &r, now, wall);
}

static struct derived *
derive(const char *text, struct derived_conf *conf, struct errs *errs)
{
	struct arena arena = { .at = memory[0], .cap = ROOM };

	*conf = (struct derived_conf){ .name = "x", .on = "k/*", .value = text,
	    .unit = text[0] % 2 != 0 ? "mg/m3" : "", .basis = "rated" };
	if (derived_compile(conf, &constants, &arena, errs) != 0)
		return NULL;
	for (size_t i = 0; i < 2; i++) {
		const struct profile *p = derived_profile(conf, 1, devices[i].conf.name, &profile,
		    &arena, errs);

		if (p == NULL)
			return NULL;
		devices[i].profile = p;
	}
	return derived_new(conf, 1, devices, 2, &arena, errs);
}

/* Whatever is heard, a figure is one, and what is not known has none. */
static void
reckon(struct derived *d, const uint8_t *data, size_t n)
{
	static const struct zone utc = { .n = 0 };
	int64_t now = 1000 * S, wall = 1700000000000;

	derived_start(d, &utc, now);
	for (int steps = 0; n >= 4 && steps < STEPS; steps++, data += 4, n -= 4) {
		struct reading room[8];
		size_t made;

		now += (int64_t)data[0] * data[0] * S / 20;
		wall += data[1] > 250 ? -86400000 : (int64_t)data[0] * data[0] * 50;
		room[0] = reading(data + 1, now, wall);
		made = derived_hear(d, room, 1, now, wall);
		assert(made >= 1 && made <= 1 + derived_count(d));
		for (size_t i = 1; i < made; i++) {
			assert(room[i].series > 2 * POINTS);
			if (quality_severity(room[i].quality) == SEVERITY_BAD)
				assert(room[i].value.kind == VALUE_NONE);
			else
				assert(room[i].value.kind == VALUE_F64 &&
				    isfinite(room[i].value.d));
		}
	}
}

/* Whatever is due is done in bounded steps, and nothing is due for ever. */
static void
tick(struct rules *rules, int64_t now, int64_t wall)
{
	rules_tick(rules, now, wall);
	assert(rules_deadline(rules) > now);
}

static void
play(struct rules *rules, const char *text, const uint8_t *data, size_t n, struct errs *errs)
{
	int64_t now = 1000 * S, wall = 1700000000000;
	const struct device *const alike[] = { &devices[0], &devices[1] };
	int which = 0;

	rules_start(rules, now);
	rules_on_change(rules, changed, &rule);
	for (int steps = 0; n >= 4 && steps < STEPS; steps++, data += 4, n -= 4) {
		now += (int64_t)data[0] * data[0] * S / 20;
		wall += (int64_t)data[0] * data[0] * 50;
		tick(rules, now, wall);
		if (data[1] < 240) {
			hear(rules, data + 1, now, wall);
		} else if (data[1] < 246) {
			rules_link(rules, &devices[data[2] % 2], data[3] % 2, now, wall);
		} else if (data[1] < 250) {
			wall += ((int64_t)data[2] - 128) * 100000000;
		} else {
			struct rules *was = rules;

			rules = begin(text, which = !which, errs);
			assert(rules != NULL);
			rules_start(rules, now);
			rules_take_over(rules, was, devices, alike);
			rules_on_change(rules, changed, &rule);
		}
	}
	tick(rules, now + 86400 * S, wall + 86400000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct err room[ERRS_MAX];
	struct errs errs = { .at = room };
	size_t len = strnlen((const char *)data, n);
	char *text = malloc(len + 1);
	struct rules *rules;

	memcpy(text, data, len);
	text[len] = '\0';
	prepare();
	if (text[0] == '=') {
		struct derived_conf conf;
		struct derived *d = derive(text + 1, &conf, &errs);

		assert((d == NULL) == (errs.n > 0));
		if (d != NULL)
			reckon(d, data + len, n - len);
		free(text);
		return 0;
	}
	rules = begin(text, 0, &errs);
	assert((rules == NULL) == (errs.n > 0));
	if (rules == NULL)
		assert(room[0].text[0] != '\0' && room[0].caret >= 0);
	else
		play(rules, text, data + len, n - len, &errs);
	free(text);
	return 0;
}
