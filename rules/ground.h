#ifndef RULES_GROUND_H
#define RULES_GROUND_H

#include "../devices/value.h"

/* What of it is known. */
enum { GROUND_VALUE = 1, GROUND_LIMIT = 2, GROUND_FIGURE = 4 };

/* What an alarm rests on: the last figures by which it is as it is.  They stay to be
 * told while its point says nothing, and over a restart. */
struct alarm_ground {
	uint8_t		known;		/* bits of the above; 0: nothing */
	uint32_t	series;		/* of the value */
	struct value	value;
	double		limit, figure;	/* see struct alarm_change */
};

#endif
