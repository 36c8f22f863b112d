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

#endif
