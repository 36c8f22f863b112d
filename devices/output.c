#include <math.h>
#include <stddef.h>
#include <string.h>

#include "output.h"
#include "write.h"

#define OUT(field)	offsetof(struct output, field)
#define GAS(field)	offsetof(struct gas_point, field)

static const char *const kinds[] = {
	[OUTPUT_OTHER] = "other", [OUTPUT_GAS_VALVE] = "gas_valve", [OUTPUT_FAN] = "fan",
	[OUTPUT_PURIFIER] = "purifier", [OUTPUT_HORN] = "horn", [OUTPUT_LIGHT] = "light",
	[OUTPUT_PUMP] = "pump", [OUTPUT_HEATER] = "heater",
	[OUTPUT_WATER_VALVE] = "water_valve", [OUTPUT_SETTING] = "setting", NULL
};

const struct key output_keys[] = {
	{ .name = "point", .type = KEY_NAME, .offset = OUT(name),
	  .example = "\"relay1\"",
	  .help = "Which point drives it." },
	{ .name = "acts", .type = KEY_CHOICE, .offset = OUT(acts), .names = kinds,
	  .example = "\"gas_valve\"",
	  .help = "What is wired to it." },
	{ .name = "closes", .type = KEY_STRING, .offset = OUT(closes_text), .fallback = "",
	  .example = "\"on\"",
	  .help = "Of a gas valve: the value that closes it; no other is ever written." },
	{ .name = "explosion_proof", .type = KEY_BOOL, .offset = OUT(explosion_proof),
	  .fallback = "false", .help = "It, its contacts and its wiring are certified for "
	  "the zone: it may be switched while there is gas." },
	{ .name = "feedback", .type = KEY_STRING, .offset = OUT(feedback), .fallback = "",
	  .example = "\"closed\"",
	  .help = "The point that shows where it really is, as a limit switch does: it must "
	  "read as was written." },
	{ .name = "travel", .type = KEY_SPAN, .offset = OUT(travel), .fallback = "0s",
	  .min = 0, .max = 60e6,
	  .help = "How long it may take until it reads back as written." },
	{ .name = "min_on", .type = KEY_SPAN, .offset = OUT(min_on), .fallback = "0s",
	  .min = 0, .max = 3600e6,
	  .help = "Once on it stays on for so long, whoever asks." },
	{ .name = "min_off", .type = KEY_SPAN, .offset = OUT(min_off), .fallback = "0s",
	  .min = 0, .max = 3600e6,
	  .help = "Once off it stays off for so long." },
	{ .name = NULL }
};

const struct key gas_keys[] = {
	{ .name = "point", .type = KEY_NAME, .offset = GAS(name),
	  .example = "\"ch4\"",
	  .help = "Which point tells of gas." },
	{ .name = "limit", .type = KEY_REAL, .offset = GAS(limit), .min = 0, .max = 1e6,
	  .example = "5000",
	  .help = "From which figure on it is gas, in the unit of the point." },
	{ .name = NULL }
};

static int
fault(struct errs *errs, const struct place *at, const char *fmt, const char *device,
    const char *word)
{
	return err_add(errs, at->file, at->line, fmt, device, word);
}

/* The place of a point in the profile; SIZE_MAX: it has none of that name. */
static size_t
find(const struct device *d, const char *name)
{
	const struct point *p = profile_point(d->profile, name);

	return p != NULL ? (size_t)(p - d->profile->points) : SIZE_MAX;
}

static int
unknown(struct errs *errs, const struct device *d, const struct place *at, const char *name)
{
	const char *near = profile_near(d->profile, name);

	return err_add(errs, at->file, at->line, near != NULL ?
	    ERR_("%s: its profile has no point \"%s\"; did you mean \"%s\"?") :
	    ERR_("%s: its profile has no point \"%s\""), d->conf.name, name, near);
}

