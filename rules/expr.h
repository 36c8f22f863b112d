#ifndef RULES_EXPR_H
#define RULES_EXPR_H

#include "../conf/constants.h"
#include "../conf/unit.h"
#include "function.h"
#include "term.h"

/* A text of the rule language, taken apart.  Names of points are still names: what
 * they stand for hangs on the device. */

#define EXPR_TEXT_MAX	1000	/* bytes */
#define EXPR_DEPTH_MAX	32	/* brackets and operators within each other */

enum expr_kind {
	EXPR_NUMBER,		/* with or without a unit; a span is seconds */
	EXPR_NAME,		/* of a point or a constant */
	EXPR_GROUP,		/* of points: site/+.lel, with a star for the plus */
	EXPR_LITERAL,		/* an argument that is known beforehand */
	EXPR_NEGATE, EXPR_ADD, EXPR_SUBTRACT, EXPR_MULTIPLY, EXPR_DIVIDE,
	EXPR_COMPARE, EXPR_NOT, EXPR_AND, EXPR_OR,
	EXPR_CALL
};

struct expr {
	enum expr_kind		 kind;
	uint16_t		 at, len;	/* in the text, in bytes */
	bool			 truth;		/* it is true or false, no figure */
	enum comparison		 how;		/* COMPARE, CALL of a group */
	double			 number;	/* NUMBER */
	const struct constant	*of;		/* NAME: the constant; NULL: none */
	const struct unit	*unit;		/* NUMBER; NULL: that of the other side */
	const char		*word;		/* NAME, GROUP */
	struct rule_literal	 literal;
	const struct rule_fn	*fn;		/* CALL */
	struct expr		*arg[RULE_ARGS];	/* operands, arguments; of a CALL
						 * of a group its limit stands second */
};

struct formula {
	const char	*text;
	struct expr	*root;
	bool		 ordered;	/* a > >= < <= stands outside all calls */
	bool		 waits;		/* true only while some point is silent */
	bool		 clocked;	/* statistics are judged in it */
};

/* Whose text it is, for messages. */
struct expr_source {
	const struct place	*place;
	const char		*name, *key;	/* of the rule; "when" */
	const char		*text;
	struct errs		*errs;
};

/* Adds a fault, with the text and a mark under that byte of it.  Always -1.  The
 * format begins with "%s: %s: ", the name and the key. */
#define expr_fault(s, at, fmt, ...) \
	(err_add((s)->errs, (s)->place->file, (s)->place->line, fmt, (s)->name, (s)->key, \
	__VA_ARGS__), err_quote((s)->errs, (s)->text, at))

/* -1: see errs. */
int	formula_read(const struct expr_source *, const struct constants *, struct arena *,
	    struct formula *);
/* Do both say the same, the numbers behind their names too? */
bool	formula_same(const struct formula *, const struct formula *);

#endif
