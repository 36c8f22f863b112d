#ifndef TESTS_SIM_INSTRUMENT_H
#define TESTS_SIM_INSTRUMENT_H

#include <stddef.h>
#include <stdint.h>

#include "../../conf/arena.h"
#include "../../devices/device.h"

/* An instrument of the simulated world.  Its first register pair says who it
 * is, which pair it is and when it was asked, so that an answer that is booked
 * to the wrong question is seen; another register holds a level that wanders
 * over the limit of a rule now and then. */

/* The profile all of them share; NULL: errs.  small: one block, else two. */
const struct profile	*instrument_profile(bool small, struct arena *, struct errs *);

/* What the level is at a moment of the world, us; in tenths. */
uint16_t	instrument_level(unsigned who, int64_t at);
/* The stamp that is read from pair 0 or 1 at a moment. */
uint32_t	instrument_stamp(unsigned who, unsigned pair, int64_t at);
/* Is it a stamp of this pair of this instrument, made from..to? */
bool		instrument_stamped(uint32_t stamp, unsigned who, unsigned pair, int64_t from,
		    int64_t to);

/* The answer to a whole question, framed alike; 0: it gives none.  exception:
 * it refuses with this. */
size_t		instrument_answer(unsigned who, bool rtu, const uint8_t *ask, size_t n,
		    int64_t at, uint8_t exception, uint8_t *answer);

#endif