static int
bind_closes(const struct device *d, struct output *o, struct errs *errs)
{
	const struct point *p = &d->profile->points[o->point];
	char why[160], states[100];

	if (o->acts != OUTPUT_GAS_VALVE)
		return o->closes_text[0] == '\0' ? 0 : fault(errs, &o->place,
		    "%s: %s: closes is for a gas_valve only", d->conf.name, o->name);
	if (o->closes_text[0] == '\0')
		return fault(errs, &o->place, "%s: %s: a gas_valve needs closes, the value "
		    "that closes it", d->conf.name, o->name);
	if (write_figure(p, o->closes_text, &o->closes) == 0 &&
	    write_check(p, o->closes, why, sizeof(why)) == 0)
		return 0;
	if (write_states(p, states, sizeof(states))[0] != '\0')
		return err_add(errs, o->place.file, o->place.line, "%s: %s: closes is no value "
		    "that its profile can write, such as %s", d->conf.name, o->name, states);
	return fault(errs, &o->place, "%s: %s: closes is no value that its profile can "
	    "write", d->conf.name, o->name);
}

/* What a dead gateway leaves behind must not be an open valve. */
static int
check_failsafe(const struct device *d, const struct output *valve, struct errs *errs)
{
	const struct watchdog *w = &d->profile->watchdog;
	const struct failsafe *s = watchdog_failsafe(w, valve->point);

	if (w->function == 0 || (s != NULL && s->value == valve->closes))
		return 0;
	return fault(errs, &valve->place, s == NULL ?
	    ERR_("%s: %s: its profile has a watchdog and does not say what a gas_valve falls "
	    "into: put it under failsafe there") :
	    ERR_("%s: %s: the fail-safe value in its profile would open a gas_valve: only what "
	    "closes it may stand there"), d->conf.name, valve->name);
}

static bool
same_bits(const struct point *a, const struct point *b)
{
	uint16_t x, y;

	if (function_is_bits(a->function) != function_is_bits(b->function) ||
	    a->number >= point_end(b) || b->number >= point_end(a))
		return false;
	if (function_is_bits(a->function) || a->write.function != 22 ||
	    b->write.function != 22)
		return true;
	x = raw_mask(a->raw, &a->piece);
	y = raw_mask(b->raw, &b->piece);
	return (x & y) != 0;
}

/* Whoever writes another point of the same register would move the valve. */
static int
check_alias(const struct device *d, const struct output *valve, struct errs *errs)
{
	const struct point *points = d->profile->points;

	for (size_t i = 0; i < d->conf.writable.n; i++) {
		size_t k = find(d, d->conf.writable.at[i]);

		if (k != SIZE_MAX && k != valve->point && points[k].write.function != 0 &&
		    same_bits(&points[k], &points[valve->point]))
			return err_add(errs, valve->place.file, valve->place.line,
			    "%s: %s cannot be writable: it stands in a register of the gas "
			    "valve %s", d->conf.name, points[k].name, valve->name);
	}
	return 0;
}

/* Nor may a step of its profile that starts or stops it. */
static int
check_steps(const struct device *d, const struct steps *steps, const struct output *valve,
    struct errs *errs)
{
	const struct point *p = &d->profile->points[valve->point];

	for (size_t i = 0; i < steps->n; i++) {
		const struct step *s = &steps->at[i];
		bool coil = s->function == 5 || s->function == 15;

		if (s->function > 4 && coil == function_is_bits(p->function) &&
		    s->number < point_end(p) && p->number < (uint32_t)s->number + s->count)
			return fault(errs, &valve->place, "%s: %s cannot be a gas_valve: a "
			    "step of its profile writes there", d->conf.name, valve->name);
	}
	return 0;
}

static int
bind_feedback(const struct device *d, struct output *o, struct errs *errs)
{
	const struct point *p;

	o->shown = o->point;
	if (o->feedback == NULL || o->feedback[0] == '\0')
		return 0;
	o->shown = find(d, o->feedback);
	if (o->shown == SIZE_MAX)
		return unknown(errs, d, &o->place, o->feedback);
	p = &d->profile->points[o->shown];
	if (o->shown == o->point || p->derived || (p->raw->needs & RAW_LENGTH))
		return fault(errs, &o->place, "%s: %s: feedback is another point that is read "
		    "as a figure", d->conf.name, o->name);
	if (d->conf.enabled && d->taps[o->shown].block == BLOCK_NONE)
		return fault(errs, &o->place, "%s: %s: its feedback is out of service: take it "
		    "out of disable", d->conf.name, o->name);
	return 0;
}

