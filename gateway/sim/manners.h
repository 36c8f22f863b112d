#ifndef GATEWAY_SIM_MANNERS_H
#define GATEWAY_SIM_MANNERS_H

#include "../../devices/profile.h"

/* The manners of a real instrument: what it answers to a question for these
 * registers or coils.  0: it answers; else the exception. */
unsigned manners_refusal(const struct profile *, const struct stretch *);

#endif
