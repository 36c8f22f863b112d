#include <math.h>

#include "aligned.h"
#include "functions.h"

#define HOUR	3600000000LL
#define DAY	(24 * HOUR)

/* Days have 23 to 25 hours, and hours are as long as they are. */
static bool
is_asked(const struct rule_call *call, const struct statistic *s)
{
	int64_t asked = call->literal[1].whole;

	if (!call->literal[1].clock)
		return false;
	if (s->span == STATISTIC_DAY)
		return asked == DAY;
	if (s->span == STATISTIC_HOUR)
		return asked == HOUR;
	return asked != HOUR && asked != DAY && asked == (s->to - s->from) * 1000;
}

static double
figure_of(const struct statistic *s, uint8_t clock)
{
	switch ((enum rule_clock)clock) {
	case CLOCK_MEAN:
		return s->mean;
	case CLOCK_MIN:
		return s->min;
	case CLOCK_MAX:
		return s->max;
	case CLOCK_AMOUNT:
		return s->amount;
	case CLOCK_VALID:
		return (double)s->valid / 10;
	case CLOCK_NONE:
		break;
	}
	return NAN;
}

bool
program_statistic(struct rule_program *p, const struct statistic *s, int64_t now,
    uint32_t *input)
{
	bool any = false;

	for (size_t i = 0; i < p->ncalls; i++) {
		const struct rule_call *call = &p->calls[i];
		void *state = p->state + call->state;
		struct aligned *a = state;

		if (!is_asked(call, s) || p->inputs[call->first].series != s->series)
			continue;
		*a = (struct aligned){ .figure = figure_of(s, call->fn->clock), .at = now };
		p->inputs[call->first].fresh = true;
		*input = call->first;
		any = true;
	}
	return any;
}

/* The next one is due after one more interval, and may be a little late. */
struct term
aligned_term(const struct rule_call *call, const struct aligned *a, struct rule_look *look)
{
	int64_t end = a->at + call->literal[1].whole * 5 / 2;

	if (a->at == 0 || isnan(a->figure) || look->now >= end)
		return term_unknown();
	rule_look_again(look, end);
	return term_number(a->figure);
}
