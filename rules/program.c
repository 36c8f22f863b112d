#include <assert.h>
#include <math.h>
#include <string.h>

#include "aligned.h"
#include "program.h"
#include "stack.h"

void
program_resume(struct rule_program *p, int64_t now)
{
	for (size_t i = 0; i < p->ninputs; i++) {
		struct rule_input *in = &p->inputs[i];

		in->series = in->device->taps[in->point - in->device->profile->points].series;
		in->usable = in->fresh = in->ever = in->known = false;
		in->quality = (struct quality){ .code = Q_NO_DATA_YET };
		in->heard = in->spoke = now;
	}
}

void
program_start(struct rule_program *p, int64_t now)
{
	program_resume(p, now);
	memset(p->state, 0, p->state_size);
}

/* A figure by the clock holds for two and a half intervals. */
static int64_t
call_reach(const struct rule_call *c)
{
	int64_t reach = c->fn->memory;

	if (c->fn->state_size == NULL && !c->literal[1].clock)
		return 0;
	for (size_t i = 0; i < RULE_ARGS; i++) {
		uint8_t kind = c->fn->args[i] & (uint8_t)~ARG_OPTIONAL;
		int64_t whole = c->literal[i].whole;

		if (kind != ARG_SPAN && kind != ARG_WINDOW)
			continue;
		whole = c->literal[i].clock ? whole * 5 / 2 : whole;
		reach = whole > reach ? whole : reach;
	}
	return reach + 3 * c->period;
}

int64_t
program_reach(const struct rule_program *p)
{
	int64_t most = 0;

	for (size_t i = 0; i < p->ncalls; i++) {
		int64_t reach = call_reach(&p->calls[i]);

		most = reach > most ? reach : most;
	}
	return most;
}

/* May it be reckoned with?  Uncertain ones may, but for an instrument that warms
 * up or repeats what it said long ago. */
static bool
is_usable(const struct reading *r, bool guards)
{
	switch (quality_severity(r->quality)) {
	case SEVERITY_GOOD:
		return true;
	case SEVERITY_UNCERTAIN:
		return r->quality.code != Q_WARMING_UP && r->quality.code != Q_STALE;
	case SEVERITY_BAD:
		break;
	}
	return r->quality.code == Q_OUT_OF_RANGE && guards;
}

/* A figure beyond its range cannot be reckoned with, nor can one of an instrument
 * that warms up, but they are no silence. */
static bool
speaks(const struct rule_input *in, const struct reading *r)
{
	return in->usable || r->quality.code == Q_OUT_OF_RANGE ||
	    r->quality.code == Q_WARMING_UP;
}

bool
input_hear(struct rule_input *in, const struct reading *r, int64_t wall)
{
	double number = 0;

	if (wall - r->time > in->max_age / 1000 || r->mono < in->heard)
		return false;
	in->usable = is_usable(r, in->guards);
	if (speaks(in, r)) {
		in->spoke = r->mono;
		in->ever = true;
	}
	in->usable = in->usable && value_number(&r->value, &number) && isfinite(number);
	in->over = r->quality.code == Q_OUT_OF_RANGE;
	in->single = r->value.kind == VALUE_F32;
	in->held = r->quality.flags & QF_HELD;
	in->quality = r->quality;
	in->fresh = true;
	in->number = number;
	if (in->usable) {
		in->heard = r->mono;
		in->known = true;
	}
	return true;
}

/* One missed answer may lie between two readings that belong together, two may
 * not. */
struct term
input_term(const struct rule_input *in, struct rule_look *look)
{
	int64_t end = in->heard + in->period * 5 / 2 + 1;

	if (!in->usable || look->now >= end)
		return term_unknown();
	if (end < look->expires)
		look->expires = end;
	return (struct term){ .low = in->number, .high = in->over ? INFINITY : in->number,
	    .single = in->single, .over = in->over };
}

static struct term
compare(const struct rule_code *c, struct term a, struct term b, bool held,
    struct rule_look *look)
{
	if (term_blank(look->limit)) {
		look->limit = c->mirrored ? a : b;
		look->figure = c->mirrored ? b : a;
	}
	return term_compare((enum comparison)c->how, a, b, held ? c->number : 0, c->polarity);
}

static struct term
binary(const struct rule_code *c, struct term a, struct term b, bool held,
    struct rule_look *look)
{
	switch (c->op) {
	case OP_ADD:
		return term_add(a, b);
	case OP_SUBTRACT:
		return term_subtract(a, b);
	case OP_MULTIPLY:
		return term_multiply(a, b);
	case OP_DIVIDE:
		return term_divide(a, b);
	case OP_AND:
		return term_and(a, b);
	case OP_OR:
		return term_or(a, b);
	default:
		return compare(c, a, b, held, look);
	}
}

