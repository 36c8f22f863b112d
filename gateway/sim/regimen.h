#ifndef GATEWAY_SIM_REGIMEN_H
#define GATEWAY_SIM_REGIMEN_H

#include <stddef.h>

#include "../../devices/profile.h"

/* How an instrument stands that measures when told to, us from the start of the
 * simulation. */
struct regimen {
	bool	started, running;
	int64_t	result;		/* the moment that its figures are of */
	int64_t	ready;		/* when the measurement under way has one */
};

/* Is this question (from its function on) a step of its start or stop?  Then it
 * is obeyed, and what it reads is put into values. */
bool	regimen_take(struct regimen *, const struct profile *, const uint8_t *pdu, size_t n,
	    int64_t us, uint16_t *values);
/* The moment of what it shows now. */
int64_t	regimen_moment(const struct regimen *, const struct profile *, int64_t us);

#endif
