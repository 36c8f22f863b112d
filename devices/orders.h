#ifndef DEVICES_ORDERS_H
#define DEVICES_ORDERS_H

#include "profile.h"

/* What speaks against a way to read registers. */
enum doubt {
	DOUBT_NO_NUMBER	= 1,	/* NaN or infinite */
	DOUBT_TINY	= 2,	/* nothing measured is that small and not 0 */
	DOUBT_HUGE	= 4,	/* nor that large */
	DOUBT_OUTSIDE	= 8,	/* of the range that the profile gives the point */
	DOUBT_JUMPS	= 16	/* from one reading to the next */
};

/* Registers nobody is sure about. */
struct riddle {
	const uint8_t		*wire;		/* 2 bytes a register */
	const uint8_t		*again;		/* a moment later; NULL: read once */
	uint16_t		 first, registers;
	uint8_t			 function;
	const struct profile	*profile;	/* whose ranges help; NULL: none */
};

/* One way to read them. */
struct guess {
	uint16_t		 number;	/* of its first register */
	const struct raw	*raw;
	const struct order	*order;
	struct value		 value;		/* of the newer reading, not scaled */
	uint8_t			 doubts;	/* of enum doubt; 0: plausible */
};

/* All numbers that may stand in the registers, in every order of their bytes,
 * register by register.  Of bytes that say a raw type does not apply nothing
 * is written.  Returns how many, at most max. */
size_t		orders_guess(const struct riddle *, struct guess *, size_t max);
/* The word for one doubt, "huge"; NULL: it is none. */
const char	*doubt_name(uint8_t one);

#endif
