#include <string.h>

#include "binder.h"
#include "stack.h"

bool
binder_refuse(struct binder *b, enum bind_result result)
{
	b->result = result;
	return false;
}

#define binder_fault(b, at, fmt, ...) \
	(expr_fault(&(b)->source, at, fmt, __VA_ARGS__), binder_refuse(b, BIND_WRONG))

bool
binder_put(struct binder *b, const struct rule_code *c)
{
	struct rule_program *p = b->program;

	if (p->code != NULL)
		p->code[p->ncode] = *c;
	p->ncode++;
	b->depth += 1 - stack_takes((enum rule_op)c->op);
	if (b->depth <= STACK_MAX)
		return true;
	return binder_fault(b, 0, "%s: %s: too much within each other; name parts of it in "
	    "%s points", "derived");
}

static const char *
shown(const struct measure *m)
{
	return m->unit != NULL ? m->unit->shown : "";
}

bool
binder_agree(struct binder *b, const struct expr *e, const struct measure *left,
    const struct measure *right)
{
	const struct unit *to = left->unit, *from = right->unit;
	struct rule_code scale = { .op = OP_SCALE };

	if (to == NULL || from == NULL || to == from)
		return true;
	if (strcmp(to->dimension, from->dimension) != 0)
		return binder_fault(b, e->at, "%s: %s: %s and %s do not go together",
		    shown(left), shown(right));
	scale.number = from->factor / to->factor;
	scale.offset = (from->offset - to->offset) / to->factor;
	return binder_put(b, &scale);
}

static bool
put_op(struct binder *b, enum rule_op op)
{
	const struct rule_code c = { .op = (uint8_t)op };

	return binder_put(b, &c);
}

static bool
put_number(struct binder *b, double number)
{
	const struct rule_code c = { .op = OP_NUMBER, .number = number };

	return binder_put(b, &c);
}

static bool
put_constant(struct binder *b, const struct constant *number)
{
	const struct rule_code c = { .op = OP_DATED, .dated = number };

	return number->ndated > 0 ? binder_put(b, &c) : put_number(b, number->number);
}

static bool
put_name(struct binder *b, const struct expr *e, struct measure *m)
{
	struct rule_code c = { .op = OP_POINT, .at = (uint32_t)b->program->ninputs };
	struct meaning meaning;

	*m = (struct measure){ NULL, false };
	if (!binder_means(b, e, &meaning))
		return false;
	if (meaning.device == NULL)
		return put_constant(b, meaning.number);
	m->unit = meaning.point->unit;
	if (meaning.point->raw->needs & RAW_LENGTH)
		return binder_fault(b, e->at, "%s: %s: point \"%s\" of %s is a text, which is "
		    "above or below nothing", meaning.point->name, meaning.device->conf.name);
	return binder_input(b, meaning.device, meaning.point, false) && binder_put(b, &c);
}

/* A contact stands for its being on. */
static bool
put_truth(struct binder *b, const struct expr *e, int polarity)
{
	struct measure m;

	if (!binder_expr(b, e, polarity, &m))
		return false;
	if (e->truth)
		return true;
	if (m.unit != NULL)
		return binder_fault(b, e->at, "%s: %s: \"%s\" is in %s: compare it with something",
		    e->word, shown(&m));
	return put_op(b, OP_NONZERO);
}

static bool
put_logic(struct binder *b, const struct expr *e, int polarity)
{
	return put_truth(b, e->arg[0], polarity) && put_truth(b, e->arg[1], polarity) &&
	    put_op(b, e->kind == EXPR_AND ? OP_AND : OP_OR);
}

/* One deadband is one figure in one unit. */
static bool
band_fits(struct binder *b, const struct expr *e, const struct measure *m)
{
	if (b->of->deadband == 0 || m->unit == NULL)
		return true;
	if (b->band_unit != NULL && b->band_unit != m->unit)
		return binder_fault(b, e->at, "%s: %s: the deadband cannot be in %s and in %s; "
		    "write \"clear\" instead", b->band_unit->shown, shown(m));
	b->band_unit = m->unit;
	return true;
}

