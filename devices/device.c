#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "../conf/languages.h"
#include "../conf/span.h"
#include "blocks.h"
#include "calibration.h"
#include "judge.h"
#include "output.h"
#include "push.h"
#include "reader.h"

#define MARKS	(QF_MAINTENANCE | QF_CALIBRATION | QF_MANUAL)

#define AT(field)	offsetof(struct device_conf, field)

LANGUAGES(struct device_conf);

const struct key device_keys[] = {
	{ .name = "name", .type = KEY_NAME, .offset = AT(name),
	  .example = "\"kitchen/fume\"",
	  .help = "Its name; with that of a point it names a series for ever." },
	{ .name = "link", .type = KEY_NAME, .offset = AT(link),
	  .example = "\"rs485-1\"",
	  .help = "The link that it is on." },
	{ .name = "station", .type = KEY_STRING, .offset = AT(station), .fallback = "",
	  .example = "\"gasshop-7\"",
	  .help = "Which dial-in station of the link it stands behind." },
	{ .name = "unit", .type = KEY_STRING, .offset = AT(unit), .fallback = "",
	  .example = "\"1\"",
	  .help = "Its address on the link, such as \"1\"; else that of its profile." },
	{ .name = "profile", .type = KEY_NAME, .offset = AT(profile),
	  .example = "\"midas\"",
	  .help = "The profile of its make and model." },
	{ .name = "writable", .type = KEY_STRINGS, .offset = AT(writable), .fallback = "",
	  .example = "(\"setpoint\")",
	  .help = "Points that commands may write; all others are read-only." },
	{ .name = "outputs", .type = KEY_ITEMS, .offset = AT(outputs), .fallback = "",
	  .sub = output_keys, .size = sizeof(struct output),
	  .line = offsetof(struct output, place) + 1,
	  .example = "( { point = \"relay1\"; acts = \"gas_valve\"; closes = \"on\"; } )",
	  .help = "What its writable points drive." },
	{ .name = "gas", .type = KEY_ITEMS, .offset = AT(gas), .fallback = "",
	  .sub = gas_keys, .size = sizeof(struct gas_point),
	  .line = offsetof(struct gas_point, place) + 1,
	  .example = "( { point = \"ch4\"; limit = 5000; } )",
	  .help = "Points that tell of gas beside those in %LEL." },
	{ .name = "label", .type = KEY_GROUP, .offset = AT(zh), .fallback = "",
	  .sub = languages_keys,
	  .example = "{ zh = \"一号灶\"; en = \"hood 1\"; }",
	  .help = "What people call it; else its name." },
	{ .name = "period", .type = KEY_SPAN, .offset = AT(period), .fallback = "5s",
	  .min = 100e3, .max = 86400e6, .help = "How often it is read." },
	{ .name = "heartbeat", .type = KEY_SPAN, .offset = AT(heartbeat), .fallback = "0s",
	  .min = 0, .max = 31 * 86400e6, .help = "Instead of period, of one that tells by "
	  "itself: so often it says something at least; silent for half as long again it is "
	  "dark." },
	{ .name = "phase", .type = KEY_STRING, .offset = AT(phase_text), .fallback = "",
	  .example = "\"500ms\"",
	  .help = "When in its period it is read, such as \"500ms\"; else spread evenly." },
	{ .name = "timeout", .type = KEY_SPAN, .offset = AT(timeout), .fallback = "0s",
	  .min = 0, .max = 120e6, .help = "Its answers are waited for at least so long; 0: as "
	  "long as those of the line are known to take." },
	{ .name = "retries", .type = KEY_INT, .offset = AT(retries), .fallback = "1", .min = 0,
	  .max = 5, .help = "How often a question without an answer is asked once more, within "
	  "the period." },
	{ .name = "slow", .type = KEY_STRINGS, .offset = AT(slow), .fallback = "",
	  .example = "(\"total\", \"serial\")",
	  .help = "Points that need not be read in each period." },
	{ .name = "every", .type = KEY_INT, .offset = AT(every), .fallback = "10",
	  .min = 2, .max = 1000, .help = "The slow points are read in one of so many periods." },
	{ .name = "idle", .type = KEY_STRING, .offset = AT(idle), .fallback = "",
	  .example = "\"fan.on\"",
	  .help = "A point that is 0 while nothing is to be measured, such as that of the fan." },
	{ .name = "idle_period", .type = KEY_SPAN, .offset = AT(idle_period), .fallback = "0s",
	  .min = 0, .max = 86400e6,
	  .help = "How often it is read then, and by the last step of a plan for data." },
	{ .name = "idle_by_plan", .type = KEY_BOOL, .offset = AT(idle_by_plan),
	  .fallback = "false",
	  .help = "Only where the plan for data of its link asks for it." },
	{ .name = "works", .type = KEY_SPAN, .offset = AT(works), .fallback = "1d",
	  .min = 0, .max = 86400e6, .example = "\"10h\"",
	  .help = "How long a day it is not idle: what check reckons its data with." },
	{ .name = "measure", .type = KEY_SPAN, .offset = AT(measure), .fallback = "0s",
	  .min = 0, .max = 7 * 86400e6, .help = "How often the start of its profile is run for "
	  "a new result; 0: once, and it measures from then on." },
	{ .name = "stop_at_end", .type = KEY_BOOL, .offset = AT(stop_at_end),
	  .fallback = "true", .help = "The stop of its profile is run when the gateway ends." },
	{ .name = "disable", .type = KEY_STRINGS, .offset = AT(disable), .fallback = "",
	  .example = "(\"nmhc\")",
	  .help = "Points that are out of service: not read, and said to be so." },
	{ .name = "calibration", .type = KEY_ITEMS, .offset = AT(calibration), .fallback = "",
	  .sub = calibration_keys, .size = sizeof(struct calibration),
	  .line = offsetof(struct calibration, place) + 1,
	  .example = "( { point = \"ph\"; ... } )",
	  .help = "Corrections found with standards; of each point the latest holds." },
	{ .name = "enabled", .type = KEY_BOOL, .offset = AT(enabled), .fallback = "true",
	  .help = "False puts every point of it out of service." },
	{ .name = "constants", .type = KEY_NODE, .offset = AT(constants_node), .fallback = "",
	  .example = "{ limit = { fume = 1.0; }; stoves = 4; }",
	  .help = "Named numbers for rules on it, which go before those of the whole file." },
	{ .name = NULL }
};

