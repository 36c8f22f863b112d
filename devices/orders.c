#include <math.h>

#include "orders.h"

/* A measured quantity in any usual unit lies between these. */
#define TINY	1e-6
#define HUGE	1e8
/* What a quantity may change between two readings of one question. */
#define STEADY	0.1

static const struct { uint8_t one; const char *name; } names[] = {
	{ DOUBT_NO_NUMBER, "no number" },
	{ DOUBT_TINY, "tiny" },
	{ DOUBT_HUGE, "huge" },
	{ DOUBT_OUTSIDE, "outside the range" },
	{ DOUBT_JUMPS, "jumps" },
};

const char *
doubt_name(uint8_t one)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].one == one)
			return names[i].name;
	return NULL;
}

/* The point of the profile that these registers are, if they are one. */
static const struct point *
point_at(const struct riddle *r, const struct guess *g)
{
	for (size_t i = 0; r->profile != NULL && i < r->profile->npoints; i++) {
		const struct point *p = &r->profile->points[i];

		if (p->function == r->function && p->number == g->number &&
		    point_end(p) == (uint32_t)g->number + g->raw->registers)
			return p;
	}
	return NULL;
}

static uint8_t
doubt_range(const struct riddle *r, const struct guess *g, double raw)
{
	const struct point *p = point_at(r, g);
	double figure;

	if (p == NULL || !p->ranged)
		return 0;
	figure = raw * p->scale + p->offset;
	return figure < p->min || figure > p->max ? DOUBT_OUTSIDE : 0;
}

static double
larger(double a, double b)
{
	return a > b ? a : b;
}

/* A last place may always move; bytes that stand in a wrong order jump. */
static uint8_t
doubt_step(const struct riddle *r, const struct guess *g, double now)
{
	struct value before;
	double then, most;

	if (r->again == NULL)
		return 0;
	raw_decode(g->raw, g->order, &(struct piece){ 0 },
	    r->wire + 2 * (size_t)(g->number - r->first), &before);
	if (!value_number(&before, &then) || !isfinite(then))
		return DOUBT_JUMPS;
	most = STEADY * larger(fabs(then), fabs(now));
	if (g->value.kind == VALUE_I64 || g->value.kind == VALUE_U64)
		most = larger(most, 10);
	return fabs(now - then) > most ? DOUBT_JUMPS : 0;
}

static uint8_t
doubts(const struct riddle *r, const struct guess *g)
{
	double number, size;
	uint8_t all = 0;

	if (!value_number(&g->value, &number) || !isfinite(number))
		return DOUBT_NO_NUMBER;
	size = fabs(number);
	if (number != 0 && size < TINY)
		all |= DOUBT_TINY;
	if (size > HUGE)
		all |= DOUBT_HUGE;
	return (uint8_t)(all | doubt_range(r, g, number) | doubt_step(r, g, number));
}

/* Bits and texts are nothing to guess numbers from. */
static bool
applies(const struct riddle *r, uint16_t at, const struct raw *raw, const struct order *order)
{
	return raw->needs == 0 && raw->registers != 0 && raw_fits(raw, order) &&
	    at + raw->registers <= r->registers;
}

static size_t
guess_at(const struct riddle *r, uint16_t at, struct guess *out, size_t max)
{
	const uint8_t *wire = (r->again != NULL ? r->again : r->wire) + 2 * (size_t)at;
	const struct order *order;
	const struct raw *raw;
	size_t n = 0;

	for (size_t i = 0; (raw = raw_at(i)) != NULL; i++)
		for (size_t k = 0; (order = order_at(k)) != NULL && n < max; k++) {
			struct guess *g = &out[n];

			if (!applies(r, at, raw, order))
				continue;
			*g = (struct guess){ .number = (uint16_t)(r->first + at),
			    .raw = raw, .order = order };
			raw_decode(raw, order, &(struct piece){ 0 }, wire, &g->value);
			if (g->value.kind == VALUE_NONE)
				continue;
			g->doubts = doubts(r, g);
			n++;
		}
	return n;
}

size_t
orders_guess(const struct riddle *r, struct guess *out, size_t max)
{
	size_t n = 0;

	for (uint16_t at = 0; at < r->registers && n < max; at++)
		n += guess_at(r, at, out + n, max - n);
	return n;
}