static struct term
unary(const struct rule_code *c, struct term a)
{
	switch (c->op) {
	case OP_NONZERO:
		return term_nonzero(a);
	case OP_SCALE:
		return term_scale(a, c->number, c->offset);
	case OP_NEGATE:
		return term_negate(a);
	default:
		return term_not(a);
	}
}

static struct term
call(const struct rule_program *p, const struct rule_code *c, struct term *stack, size_t *n,
    struct rule_look *look)
{
	const struct rule_call *of = &p->calls[c->at];

	assert(*n >= of->nargs);
	*n -= of->nargs;
	if (of->group_end > of->first && of->nargs > 0 && term_blank(look->limit))
		look->limit = stack[*n];
	if (of->literal[1].clock) {
		void *state = p->state + of->state;

		return aligned_term(of, state, look);
	}
	return of->fn->eval(of, p->state + of->state, stack + *n, look);
}

static struct term
run(const struct rule_program *p, size_t from, size_t end, bool held, struct rule_look *look)
{
	struct term stack[STACK_MAX];
	size_t n = 0;

	for (size_t i = from; i < end; i++) {
		const struct rule_code *c = &p->code[i];

		if (c->op == OP_NUMBER) {
			stack[n++] = term_number(c->number);
		} else if (c->op == OP_DATED) {
			stack[n++] = dated_term(c->dated, look);
		} else if (c->op == OP_POINT) {
			stack[n++] = input_term(&p->inputs[c->at], look);
		} else if (c->op == OP_CALL) {
			struct term result = call(p, c, stack, &n, look);

			stack[n++] = result;
		} else if (stack_takes((enum rule_op)c->op) == 1) {
			stack[n - 1] = unary(c, stack[n - 1]);
		} else {
			n--;
			stack[n - 1] = binary(c, stack[n - 1], stack[n], held, look);
		}
	}
	assert(n == 1);
	return stack[0];
}

enum truth
program_run(const struct rule_program *p, bool clear, bool held, struct rule_look *look)
{
	look->inputs = p->inputs;
	if (clear)
		return truth_of(run(p, p->nwhen, p->ncode, false, look));
	return truth_of(run(p, 0, p->nwhen, held, look));
}

struct term
program_figure(const struct rule_program *p, struct rule_look *look)
{
	look->inputs = p->inputs;
	return run(p, 0, p->nwhen, false, look);
}

static bool
input_same(const struct rule_input *a, const struct rule_input *b)
{
	return strcmp(a->device->conf.name, b->device->conf.name) == 0 &&
	    strcmp(a->point->name, b->point->name) == 0 && a->period == b->period;
}

static bool
code_same(const struct rule_code *a, const struct rule_code *b)
{
	return a->op == b->op && a->how == b->how && a->at == b->at &&
	    a->polarity == b->polarity &&
	    (a->op != OP_DATED || constant_same(a->dated, b->dated)) &&
	    memcmp(&a->number, &b->number, sizeof(a->number)) == 0 &&
	    memcmp(&a->offset, &b->offset, sizeof(a->offset)) == 0;
}

static bool
call_same(const struct rule_call *a, const struct rule_call *b)
{
	for (size_t i = 0; i < RULE_ARGS; i++)
		if (a->literal[i].whole != b->literal[i].whole ||
		    a->literal[i].clock != b->literal[i].clock ||
		    memcmp(&a->literal[i].number, &b->literal[i].number, sizeof(double)) != 0)
			return false;
	return a->fn == b->fn && a->first == b->first && a->end == b->end &&
	    a->truths == b->truths &&
	    a->group_end == b->group_end && a->how == b->how && a->plain == b->plain &&
	    a->state == b->state && a->period == b->period;
}

bool
program_same(const struct rule_program *a, const struct rule_program *b)
{
	if (a->nwhen != b->nwhen || a->ncode != b->ncode || a->ncalls != b->ncalls ||
	    a->ninputs != b->ninputs || a->state_size != b->state_size)
		return false;
	for (size_t i = 0; i < a->ncode; i++)
		if (!code_same(&a->code[i], &b->code[i]))
			return false;
	for (size_t i = 0; i < a->ncalls; i++)
		if (!call_same(&a->calls[i], &b->calls[i]))
			return false;
	for (size_t i = 0; i < a->ninputs; i++)
		if (!input_same(&a->inputs[i], &b->inputs[i]))
			return false;
	return true;
}

void
program_take_over(struct rule_program *p, const struct rule_program *was)
{
	for (size_t i = 0; i < p->ninputs; i++) {
		struct rule_input *in = &p->inputs[i];
		const struct rule_input *old = &was->inputs[i];

		in->usable = old->usable;
		in->single = old->single;
		in->over = old->over;
		in->held = old->held;
		in->ever = old->ever;
		in->known = old->known;
		in->quality = old->quality;
		in->number = old->number;
		in->heard = old->heard;
		in->spoke = old->spoke;
	}
	memcpy(p->state, was->state, p->state_size);
}
