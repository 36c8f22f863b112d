#include <math.h>

#include "functions.h"

#define S	1000000LL

/* Two periods and 5 s, where no age is said.  Before it spoke at all nobody knows;
 * what was silent before a restart stays so. */
struct term
fn_stale(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	int64_t age = call->literal[1].whole > 0 ? call->literal[1].whole :
	    2 * call->period + 5 * S;
	const struct rule_input *in = &look->inputs[call->first];
	int64_t end = in->spoke + age;

	(void)state;
	(void)args;
	if (look->now >= end)
		return term_truth(TRUTH_YES);
	rule_look_again(look, end);
	return term_truth(in->ever ? TRUTH_NO : TRUTH_UNKNOWN);
}

/* Before the first reading it is at least as old as the rules are. */
struct term
fn_age(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	const struct rule_input *in = &look->inputs[call->first];
	double age = (double)(look->now - in->heard) / 1e6;

	(void)state;
	(void)args;
	rule_look_again(look, look->now + S);
	return in->ever ? term_number(age) : term_between(age, INFINITY);
}
