#include <math.h>
#include <stdlib.h>

#include "functions.h"
#include "stack.h"
#include "window.h"

/* Too few readings say nothing of the whole span: unknown, or a bound. */

#define LOOK(sum) \
	struct window_sum sum; \
	window_look(call, state, args[0], look, &sum)

/* Of gas that was beyond full scale: so much or more. */
static struct term
told(const struct window_sum *s, double figure)
{
	struct term t = s->over ? term_between(figure, INFINITY) : term_number(figure);

	t.over = s->over;
	return t;
}

/* How far it was beyond full scale nobody knows, nor what it changed by. */
static bool
changes(const struct window_sum *s)
{
	return s->enough && !s->over;
}

struct term
fn_mean(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	LOOK(s);
	return s.enough ? told(&s, s.sum / (double)s.heard) : term_unknown();
}

/* What was heard bounds it, whatever was not. */
struct term
fn_min(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	LOOK(s);
	if (s.heard == 0)
		return term_unknown();
	return s.enough ? told(&s, s.min) : term_between(-INFINITY, s.min);
}

struct term
fn_max(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	LOOK(s);
	if (s.heard == 0)
		return term_unknown();
	return s.enough ? told(&s, s.max) : term_between(s.max, INFINITY);
}

struct term
fn_sum(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	LOOK(s);
	return s.enough ? told(&s, s.sum) : term_unknown();
}

struct term
fn_count(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	LOOK(s);
	double n = (double)(call->truths ? s.rises : s.heard);

	return s.enough ? term_number(n) : term_between(n, INFINITY);
}

struct term
fn_delta(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	LOOK(s);
	return changes(&s) ? term_number(s.last - s.first) : term_unknown();
}

struct term
fn_rate(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	LOOK(s);
	double hours = (double)(s.last_at - s.first_at) / 3600e6;

	return changes(&s) && hours > 0 ? term_number((s.last - s.first) / hours) : term_unknown();
}

struct term
fn_increase(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	LOOK(s);
	return changes(&s) ? term_number(s.gained) : term_unknown();
}

static int
by_size(const void *a, const void *b)
{
	const double *p = a, *q = b;

	return (*p > *q) - (*p < *q);
}

/* Of the means of the pieces, between two of them in proportion. */
struct term
fn_percentile(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	LOOK(s);
	double share = call->literal[2].number / 100, place;
	size_t below;

	if (!s.enough || s.pieces == 0 || share < 0 || share > 1)
		return term_unknown();
	qsort(s.means, s.pieces, sizeof(s.means[0]), by_size);
	place = share * (double)(s.pieces - 1);
	below = (size_t)place;
	if (below + 1 >= s.pieces)
		return told(&s, s.means[s.pieces - 1]);
	return told(&s, s.means[below] +
	    (place - (double)below) * (s.means[below + 1] - s.means[below]));
}

/* Of the readings that were due; unknown until the whole span was watched. */
struct term
fn_valid_share(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	const struct window *w = state;
	struct term t = input_term(&look->inputs[call->first], look);
	struct window_sum s;
	double expected = (double)call->literal[1].whole / (double)(call->period + 1), share;

	(void)args;
	window_look(call, state, t.over ? term_unknown() : t, look, &s);
	share = 100 * (double)s.heard / (expected > 1 ? floor(expected) : 1);
	share = share > 100 ? 100 : share;
	if (look->now - w->started >= call->literal[1].whole)
		return term_number(share);
	rule_look_again(look, w->started + call->literal[1].whole);
	return term_unknown();
}