/* Nothing keeps gas flowing, and a setting is neither on nor off. */
static int
check_times(const struct device *d, const struct output *o, struct errs *errs)
{
	if (o->min_on == 0 && o->min_off == 0)
		return 0;
	if (o->acts == OUTPUT_GAS_VALVE || o->acts == OUTPUT_SETTING)
		return fault(errs, &o->place, "%s: %s: min_on and min_off are not for a "
		    "gas_valve or a setting: take them out", d->conf.name, o->name);
	if ((o->min_on != 0 && o->min_on < o->travel) ||
	    (o->min_off != 0 && o->min_off < o->travel))
		return fault(errs, &o->place, "%s: %s: min_on and min_off cannot be shorter "
		    "than travel, the time until it is known to be on or off", d->conf.name,
		    o->name);
	return 0;
}

static int
bind_output(const struct device *d, struct output *o, struct errs *errs)
{
	o->point = find(d, o->name);
	if (o->point == SIZE_MAX)
		return unknown(errs, d, &o->place, o->name);
	for (const struct output *b = d->conf.outputs.at; b < o; b++)
		if (b->point == o->point)
			return fault(errs, &o->place, "%s: outputs: %s stands there twice",
			    d->conf.name, o->name);
	if (d->profile->points[o->point].write.function == 0)
		return fault(errs, &o->place, "%s: outputs: the profile does not say how "
		    "%s is written", d->conf.name, o->name);
	if (bind_closes(d, o, errs) != 0 || bind_feedback(d, o, errs) != 0 ||
	    check_times(d, o, errs) != 0)
		return -1;
	if (o->acts != OUTPUT_GAS_VALVE)
		return 0;
	return check_failsafe(d, o, errs) | check_alias(d, o, errs) |
	    check_steps(d, &d->profile->start, o, errs) |
	    check_steps(d, &d->profile->stop, o, errs);
}

/* What is reckoned from a detector tells nothing more than it does. */
static bool
is_lel(const struct point *p)
{
	return !p->derived && strcmp(point_unit_name(p), "%LEL") == 0;
}

static int
bind_gas(const struct device *d, struct gas_point *g, struct errs *errs)
{
	g->point = find(d, g->name);
	if (g->point == SIZE_MAX)
		return unknown(errs, d, &g->place, g->name);
	for (const struct gas_point *b = d->conf.gas.at; b < g; b++)
		if (b->point == g->point)
			return fault(errs, &g->place, "%s: gas: %s stands there twice",
			    d->conf.name, g->name);
	if (is_lel(&d->profile->points[g->point]) && g->limit > GAS_LIMIT)
		return fault(errs, &g->place, "%s: gas: %s: from 10 %%LEL on it is gas, not "
		    "later", d->conf.name, g->name);
	return 0;
}

int
outputs_bind(struct device *d, struct errs *errs)
{
	struct output *outputs = d->conf.outputs.at;
	struct gas_point *gas = d->conf.gas.at;
	int rc = 0;

	for (size_t i = 0; i < d->conf.outputs.n; i++)
		rc |= bind_output(d, &outputs[i], errs);
	for (size_t i = 0; i < d->conf.gas.n; i++)
		rc |= bind_gas(d, &gas[i], errs);
	return rc;
}

const struct output *
output_of(const struct device *d, const struct point *p)
{
	const struct output *o = d->conf.outputs.at;

	for (size_t i = 0; i < d->conf.outputs.n; i++)
		if (&d->profile->points[o[i].point] == p)
			return &o[i];
	return NULL;
}

double
gas_limit(const struct device *d, size_t point)
{
	const struct gas_point *g = d->conf.gas.at;

	for (size_t i = 0; i < d->conf.gas.n; i++)
		if (g[i].point == point)
			return g[i].limit;
	return is_lel(&d->profile->points[point]) ? GAS_LIMIT : NAN;
}
