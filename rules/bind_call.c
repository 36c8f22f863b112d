#include <stdio.h>
#include <string.h>

#include "../conf/span.h"
#include "aligned.h"
#include "binder.h"
#include "statistic_conf.h"

static uint8_t
kind_of(const struct rule_fn *fn, size_t i)
{
	return fn->args[i] & (uint8_t)~ARG_OPTIONAL;
}

/* The unit of a change in an hour, of those that have one. */
static const struct { const char *of, *hourly; } hourly[] = {
	{ "m3", "m3/h" }, { "L", "L/h" }, { "kg", "kg/h" }, { "t", "t/h" }, { "mm", "mm/h" },
	{ "km", "km/h" }, { "kWh", "kW" }, { "Wh", "W" }, { "MWh", "MW" }
};

static struct measure
per_hour(const struct measure *m)
{
	for (size_t i = 0; m->unit != NULL && i < sizeof(hourly) / sizeof(hourly[0]); i++)
		if (strcmp(m->unit->name, hourly[i].of) == 0)
			return (struct measure){ unit_find(hourly[i].hourly), false };
	return (struct measure){ NULL, true };
}

static struct measure
result_of(const struct rule_fn *fn, const struct measure *arg)
{
	switch ((enum rule_unit)fn->unit) {
	case UNIT_OF_ARG:
		return *arg;
	case UNIT_PERCENT:
		return (struct measure){ unit_find("%"), false };
	case UNIT_SECONDS:
		return (struct measure){ unit_find("s"), false };
	case UNIT_PER_HOUR:
		return per_hour(arg);
	case UNIT_NONE:
		break;
	}
	return (struct measure){ NULL, false };
}

static bool
put_point(struct binder *b, const struct rule_fn *fn, const struct expr *e, struct measure *m)
{
	struct meaning meaning;

	if (!binder_means(b, e, &meaning))
		return false;
	if (meaning.device == NULL) {
		expr_fault(&b->source, e->at, "%s: %s: \"%s\" is a number; %s wants a point",
		    e->word, fn->name);
		return binder_refuse(b, BIND_WRONG);
	}
	m->unit = meaning.point->unit;
	return binder_input(b, meaning.device, meaning.point, fn->waits);
}

static bool
put_group(struct binder *b, const struct expr *e, struct rule_call *call, struct measure *m)
{
	struct measure limit;

	if (!binder_group(b, e->arg[0], m))
		return false;
	call->group_end = (uint16_t)b->program->ninputs;
	call->how = e->how;
	call->plain = e->arg[1] == NULL;
	if (call->plain)
		return true;
	call->nargs = 1;
	return binder_expr(b, e->arg[1], call->polarity, &limit) &&
	    binder_agree(b, e, m, &limit);
}

/* A figure is measured as the first one was; a contact stands for its being on. */
static bool
put_plain(struct binder *b, const struct expr *e, size_t i, struct rule_call *call,
    struct measure *m)
{
	const struct expr *arg = e->arg[i];
	const struct rule_code nonzero = { .op = OP_NONZERO };
	struct measure its;

	call->nargs++;
	call->truths |= i == 0 && arg->truth;
	if (!binder_expr(b, arg, call->polarity, &its))
		return false;
	if (kind_of(e->fn, i) == ARG_TRUTH)
		return arg->truth || binder_put(b, &nonzero);
	if (i == 0) {
		*m = its;
		return true;
	}
	return binder_agree(b, arg, m, &its);
}

static bool
put_arg(struct binder *b, const struct expr *e, size_t i, struct rule_call *call,
    struct measure *m)
{
	uint8_t kind = kind_of(e->fn, i);

	if (kind == ARG_GROUP)
		return put_group(b, e, call, m);
	if (e->arg[i] == NULL)
		return true;
	if (rule_arg_is_literal(kind)) {
		call->literal[i] = e->arg[i]->literal;
		return true;
	}
	if (kind == ARG_POINT)
		return put_point(b, e->fn, e->arg[i], m);
	return put_plain(b, e, i, call, m);
}

/* Before the next reading is due it would be taken for silence. */
static bool
check_silence(struct binder *b, const struct expr *e, const struct rule_call *call)
{
	int64_t age = call->literal[1].whole;
	char words[2][32];

	if (!e->fn->waits || e->fn->args[0] != ARG_POINT)
		return true;
	if (age == 0)
		age = 2 * call->period + 5000000;
	if (!b->silence_known)
		b->program->silence = age;
	b->silence_known = true;
	if (age > call->period)
		return true;
	expr_fault(&b->source, e->at, "%s: %s: stale after %s, but %s is read only each %s",
	    span_write(age, words[0], sizeof(words[0])), b->last->conf.name,
	    span_write(call->period, words[1], sizeof(words[1])));
	return binder_refuse(b, BIND_WRONG);
}

