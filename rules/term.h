#ifndef RULES_TERM_H
#define RULES_TERM_H

#include <stdbool.h>

/* A figure as far as it is known: it lies between low and high.  What is missing
 * or bad lies anywhere, so that whatever is reckoned from it is unknown, and never
 * false; what is beyond the range of a detector lies above what it shows.  A
 * truth is 0 or 1, or while it is unknown between them. */
struct term {
	double	low, high;
	bool	single;		/* a float of 32 bits is compared as one */
	bool	over;		/* beyond the range of a detector that guards life */
};

enum comparison { COMPARE_GT, COMPARE_GE, COMPARE_LT, COMPARE_LE, COMPARE_EQ, COMPARE_NE };

/* A truth that is known, or is not. */
enum truth { TRUTH_NO, TRUTH_YES, TRUTH_UNKNOWN };

struct term	term_number(double);
struct term	term_between(double low, double high);
struct term	term_unknown(void);
struct term	term_truth(enum truth);
/* Is it one figure? */
bool		term_known(struct term);
/* Is nothing known of it? */
bool		term_blank(struct term);
enum truth	truth_of(struct term);		/* of a truth */
/* Of a figure that stands where a truth is wanted: is it anything but 0? */
struct term	term_nonzero(struct term);

struct term	term_add(struct term, struct term);
struct term	term_subtract(struct term, struct term);
struct term	term_multiply(struct term, struct term);
struct term	term_divide(struct term, struct term);	/* by what may be 0: unknown */
struct term	term_negate(struct term);
struct term	term_scale(struct term, double factor, double offset);
struct term	term_least(struct term, struct term);
struct term	term_most(struct term, struct term);
struct term	term_magnitude(struct term);

struct term	term_not(struct term);
struct term	term_and(struct term, struct term);
struct term	term_or(struct term, struct term);
/* By deadband it is easier to be true.  polarity: +1 where truth raises, -1 where
 * truth clears: what is over its range may raise, and clears nothing. */
struct term	term_compare(enum comparison, struct term, struct term, double deadband,
		    int polarity);

#endif
