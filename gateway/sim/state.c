#include <math.h>
#include <string.h>

#include "../clock.h"
#include "show.h"
#include "state.h"

#define NEW_RESULT	US_PER_S	/* an analyser in a hurry */
#define COUNTER		30000		/* of results; every raw type of a register
					 * or more can say it */

static bool
same_place(const struct point *a, const struct point *b)
{
	return a->function == b->function && a->number == b->number && a->raw == b->raw &&
	    memcmp(&a->piece, &b->piece, sizeof(a->piece)) == 0;
}

/* Do they have a bit in common? */
static bool
meet(const struct point *a, const struct point *b)
{
	if (a->function != b->function || point_end(a) <= b->number || point_end(b) <= a->number)
		return false;
	return function_is_bits(a->function) ||
	    (raw_mask(a->raw, &a->piece) & raw_mask(b->raw, &b->piece)) != 0;
}

bool
state_rules(const struct profile *profile, const struct point *p)
{
	for (size_t i = 0; i < profile->nstatuses; i++) {
		const struct status *s = &profile->statuses[i];

		if (meet(&s->at, p) && (s->kind != STATUS_STATE || p->unit == NULL))
			return true;
	}
	return false;
}

/* The fault that makes this status say so; NULL: there is none now. */
static const struct fault *
said_by(const struct instrument *i, const struct status *s, int64_t us)
{
	for (size_t k = 0; k < i->nfaults; k++)
		if (i->faults[k].kind == FAULT_STATUS && i->faults[k].amount == s->means &&
		    span_holds(&i->faults[k].span, us))
			return &i->faults[k];
	return NULL;
}

/* A point at the same place that has names for its numbers; NULL: none. */
static const struct point *
named(const struct profile *profile, const struct point *place)
{
	for (size_t i = 0; i < profile->npoints; i++)
		if (profile->points[i].nchoices > 0 && same_place(&profile->points[i], place))
			return &profile->points[i];
	return NULL;
}

/* How many of the statuses at this place would be wrong about it. */
static unsigned
wrongs(const struct instrument *i, const struct point *place, double number, int64_t us)
{
	unsigned n = 0;

	for (size_t k = 0; k < i->profile->nstatuses; k++) {
		const struct status *s = &i->profile->statuses[k];

		n += s->kind == STATUS_STATE && same_place(&s->at, place) &&
		    status_holds(s, number) != (said_by(i, s, us) != NULL);
	}
	return n;
}

/* The number with the fewest wrongs, of those that have a name if any has. */
static double
state_of(const struct instrument *i, const struct point *place, int64_t us)
{
	const struct point *p = named(i->profile, place);
	size_t most = p != NULL ? p->nchoices : (size_t)raw_mask(place->raw, &place->piece) + 1;
	unsigned least = UINT32_MAX;
	double best = 0;

	for (size_t k = 0; least > 0 && k < most; k++) {
		double number = p != NULL ? (double)p->choices[k].number : (double)k;
		unsigned n = wrongs(i, place, number, us);

		best = n < least ? number : best;
		least = n < least ? n : least;
	}
	return best;
}

/* An age begins, and a counter of results stands still, when its fault does. */
static double
number_of(const struct instrument *i, const struct status *s, int64_t us)
{
	const struct fault *fault = said_by(i, s, us);

	if (s->kind == STATUS_STATE)
		return state_of(i, &s->at, us);
	if (s->kind == STATUS_AGE)
		return fault != NULL ? (double)(us - fault->span.from) / US_PER_S : 0;
	us = fault != NULL ? fault->span.from : instrument_moment(i, us);
	return (double)(us / NEW_RESULT % COUNTER);
}

static void
put(const struct stretch *s, const struct point *at, double number, uint16_t *registers)
{
	uint8_t wire[POINT_BYTES_MAX] = { 0 };

	if (function_is_bits(at->function)) {
		point_encode(at, number, wire);
		registers[at->number - s->first] = wire[0] & 1;
		return;
	}
	show_carry(s, at, registers, wire, false);
	if (point_encode(at, number, wire) == 0)
		show_carry(s, at, registers, wire, true);
}

void
state_fill(const struct instrument *i, const struct stretch *s, int64_t us,
    uint16_t *registers)
{
	for (size_t k = 0; k < i->profile->nstatuses; k++) {
		const struct status *status = &i->profile->statuses[k];
		const struct point *at = &status->at;

		if (at->function == s->function && at->end > s->first &&
		    at->first < (uint32_t)s->first + s->count)
			put(s, at, number_of(i, status, us), registers);
	}
}

double
state_figure(const struct instrument *i, const struct point *p, int64_t us)
{
	const struct stretch s = { p->function, p->first, (uint16_t)(p->end - p->first), 0 };
	uint16_t registers[POINT_BYTES_MAX / 2] = { 0 };
	uint8_t wire[POINT_BYTES_MAX] = { 0 };
	double number;
	struct value v;

	state_fill(i, &s, us, registers);
	if (function_is_bits(p->function))
		wire[0] = (uint8_t)registers[0];
	else
		show_carry(&s, p, registers, wire, false);
	point_prepare(p, wire);
	return point_figure(p, wire, &v) == Q_GOOD && value_number(&v, &number) ? number : NAN;
}
