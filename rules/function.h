#ifndef RULES_FUNCTION_H
#define RULES_FUNCTION_H

#include <stddef.h>
#include <stdint.h>

#include "term.h"

#define RULE_ARGS	3	/* of one function at most */

enum rule_arg {
	ARG_NONE,		/* ends the list */
	ARG_FIGURE,
	ARG_TRUTH,
	ARG_EITHER,
	ARG_POINT,		/* one point, by its name */
	ARG_GROUP,		/* points by a pattern, with or without a comparison */
	ARG_SPAN,		/* 10min */
	ARG_WINDOW,		/* 10min, or clock 10min */
	ARG_NUMBER,		/* a number, written out */
	ARG_TIME,		/* '06:00' */
	ARG_DAYS,		/* 'mon-fri', 'sat,sun' */
	ARG_KINDS,
	ARG_OPTIONAL	= 32	/* may be left out, as all behind it */
};

/* What an argument of the later kinds says. */
struct rule_literal {
	int64_t		whole;	/* SPAN: us; TIME: minute of the day; DAYS: a bit for
				 * each from Monday; 0: left out */
	double		number;
	bool		clock;		/* WINDOW: by the clock */
};

/* Which figure of a statistic is the same by the clock. */
enum rule_clock { CLOCK_NONE, CLOCK_MEAN, CLOCK_MIN, CLOCK_MAX, CLOCK_AMOUNT, CLOCK_VALID };

/* In what unit the result is. */
enum rule_unit {
	UNIT_OF_ARG,		/* that of the first argument */
	UNIT_NONE,
	UNIT_PERCENT,
	UNIT_SECONDS,
	UNIT_PER_HOUR		/* that of the first argument an hour */
};

/* A call of a function in the condition of one rule on one device. */
struct rule_call {
	const struct rule_fn	*fn;
	struct rule_literal	 literal[RULE_ARGS];
	uint16_t		 first, end;	/* the inputs that its arguments hang on */
	uint16_t		 group_end;	/* of a group: first to here are its points */
	enum comparison		 how;		/* ... and how they are compared */
	int8_t			 polarity;
	bool			 truths;	/* its first argument is true or false */
	bool			 plain;		/* ... not at all: they are contacts */
	uint8_t			 nargs;		/* figures and truths handed over */
	uint32_t		 state;		/* where its state is */
	int64_t			 period;	/* us between readings of its arguments */
};

/* One reading that a rule hangs on, as it stands now. */
struct rule_input;

/* One look at a condition. */
struct rule_look {
	int64_t			 now, wall;	/* mono us, UTC ms */
	const struct zone	*zone;
	const struct rule_input	*inputs;
	/* The earliest moment at which time alone may change what is said, mono
	 * us; INT64_MAX: none. */
	int64_t			 next;
	int64_t			 expires;	/* the same of readings that grow old */
	struct term		 limit, figure;	/* the right and the left side of the
						 * first comparison */
};

/* A function of the language: all that there is to say of it.  Its state begins
 * as zeros and is bounded. */
struct rule_fn {
	const char	*name;
	uint8_t		 args[RULE_ARGS];	/* of enum rule_arg */
	bool		 truth;			/* its result is true or false */
	bool		 holds;			/* a gap in the data changes it */
	bool		 waits;			/* true while points are silent */
	bool		 alone;			/* says something without any point */
	uint8_t		 unit;			/* enum rule_unit */
	uint8_t		 clock;			/* enum rule_clock */
	double		 most;			/* of a number, from 0; 0: any */
	int64_t		 memory;		/* us that it looks back, whatever its
						 * arguments say; 0: as they say */
	size_t		(*state_size)(const struct rule_call *);	/* NULL: none */
	/* args: those that are figures or truths, in their order. */
	struct term	(*eval)(const struct rule_call *, void *state, const struct term *args,
			    struct rule_look *);
	const char	*usage, *help;		/* for the manual */
};

const struct rule_fn	*rule_fn_find(const char *name);	/* NULL: unknown */
const struct rule_fn	*rule_fn_at(size_t i);			/* NULL past the end */
const char		*rule_fn_near(const char *name);	/* NULL: none is near */
/* An argument whose value is known when the text is read. */
bool			 rule_arg_is_literal(uint8_t);

#endif
