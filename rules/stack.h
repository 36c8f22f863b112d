#ifndef RULES_STACK_H
#define RULES_STACK_H

#include "program.h"

/* What binding and running agree on; inside rules/ only. */

#define STACK_MAX	128	/* figures that wait for each other */

/* How many figures a step takes from the stack; of a call it says itself. */
static inline int
stack_takes(enum rule_op op)
{
	switch (op) {
	case OP_NUMBER:
	case OP_DATED:
	case OP_POINT:
	case OP_CALL:
		return 0;
	case OP_NONZERO:
	case OP_SCALE:
	case OP_NEGATE:
	case OP_NOT:
		return 1;
	default:
		return 2;
	}
}

/* Of a number by the day that which holds today; before the first day it is not
 * known.  Looked at each minute, for the clock may be set. */
struct term	dated_term(const struct constant *, struct rule_look *);
/* What an input says now. */
struct term	input_term(const struct rule_input *, struct rule_look *);

#endif