static int
fault(struct errs *errs, const struct device_conf *conf, const char *fmt, const char *word)
{
	return err_add(errs, conf->place.file, conf->place.line, fmt, conf->name, word);
}

static int
read_phase(struct device_conf *conf, struct errs *errs)
{
	conf->phase = -1;
	if (conf->phase_text[0] == '\0')
		return 0;
	if (span_parse(conf->phase_text, &conf->phase) == 0 && conf->phase >= 0 &&
	    conf->phase < conf->period)
		return 0;
	return fault(errs, conf, "%s: phase \"%s\" is not a span of time within the period",
	    conf->phase_text);
}

static int
check_measure(const struct device *d, struct errs *errs)
{
	if (d->conf.measure == 0)
		return 0;
	if (d->profile->start.n == 0)
		return fault(errs, &d->conf, "%s: measure: profile \"%s\" has no start",
		    d->profile->name);
	return d->conf.measure >= d->conf.period ? 0 :
	    fault(errs, &d->conf, "%s: measure is shorter than period", "");
}

static int
unknown_point(const struct device *d, const char *key, const char *word, struct errs *errs)
{
	const char *near = profile_near(d->profile, word);

	return err_add(errs, d->conf.place.file, d->conf.place.line, near != NULL ?
	    ERR_("%s: %s: its profile has no point \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: %s: its profile has no point \"%s\""), d->conf.name, key, word, near);
}

static int
disable(struct device *d, const char *name, struct errs *errs)
{
	const struct point *p = profile_point(d->profile, name);

	if (p == NULL)
		return unknown_point(d, "disable", name, errs);
	d->taps[p - d->profile->points].block = BLOCK_NONE;
	return 0;
}

