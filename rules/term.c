#include <math.h>

#include "term.h"

static double
least(double a, double b)
{
	return a < b ? a : b;
}

static double
most(double a, double b)
{
	return a > b ? a : b;
}

/* What is no number, or beyond all numbers, is not known. */
static struct term
tidy(double low, double high, bool over)
{
	if (!(low < INFINITY) || !(high > -INFINITY))
		return term_unknown();
	return (struct term){ .low = low, .high = high, .over = over };
}

struct term
term_number(double number)
{
	return tidy(number, number, false);
}

struct term
term_between(double low, double high)
{
	return tidy(low, high, false);
}

struct term
term_unknown(void)
{
	return (struct term){ .low = -INFINITY, .high = INFINITY };
}

struct term
term_truth(enum truth truth)
{
	return (struct term){ .low = truth == TRUTH_YES, .high = truth != TRUTH_NO };
}

bool
term_known(struct term a)
{
	return a.low >= a.high;
}

bool
term_blank(struct term a)
{
	return a.low <= -INFINITY && a.high >= INFINITY;
}

enum truth
truth_of(struct term a)
{
	if (a.low < a.high)
		return TRUTH_UNKNOWN;
	return a.low > 0 ? TRUTH_YES : TRUTH_NO;
}

struct term
term_nonzero(struct term a)
{
	if (a.low > 0 || a.high < 0)
		return term_truth(TRUTH_YES);
	return term_truth(term_known(a) ? TRUTH_NO : TRUTH_UNKNOWN);
}

struct term
term_add(struct term a, struct term b)
{
	if (term_blank(a) || term_blank(b))
		return term_unknown();
	return tidy(a.low + b.low, a.high + b.high, a.over || b.over);
}

struct term
term_negate(struct term a)
{
	return (struct term){ .low = -a.high, .high = -a.low, .single = a.single,
	    .over = a.over };
}

struct term
term_subtract(struct term a, struct term b)
{
	return term_add(a, term_negate(b));
}

/* Of the four corners; one that is no number bounds nothing. */
static struct term
hull(const double corners[4], bool over)
{
	double low = INFINITY, high = -INFINITY;

	for (int i = 0; i < 4; i++) {
		low = least(corners[i], low);
		high = most(corners[i], high);
	}
	return tidy(low, high, over);
}

static double
product(double a, double b)
{
	return a == 0 || b == 0 ? 0 : a * b;
}

struct term
term_multiply(struct term a, struct term b)
{
	const double corners[] = { product(a.low, b.low), product(a.low, b.high),
	    product(a.high, b.low), product(a.high, b.high) };

	if (term_blank(a) || term_blank(b))
		return term_unknown();
	return hull(corners, a.over || b.over);
}

struct term
term_divide(struct term a, struct term b)
{
	const double corners[] = { a.low / b.low, a.low / b.high, a.high / b.low,
	    a.high / b.high };

	if (term_blank(a) || (b.low <= 0 && b.high >= 0))
		return term_unknown();
	return hull(corners, a.over || b.over);
}

struct term
term_scale(struct term a, double factor, double offset)
{
	double low = a.low * factor + offset, high = a.high * factor + offset;

	return factor < 0 ? tidy(high, low, a.over) : tidy(low, high, a.over);
}

struct term
term_least(struct term a, struct term b)
{
	return tidy(least(a.low, b.low), least(a.high, b.high), a.over || b.over);
}

struct term
term_most(struct term a, struct term b)
{
	return tidy(most(a.low, b.low), most(a.high, b.high), a.over || b.over);
}

struct term
term_magnitude(struct term a)
{
	if (term_blank(a) || a.low >= 0)
		return a;
	if (a.high <= 0)
		return term_negate(a);
	return tidy(0, most(-a.low, a.high), a.over);
}

struct term
term_not(struct term a)
{
	return (struct term){ .low = 1 - a.high, .high = 1 - a.low };
}

struct term
term_and(struct term a, struct term b)
{
	return (struct term){ .low = least(a.low, b.low), .high = least(a.high, b.high) };
}

struct term
term_or(struct term a, struct term b)
{
	return (struct term){ .low = most(a.low, b.low), .high = most(a.high, b.high) };
}

static struct term
shift(struct term a, double by)
{
	a.low += by;
	a.high += by;
	return a;
}

/* The nearest float: a reading of 0.7 is not below a limit of 0.7. */
static struct term
as_single(struct term a)
{
	a.low = (double)(float)a.low;
	a.high = (double)(float)a.high;
	return a;
}

static enum truth
above(struct term a, struct term b, bool or_equal)
{
	if (a.low > b.high || (or_equal && a.low >= b.high))
		return TRUTH_YES;
	if (a.high < b.low || (!or_equal && a.high <= b.low))
		return TRUTH_NO;
	return TRUTH_UNKNOWN;
}

static enum truth
equal(struct term a, struct term b)
{
	if (a.high < b.low || b.high < a.low)
		return TRUTH_NO;
	return term_known(a) && term_known(b) ? TRUTH_YES : TRUTH_UNKNOWN;
}

static enum truth
compare(enum comparison how, struct term a, struct term b)
{
	switch (how) {
	case COMPARE_GT:
	case COMPARE_GE:
		return above(a, b, how == COMPARE_GE);
	case COMPARE_LT:
	case COMPARE_LE:
		return above(b, a, how == COMPARE_LE);
	case COMPARE_EQ:
		return equal(a, b);
	case COMPARE_NE:
		break;
	}
	return truth_of(term_not(term_truth(equal(a, b))));
}

/* The deadband lies behind the limit, on the side of what is normal; whichever
 * side a reading stands on, it is the other one that moves. */
struct term
term_compare(enum comparison how, struct term a, struct term b, double deadband, int polarity)
{
	double by = deadband * polarity;
	enum truth truth;

	if (how == COMPARE_GT || how == COMPARE_GE)
		by = -by;
	if (how == COMPARE_EQ || how == COMPARE_NE)
		by = 0;
	if (b.single && !a.single)
		a = shift(a, -by);
	else
		b = shift(b, by);
	if (a.single != b.single) {
		a = as_single(a);
		b = as_single(b);
	}
	truth = compare(how, a, b);
	if ((a.over || b.over) && truth == (polarity > 0 ? TRUTH_NO : TRUTH_YES))
		truth = TRUTH_UNKNOWN;
	return term_truth(truth);
}
