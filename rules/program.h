#ifndef RULES_PROGRAM_H
#define RULES_PROGRAM_H

#include "../devices/device.h"
#include "census.h"
#include "expr.h"

/* A condition of one rule on one device: names are readings, units agree, and all
 * that it remembers has its place. */

struct zone;

struct rule_input {
	const struct device	*device;
	const struct point	*point;
	uint32_t		 series;
	bool			 waits;		/* only whether it is silent matters */
	bool			 by_clock;	/* only its statistics matter */
	bool			 fresh;		/* it was heard in this look */
	bool			 usable;	/* what it said last may be reckoned with */
	bool			 single, over;	/* see struct term */
	bool			 guards;	/* beyond its range it counts as high */
	bool			 held;		/* the result of before, told again */
	bool			 ever;		/* it spoke since the start */
	bool			 known;		/* ... and could be reckoned with */
	struct quality		 quality;	/* of what it said last */
	double			 number;
	int64_t			 heard;		/* usable last; at first the start */
	int64_t			 spoke;		/* not silent last */
	int64_t			 period;	/* between readings, us */
	int64_t			 max_age;	/* older ones are passed over, us */
};

enum rule_op {
	OP_NUMBER, OP_DATED, OP_POINT, OP_NONZERO, OP_SCALE, OP_NEGATE, OP_ADD, OP_SUBTRACT,
	OP_MULTIPLY, OP_DIVIDE, OP_COMPARE, OP_NOT, OP_AND, OP_OR, OP_CALL
};

/* One step of the reckoning, on a stack. */
struct rule_code {
	uint8_t		op;			/* enum rule_op */
	int8_t		polarity;		/* COMPARE: +1 where truth raises */
	uint8_t		how;			/* COMPARE: enum comparison */
	bool		mirrored;		/* COMPARE: the limit stands left */
	uint32_t	at;			/* POINT: input; CALL: call */
	double		number, offset;		/* NUMBER; SCALE; COMPARE: deadband */
	const struct constant *dated;		/* DATED: by the day */
};

/* What a text for people may say of a condition. */
enum rule_shape {
	SHAPE_HIGH,		/* a point is above a limit */
	SHAPE_LOW,
	SHAPE_STALE,		/* a point is silent */
	SHAPE_OTHER
};

struct rule_program {
	struct rule_code	*code;
	struct rule_call	*calls;
	struct rule_input	*inputs;
	unsigned char		*state;		/* aligned to 16 */
	size_t			 nwhen, ncode;	/* behind the condition: what clears */
	size_t			 ncalls, ninputs, state_size;
	enum rule_shape		 shape;
	bool			 holds;		/* a gap in the data changes something */
	bool			 grouped;	/* its first point is one of a group */
	int64_t			 silence;	/* us until its point counts as silent */
};

/* What is bound to what. */
struct rule_binding {
	const struct census	*census;
	const struct device	*device;
	const struct place	*place;
	const char		*name;		/* of the rule */
	const struct formula	*when, *clear;	/* clear->root NULL: there is none */
	bool			 figure;	/* the text is a figure, wanted in */
	const struct unit	*unit;		/* this unit */
	double			 deadband;
	bool			 guards;	/* what is beyond its range counts, and
						 * not of gas alone */
	int64_t			 max_age;	/* us; 0: by the period of each point */
	bool			 tell_absent;	/* in errs, what it has not */
	struct arena		*arena;		/* NULL: only look whether it can be */
	struct errs		*errs;
};

enum bind_result {
	BIND_FITS,
	BIND_ABSENT,		/* the device or its site has not all of the points */
	BIND_WRONG		/* see errs; no memory left as well */
};

enum bind_result	program_bind(const struct rule_binding *, struct rule_program *);

/* Forgets everything but what it is made of. */
void			 program_start(struct rule_program *, int64_t now);
/* The same of what it heard last alone: windows and what was learnt stay. */
void			 program_resume(struct rule_program *, int64_t now);
/* How long ago a reading may be that still counts for what it remembers, us; 0: it
 * remembers nothing. */
int64_t			 program_reach(const struct rule_program *);
/* Of one input.  False: it is passed over. */
bool			 input_hear(struct rule_input *, const struct reading *,
			    int64_t wall);
/* The condition or, of clear, what clears it.  held: the deadband counts.  What
 * the look says of moments must be set by the caller. */
enum truth		 program_run(const struct rule_program *, bool clear, bool held,
			    struct rule_look *);
/* Of one that is a figure. */
struct term		 program_figure(const struct rule_program *, struct rule_look *);
/* Do both reckon the same? */
bool			 program_same(const struct rule_program *, const struct rule_program *);
/* Of one that is the same: all that it heard and remembers. */
void			 program_take_over(struct rule_program *,
			    const struct rule_program *was);

#endif