static int
slow_down(struct device *d, const char *name, struct errs *errs)
{
	const struct point *p = profile_point(d->profile, name);

	if (p == NULL)
		return unknown_point(d, "slow", name, errs);
	d->taps[p - d->profile->points].every = (uint32_t)d->conf.every;
	return 0;
}

/* A period in which nothing is read is no period. */
static int
check_pace(const struct device *d, struct errs *errs)
{
	size_t slow = 0, fast = 0;

	for (size_t i = 0; i < d->profile->npoints; i++) {
		slow += d->taps[i].block < BLOCK_DERIVED && d->taps[i].every > 1;
		fast += d->taps[i].block < BLOCK_DERIVED && d->taps[i].every <= 1;
	}
	return slow == 0 || fast > 0 ? 0 :
	    fault(errs, &d->conf, "%s: all its points are slow: make period longer", "");
}

static int
bind_taps(struct device *d, struct arena *arena, struct errs *errs)
{
	size_t n = d->profile->npoints;
	int rc = 0;

	d->taps = arena_alloc(arena, (n + 1) * sizeof(*d->taps));
	if (d->taps == NULL)
		return reader_no_memory(errs, &d->conf.place);
	for (size_t i = 0; i < n; i++)
		d->taps[i].block = !d->conf.enabled ? BLOCK_NONE :
		    d->profile->points[i].derived ? BLOCK_DERIVED : 0;
	for (size_t i = 0; i < d->conf.disable.n; i++)
		rc |= disable(d, d->conf.disable.at[i], errs);
	for (size_t i = 0; i < d->conf.slow.n; i++)
		rc |= slow_down(d, d->conf.slow.at[i], errs);
	return rc | check_pace(d, errs);
}

static int
bind_address(struct device *d, const struct proto *proto, struct errs *errs)
{
	const char *unit = d->conf.unit[0] != '\0' ? d->conf.unit : d->profile->unit;
	const char *why = "";

	if (proto->address(unit, d->address, &why) == 0)
		return 0;
	return err_add(errs, d->conf.place.file, d->conf.place.line,
	    "%s: unit \"%s\" is no address: %s", d->conf.name, unit, err_word(errs, why));
}

int
device_bind(struct device *d, const struct profile *profile, const struct proto *proto,
    struct arena *arena, struct errs *errs)
{
	int rc = read_phase(&d->conf, errs);

	d->profile = profile;
	rc |= push_pace(d, errs);
	if (d->conf.zh == NULL)
		d->conf.zh = "";
	if (d->conf.en == NULL)
		d->conf.en = "";
	rc |= bind_address(d, proto, errs) | check_measure(d, errs);
	rc |= bind_taps(d, arena, errs) | outputs_bind(d, errs);
	if (rc != 0)
		return -1;
	d->ranges = NULL;
	if (judge_init(d, arena) != 0 || blocks_plan(d, arena) != 0)
		return reader_no_memory(errs, &d->conf.place);
	return calibrations_bind(d, arena, errs);
}

void
device_ask(const struct device *d, size_t block, struct ask *ask)
{
	const struct stretch *b;

	assert(block < d->nblocks);
	b = &d->blocks[block];
	memcpy(ask->address, d->address, sizeof(ask->address));
	ask->function = b->function;
	ask->loopback = d->profile->loopback;
	ask->number = function_is_item(b->function) ? b->item : b->first;
	ask->count = b->count;
	ask->timeout = d->conf.timeout;
}

unsigned
device_every(const struct device *d, size_t block)
{
	unsigned least = 0;

	for (size_t i = d->ranges[block].from; i < d->ranges[block].end; i++) {
		unsigned every = d->taps[i].every > 1 ? d->taps[i].every : 1;

		if (d->taps[i].block == block && (least == 0 || every < least))
			least = every;
	}
	return least > 1 ? least : 1;
}

int64_t
device_pace(const struct device *d, const struct point *p)
{
	uint32_t every = d->taps[p - d->profile->points].every;

	if (d->conf.measure > 0 && d->profile->stop.n > 0)
		return d->conf.measure;
	return d->conf.period * (every > 1 ? every : 1);
}

