#ifndef RULES_BASIS_H
#define RULES_BASIS_H

#include "../devices/value.h"

/* What of it is known. */
enum { BASIS_VALUE = 1, BASIS_LIMIT = 2, BASIS_FIGURE = 4 };

/* What an alarm rests on: the last figures by which it is as it is.  They stay to be
 * told while its point says nothing, and over a restart. */
struct alarm_basis {
	uint8_t		known;		/* bits of the above; 0: nothing */
	uint32_t	series;		/* of the value */
	struct value	value;
	double		limit, figure;	/* see struct alarm_change */
};

#endif
