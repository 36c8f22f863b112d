#include "functions.h"

/* The last figures of something, as long as no reading is missing between them. */
struct last {
	double	low, high;		/* since it is stuck */
	double	figure, change;
	int64_t	since, at;		/* mono us; at 0: none */
	bool	changed;		/* there were two */
};

size_t
fn_last_size(const struct rule_call *call)
{
	(void)call;
	return sizeof(struct last);
}

static bool
is_gap(const struct rule_call *call, const struct last *l, int64_t now)
{
	return l->at == 0 || now - l->at > call->period * 5 / 2;
}

static void
keep(const struct rule_call *call, struct last *l, double figure, int64_t now)
{
	double tolerance = call->literal[2].number;
	bool gap = is_gap(call, l, now);

	l->changed = !gap;
	l->change = figure > l->figure ? figure - l->figure : l->figure - figure;
	l->low = figure < l->low ? figure : l->low;
	l->high = figure > l->high ? figure : l->high;
	if (gap || l->high - l->low > tolerance) {
		l->low = l->high = figure;
		l->since = now;
	}
	l->figure = figure;
	l->at = now;
}

static bool
take(const struct rule_call *call, struct last *l, struct term figure, struct rule_look *look)
{
	if (rule_is_fresh(call, look)) {
		if (term_known(figure))
			keep(call, l, figure.low, look->now);
		else
			l->at = 0;
	}
	return !is_gap(call, l, look->now);
}

struct term
fn_stuck(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	struct last *l = state;

	if (!take(call, l, args[0], look))
		return term_truth(TRUTH_UNKNOWN);
	return term_truth(l->at - l->since >= call->literal[1].whole ? TRUTH_YES : TRUTH_NO);
}

struct term
fn_jump(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	struct last *l = state;

	if (!take(call, l, args[0], look) || !l->changed)
		return term_unknown();
	return term_number(l->change);
}