bool
device_rests(const struct reading *r)
{
	double figure;

	return quality_severity(r->quality) == SEVERITY_GOOD && value_number(&r->value, &figure) &&
	    figure == 0;
}

int64_t
device_period(const struct device *d, const struct point *p)
{
	int64_t pace = device_pace(d, p);

	if (d->conf.idle_period <= d->conf.period)
		return pace;
	return pace / d->conf.period * d->conf.idle_period;
}

bool
device_split(struct device *d, size_t block)
{
	assert(block < d->nblocks);
	return blocks_split(d, block);
}

/* A bad reading keeps no value, but an over-range one its figure. */
static void
drop_bad(struct reading *r)
{
	if (quality_severity(r->quality) == SEVERITY_BAD && r->quality.code != Q_OUT_OF_RANGE)
		r->value = (struct value){ .kind = VALUE_NONE };
}

void
device_begin(const struct device *d, size_t i, const struct reading *base, struct reading *r)
{
	*r = *base;
	r->series = d->taps[i].series;
	r->quality.flags |= (uint8_t)(d->marks | (d->maintained ? QF_MAINTENANCE : 0));
	if (r->value.kind != VALUE_NONE)
		r->value = (struct value){ .kind = VALUE_NONE };
}

void
device_settle(const struct device *d, size_t i, enum quality_code code, bool newest,
    struct reading *r)
{
	const struct point *p = &d->profile->points[i];

	if (code == Q_GOOD) {
		if (d->memory[i].corrected)
			judge_correct(&d->memory[i], &r->value);
		code = point_judge(p, &r->value);
	}
	if (code != Q_GOOD)
		r->quality = quality_worse(r->quality,
		    (struct quality){ .code = (uint8_t)code });
	if (newest && (d->profile->nstatuses > 0 || point_remembers(p) || d->measured != 0))
		judge_point(d, i, r);
	if (r->quality.code != Q_GOOD)
		drop_bad(r);
}

void
device_read(const struct device *d, size_t i, uint16_t first, const uint8_t *data, size_t len,
    struct reading *r)
{
	const struct point *p = &d->profile->points[i];
	enum quality_code code = Q_COMM_FAILURE;
	const uint8_t *wire;
	uint8_t bit;

	if ((wire = judge_wire(first, p, data, len, &bit)) != NULL)
		code = point_figure(p, wire, &r->value);
	device_settle(d, i, code, true, r);
}

size_t
device_decode(const struct device *d, size_t block, const uint8_t *data, size_t len,
    const struct reading *base, struct reading *out, size_t max)
{
	size_t n = 0;

	assert(block < d->nblocks);
	judge_hear(d, block, data, len, base->mono);
	for (size_t i = d->ranges[block].from; i < d->ranges[block].end && n < max; i++) {
		if (d->taps[i].block != block)
			continue;
		device_begin(d, i, base, &out[n]);
		device_read(d, i, d->blocks[block].first, data, len, &out[n++]);
	}
	return n;
}

size_t
device_bad(const struct device *d, size_t block, const struct reading *base,
    struct reading *out, size_t max)
{
	size_t n = 0;

	assert(quality_severity(base->quality) == SEVERITY_BAD);
	if (block != BLOCK_NONE)
		judge_hear(d, block, NULL, 0, base->mono);
	for (size_t i = 0; i < d->profile->npoints && n < max; i++)
		if (d->taps[i].block == block)
			device_begin(d, i, base, &out[n++]);
	return n;
}

size_t
device_off(const struct device *d, const struct reading *base, struct reading *out,
    size_t max)
{
	struct reading off = *base;

	off.quality.code = Q_OUT_OF_SERVICE;
	return device_bad(d, BLOCK_NONE, &off, out, max);
}

void
device_remember(struct device *d, size_t point, const struct reading *r, int64_t mono)
{
	judge_remember(&d->profile->points[point], &d->memory[point], r, mono);
}

void
device_mark(struct device *d, uint8_t flags)
{
	d->marks = flags & MARKS;
}

void
device_hold(struct device *d, int64_t measured)
{
	d->measured = measured;
}
