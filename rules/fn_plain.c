#include "functions.h"

struct term
fn_abs(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	(void)call;
	(void)state;
	(void)look;
	return term_magnitude(args[0]);
}

struct term
fn_min2(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	(void)call;
	(void)state;
	(void)look;
	return term_least(args[0], args[1]);
}

struct term
fn_max2(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	(void)call;
	(void)state;
	(void)look;
	return term_most(args[0], args[1]);
}
