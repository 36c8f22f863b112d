#include <math.h>

#include "functions.h"
#include "stack.h"

/* What the comparison says of one point of the group. */
static struct term
member(const struct rule_call *call, size_t i, const struct term *args, struct rule_look *look)
{
	struct term t = input_term(&look->inputs[i], look);

	return call->plain ? term_nonzero(t) :
	    term_compare(call->how, t, args[0], 0, call->polarity);
}

struct term
fn_any(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	struct term t = term_truth(TRUTH_NO);

	(void)state;
	for (size_t i = call->first; i < call->group_end; i++)
		t = term_or(t, member(call, i, args, look));
	return t;
}

struct term
fn_all(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	struct term t = term_truth(TRUTH_YES);

	(void)state;
	for (size_t i = call->first; i < call->group_end; i++)
		t = term_and(t, member(call, i, args, look));
	return t;
}

struct term
fn_count_of(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	struct term t = term_number(0);

	(void)state;
	for (size_t i = call->first; i < call->group_end; i++)
		t = term_add(t, member(call, i, args, look));
	return t;
}

static struct term
fold(const struct rule_call *call, struct rule_look *look,
    struct term (*with)(struct term, struct term))
{
	struct term t = input_term(&look->inputs[call->first], look);

	for (size_t i = call->first + 1U; i < call->group_end; i++)
		t = with(t, input_term(&look->inputs[i], look));
	return t;
}

struct term
fn_least_of(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	(void)state;
	(void)args;
	return fold(call, look, term_least);
}

struct term
fn_most_of(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	(void)state;
	(void)args;
	return fold(call, look, term_most);
}

struct term
fn_mean_of(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	struct term sum = term_number(0);
	size_t n = 0;

	(void)state;
	(void)args;
	for (size_t i = call->first; i < call->group_end; i++) {
		struct term t = input_term(&look->inputs[i], look);

		if (!term_known(t) && !t.over)
			continue;
		sum = term_add(sum, t);
		n++;
	}
	return n > 0 ? term_scale(sum, 1 / (double)n, 0) : term_unknown();
}
