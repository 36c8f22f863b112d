#ifndef RULES_FUNCTIONS_H
#define RULES_FUNCTIONS_H

#include "program.h"

/* What the functions of the language reckon: the columns of their table; for
 * functions.c and fn_*.c only. */

#define FN(name)	struct term name(const struct rule_call *, void *state, \
			    const struct term *args, struct rule_look *)

FN(fn_abs);
FN(fn_min2);
FN(fn_max2);
FN(fn_stale);
FN(fn_age);
FN(fn_any);
FN(fn_all);
FN(fn_count_of);
FN(fn_least_of);
FN(fn_most_of);
FN(fn_mean_of);
FN(fn_mean);
FN(fn_min);
FN(fn_max);
FN(fn_sum);
FN(fn_count);
FN(fn_delta);
FN(fn_rate);
FN(fn_increase);
FN(fn_percentile);
FN(fn_valid_share);
FN(fn_stuck);
FN(fn_jump);
FN(fn_for);
FN(fn_since);
FN(fn_between);
FN(fn_weekday);
FN(fn_open_hours);
FN(fn_date);
FN(fn_count_today);
FN(fn_warming);
FN(fn_failed);
FN(fn_daytime);
FN(fn_learnt);

/* Of their states. */
size_t		fn_last_size(const struct rule_call *);
size_t		fn_hold_size(const struct rule_call *);
size_t		fn_hours_size(const struct rule_call *);
size_t		fn_tally_size(const struct rule_call *);
size_t		fn_learnt_size(const struct rule_call *);

/* Is one of the readings that the call hangs on new in this look? */
bool		rule_is_fresh(const struct rule_call *, const struct rule_look *);
/* Time alone may change what is said then, mono us. */
void		rule_look_again(struct rule_look *, int64_t at);

#endif
