#ifndef GATEWAY_JOURNAL_SERIES_H
#define GATEWAY_JOURNAL_SERIES_H

#include <stdint.h>
#include "entry.h"

#define SERIES_WORD	16	/* bytes of a unit or a raw type, with the NUL */

/* One (device, point) for ever.  Numbers start at 1 and are never reused.  The
 * texts of a row of the dictionary live as long as the dictionary, each with NULs
 * behind it to the next whole eight bytes. */
struct series {
	const char	*device;	/* less than NAME_MAX_BYTES */
	const char	*point;
	const char	*unit;		/* as written in the profile; less than
					 * SERIES_WORD */
	const char	*raw;		/* raw type, "u16", "f32" */
	uint32_t	 id;
	int8_t		 decimals;	/* figures after the point; -1: as it comes */
	uint8_t		 basis;		/* enum basis: of one that is reckoned */
};

#endif
