#ifndef GATEWAY_SIM_STATE_H
#define GATEWAY_SIM_STATE_H

#include "instrument.h"

/* Registers that say what the figures are worth (the statuses of a profile).  A
 * sound instrument shows there that all is well; a fault "status:MEANS" makes
 * it say otherwise. */

/* Puts those that lie in a question into its registers. */
void	state_fill(const struct instrument *, const struct stretch *, int64_t us,
	    uint16_t *registers);
/* Does such a register say the number of this point?  A state and a word of bits
 * do; a quantity with a unit does not. */
bool	state_rules(const struct profile *, const struct point *);
/* What such a point shows. */
double	state_figure(const struct instrument *, const struct point *, int64_t us);

#endif