static bool
keep(struct binder *b, const struct rule_call *call)
{
	struct rule_program *p = b->program;
	const struct rule_code c = { .op = OP_CALL, .at = (uint32_t)p->ncalls };
	size_t size = call->literal[1].clock ? sizeof(struct aligned) :
	    call->fn->state_size != NULL ? call->fn->state_size(call) : 0;

	if (p->calls != NULL) {
		p->calls[p->ncalls] = *call;
		p->calls[p->ncalls].state = (uint32_t)p->state_size;
	}
	p->ncalls++;
	p->state_size += (size + 15) / 16 * 16;
	p->holds |= call->fn->holds;
	b->depth -= call->nargs;
	return binder_put(b, &c);
}

/* As it stands in an entry of statistics. */
static const char *
setting(int64_t us, char *buf, size_t n)
{
	if (us == 86400000000 || us == 3600000000)
		return us == 3600000000 ? "hour = true" : "day = true";
	snprintf(buf, n, "minute = \"%dmin\"", (int)(us / 60000000));
	return buf;
}

/* What nobody makes would never be judged. */
static bool
check_made(struct binder *b, const struct expr *e, int64_t us)
{
	const struct census *census = b->of->census;
	const struct meaning none = { .device = NULL };
	const struct statistic_conf *c;
	struct meaning m = none;
	char words[2][48];
	int64_t near;

	if (census->statistics == NULL || !binder_means(b, e->arg[0], &m) || m.device == NULL)
		return b->result == BIND_FITS;
	c = statistic_conf_of(census->statistics, census->nstatistics, m.device->conf.name,
	    m.point->name);
	near = c != NULL ? statistic_conf_nearest(c, us) : 0;
	if (near == us)
		return true;
	if (b->of->tell_absent && near != 0)
		expr_fault(&b->source, e->arg[1]->at, "%s: %s: the statistics of %s.%s are "
		    "not made with %s; the nearest is %s", m.device->conf.name, m.point->name,
		    setting(us, words[0], sizeof(words[0])),
		    setting(near, words[1], sizeof(words[1])));
	else if (b->of->tell_absent)
		expr_fault(&b->source, e->arg[1]->at, "%s: %s: no statistics of %s.%s are "
		    "made: an entry of \"statistics\" with %s makes them", m.device->conf.name,
		    m.point->name, setting(us, words[0], sizeof(words[0])));
	return binder_refuse(b, BIND_ABSENT);
}

/* By the clock are the statistics of points, and some of their figures. */
static bool
check_clock(struct binder *b, const struct expr *e, const struct rule_call *call)
{
	struct rule_program *p = b->program;

	if (!call->literal[1].clock)
		return true;
	if (b->of->figure) {
		expr_fault(&b->source, e->arg[1]->at, "%s: %s: \"%s\" by the clock is for rules: "
		    "statistics of this point are made too", e->fn->name);
		return binder_refuse(b, BIND_WRONG);
	}
	if (e->fn->clock == CLOCK_NONE || e->arg[0]->kind != EXPR_NAME ||
	    call->end != call->first + 1) {
		expr_fault(&b->source, e->arg[1]->at, e->fn->clock == CLOCK_NONE ?
		    ERR_("%s: %s: there is no \"%s\" by the clock: leave out \"clock\"") :
		    ERR_("%s: %s: \"%s\" by the clock is of a point: give what stands there a "
		    "name as a derived point"), e->fn->name);
		return binder_refuse(b, BIND_WRONG);
	}
	if (p->inputs != NULL)
		p->inputs[call->first].by_clock = true;
	return check_made(b, e, call->literal[1].whole);
}

bool
binder_call(struct binder *b, const struct expr *e, int polarity, struct measure *m)
{
	struct rule_call call = { .fn = e->fn, .first = (uint16_t)b->program->ninputs,
	    .polarity = (int8_t)(e->fn->truth ? polarity : 1) };
	struct measure arg = { NULL, false };
	int64_t outer = b->longest;

	b->calls++;
	b->longest = 0;
	for (size_t i = 0; i < RULE_ARGS && e->fn->args[i] != ARG_NONE; i++) {
		if (!put_arg(b, e, i, &call, &arg))
			return false;
		if (e->fn->args[i] == ARG_GROUP)
			break;
	}
	b->calls--;
	call.end = (uint16_t)b->program->ninputs;
	call.period = b->longest;
	b->longest = outer > b->longest ? outer : b->longest;
	*m = result_of(e->fn, &arg);
	return check_silence(b, e, &call) && check_clock(b, e, &call) && keep(b, &call);
}
