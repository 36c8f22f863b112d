#ifndef RULES_BINDER_H
#define RULES_BINDER_H

#include "program.h"

/* A condition while it is bound; for bind*.c only. */
struct binder {
	const struct rule_binding	*of;
	struct expr_source		 source;
	struct rule_program		*program;	/* arrays NULL: only counted */
	enum bind_result		 result;
	int				 depth;		/* of the stack */
	int				 calls;		/* that are open */
	const struct unit		*band_unit;	/* of the deadband */
	const struct device		*last;		/* of the newest input */
	int64_t				 longest;	/* period in this call */
	bool				 silence_known;
};

/* In what a figure is measured. */
struct measure {
	const struct unit	*unit;	/* NULL: a plain number, which takes that of the
					 * other side */
	bool			 mixed;	/* of units that were multiplied: not checked */
};

/* What a name stands for. */
struct meaning {
	const struct device	*device;	/* NULL: a number */
	const struct point	*point;
	const struct constant	*number;
};

/* All false after a fault; binder->result says which. */
bool	binder_refuse(struct binder *, enum bind_result);
bool	binder_means(struct binder *, const struct expr *name, struct meaning *);
bool	binder_input(struct binder *, const struct device *, const struct point *, bool waits);
/* One input for each point of a group; there is at least one. */
bool	binder_group(struct binder *, const struct expr *group, struct measure *);
bool	binder_call(struct binder *, const struct expr *, int polarity, struct measure *);
bool	binder_expr(struct binder *, const struct expr *, int polarity, struct measure *);
bool	binder_put(struct binder *, const struct rule_code *);
/* Puts the figure on top of the stack, in b, into what is measured as a; what is
 * the operator between them, at e. */
bool	binder_agree(struct binder *, const struct expr *e, const struct measure *a,
	    const struct measure *b);

#endif
