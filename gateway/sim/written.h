#ifndef GATEWAY_SIM_WRITTEN_H
#define GATEWAY_SIM_WRITTEN_H

#include <stddef.h>

#include "../../devices/profile.h"

#define WRITTEN_MAX	64	/* registers and coils of one instrument */

/* What somebody wrote into an instrument: registers and coils of writable
 * points, which show this from then on. */
struct written {
	struct {
		bool		coil;
		uint16_t	number, value;
	}	at[WRITTEN_MAX];
	size_t	n;
};

/* May these registers (function 3) or coils (1) be written?  0, or the exception
 * that the real instrument answers. */
unsigned written_refusal(const struct profile *, const struct stretch *);
/* Their values after a write.  0, or an exception: a point of them would show a
 * figure that its profile does not allow, and nothing was taken. */
unsigned written_take(struct written *, const struct profile *, const struct stretch *,
	    const uint16_t *values);
/* Puts what was written over the values of a question. */
void	 written_show(const struct written *, const struct stretch *, uint16_t *values);

#endif
