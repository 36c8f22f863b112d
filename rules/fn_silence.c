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
	return in->known ? term_number(age) : term_between(age, INFINITY);
}

/* What was read last says so; of what is not heard nobody knows. */
static struct term
says(const struct rule_input *in, enum quality_code code)
{
	if (in->quality.code == code)
		return term_truth(TRUTH_YES);
	return term_truth(in->quality.code == Q_NO_DATA_YET ||
	    in->quality.code == Q_COMM_FAILURE ? TRUTH_UNKNOWN : TRUTH_NO);
}

struct term
fn_warming(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	(void)state;
	(void)args;
	return says(&look->inputs[call->first], Q_WARMING_UP);
}

struct term
fn_failed(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	(void)state;
	(void)args;
	return says(&look->inputs[call->first], Q_SENSOR_FAILURE);
}