static bool
put_comparison(struct binder *b, const struct expr *e, int polarity)
{
	struct rule_code c = { .op = OP_COMPARE, .how = (uint8_t)e->how,
	    .polarity = (int8_t)polarity };
	size_t before = b->program->ninputs;
	struct measure left, right;

	if (!binder_expr(b, e->arg[0], polarity, &left))
		return false;
	c.mirrored = b->program->ninputs == before;
	if (!binder_expr(b, e->arg[1], polarity, &right) || !binder_agree(b, e, &left, &right))
		return false;
	if (b->calls == 0 && e->how <= COMPARE_LE) {
		if (!band_fits(b, e, left.unit != NULL ? &left : &right))
			return false;
		c.number = b->of->deadband;
	}
	return binder_put(b, &c);
}

static const enum rule_op operations[] = {
	[EXPR_ADD]	= OP_ADD,
	[EXPR_SUBTRACT]	= OP_SUBTRACT,
	[EXPR_MULTIPLY]	= OP_MULTIPLY,
	[EXPR_DIVIDE]	= OP_DIVIDE,
};

static bool
same_dimension(const struct measure *a, const struct measure *b)
{
	return a->unit != NULL && b->unit != NULL &&
	    strcmp(a->unit->dimension, b->unit->dimension) == 0;
}

/* The quotient of two lengths is a plain number, that of a length and a time is not
 * looked into further. */
static struct measure
scaled(enum expr_kind kind, const struct measure *a, const struct measure *b)
{
	struct measure mixed = { NULL, true };

	if (kind == EXPR_DIVIDE && same_dimension(a, b))
		return (struct measure){ NULL, false };
	if (b->unit == NULL && !b->mixed)
		return *a;
	if (a->unit == NULL && !a->mixed && kind == EXPR_MULTIPLY)
		return *b;
	return mixed;
}

static struct measure
added(const struct measure *a, const struct measure *b)
{
	if (a->mixed || b->mixed)
		return (struct measure){ NULL, true };
	return a->unit != NULL ? *a : *b;
}

static bool
put_arithmetic(struct binder *b, const struct expr *e, int polarity, struct measure *m)
{
	bool sum = e->kind == EXPR_ADD || e->kind == EXPR_SUBTRACT;
	struct measure left, right;

	if (!binder_expr(b, e->arg[0], polarity, &left) ||
	    !binder_expr(b, e->arg[1], polarity, &right))
		return false;
	if ((sum || (e->kind == EXPR_DIVIDE && same_dimension(&left, &right))) &&
	    !binder_agree(b, e, &left, &right))
		return false;
	*m = sum ? added(&left, &right) : scaled(e->kind, &left, &right);
	return put_op(b, operations[e->kind]);
}

/* Recursion is bounded by the length of the text. */
bool
binder_expr(struct binder *b, const struct expr *e, int polarity, struct measure *m)
{
	*m = (struct measure){ NULL, false };
	switch (e->kind) {
	case EXPR_NUMBER:
		m->unit = e->unit;
		return put_number(b, e->number);
	case EXPR_NAME:
		return put_name(b, e, m);
	case EXPR_NEGATE:
		return binder_expr(b, e->arg[0], polarity, m) && put_op(b, OP_NEGATE);
	case EXPR_ADD:
	case EXPR_SUBTRACT:
	case EXPR_MULTIPLY:
	case EXPR_DIVIDE:
		return put_arithmetic(b, e, polarity, m);
	case EXPR_COMPARE:
		return put_comparison(b, e, polarity);
	case EXPR_NOT:
		return put_truth(b, e->arg[0], -polarity) && put_op(b, OP_NOT);
	case EXPR_AND:
	case EXPR_OR:
		return put_logic(b, e, polarity);
	case EXPR_CALL:
		return binder_call(b, e, polarity, m);
	case EXPR_GROUP:
	case EXPR_LITERAL:
		break;
	}
	return binder_refuse(b, BIND_WRONG);
}

