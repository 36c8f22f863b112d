#ifndef GATEWAY_JOURNAL_SERIES_H
#define GATEWAY_JOURNAL_SERIES_H

#include <stdint.h>
#include "entry.h"

/* One (device, point) for ever.  Numbers start at 1 and are never reused. */
struct series {
	uint32_t	 id;
	char		 device[NAME_MAX_BYTES];
	char		 point[NAME_MAX_BYTES];
	char		 unit[16];	/* as written in the profile */
	char		 raw[16];	/* raw type, "u16", "f32" */
	int8_t		 decimals;	/* figures after the point; -1: as it comes */
};

#endif