static bool
put_formula(struct binder *b, const struct formula *f, const char *key, int polarity)
{
	b->source.text = f->text;
	b->source.key = key;
	b->depth = 0;
	return put_truth(b, f->root, polarity);
}

/* A truth is the figure 0 or 1. */
static bool
put_figure(struct binder *b, const struct formula *f)
{
	const struct measure wanted = { b->of->unit, false };
	struct measure m;

	b->source.text = f->text;
	b->source.key = "value";
	b->depth = 0;
	return binder_expr(b, f->root, 1, &m) && binder_agree(b, f->root, &wanted, &m);
}

/* What hangs on the calendar alone still is an alarm of its device. */
static bool
speaks_alone(const struct expr *e)
{
	if (e == NULL)
		return false;
	if (e->kind == EXPR_CALL && e->fn->alone)
		return true;
	for (size_t i = 0; i < RULE_ARGS; i++)
		if (speaks_alone(e->arg[i]))
			return true;
	return false;
}

/* Once to count, once to fill. */
static enum bind_result
pass(const struct rule_binding *of, struct rule_program *p)
{
	struct binder b = { .of = of, .program = p, .result = BIND_FITS,
	    .source = { .place = of->place, .name = of->name, .errs = of->errs } };
	struct rule_binding no_band = *of;

	if (!(of->figure ? put_figure(&b, of->when) : put_formula(&b, of->when, "when", 1)))
		return b.result;
	p->nwhen = p->ncode;
	if (p->ninputs == 0 && speaks_alone(of->when->root) && !of->figure &&
	    of->device->profile->npoints > 0)
		binder_input(&b, of->device, &of->device->profile->points[0], true);
	if (p->ninputs == 0) {
		expr_fault(&b.source, 0, "%s: %s: it hangs on no point, such as %s", "fume");
		return BIND_WRONG;
	}
	no_band.deadband = 0;
	b.of = &no_band;
	if (of->clear != NULL && of->clear->root != NULL)
		put_formula(&b, of->clear, "clear", -1);
	return b.result;
}

static enum rule_shape
shape_of(const struct rule_program *p, const struct expr *root)
{
	const struct rule_code *last = &p->code[p->nwhen - 1];
	bool above = root->how == COMPARE_GT || root->how == COMPARE_GE;
	const struct expr *figure = root->arg[last->mirrored];

	if (root->kind == EXPR_CALL && root->fn->waits && root->fn->args[0] == ARG_POINT)
		return SHAPE_STALE;
	if (root->kind != EXPR_COMPARE || root->how > COMPARE_LE || p->ninputs != 1 ||
	    figure->kind != EXPR_NAME)
		return SHAPE_OTHER;
	return above != last->mirrored ? SHAPE_HIGH : SHAPE_LOW;
}

static int
take_room(struct rule_program *p, const struct rule_program *counted, struct arena *arena)
{
	p->code = arena_alloc(arena, (counted->ncode + 1) * sizeof(*p->code));
	p->calls = arena_alloc(arena, (counted->ncalls + 1) * sizeof(*p->calls));
	p->inputs = arena_alloc(arena, (counted->ninputs + 1) * sizeof(*p->inputs));
	p->state = arena_alloc(arena, counted->state_size + 1);
	return p->code == NULL || p->calls == NULL || p->inputs == NULL || p->state == NULL ?
	    -1 : 0;
}

enum bind_result
program_bind(const struct rule_binding *of, struct rule_program *p)
{
	struct rule_program counted = { .code = NULL };
	enum bind_result result = pass(of, &counted);

	*p = counted;
	if (result != BIND_FITS || of->arena == NULL)
		return result;
	if (take_room(p, &counted, of->arena) != 0) {
		err_add(of->errs, of->place->file, of->place->line,
		    "%s: no memory left for what it must remember", of->name);
		return BIND_WRONG;
	}
	p->ncode = p->nwhen = p->ncalls = p->ninputs = p->state_size = 0;
	result = pass(of, p);
	p->shape = shape_of(p, of->when->root);
	return result;
}
