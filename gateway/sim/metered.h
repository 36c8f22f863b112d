#ifndef GATEWAY_SIM_METERED_H
#define GATEWAY_SIM_METERED_H

#include "instrument.h"

/* Meters of DL/T 645 and CJ/T 188: as the answers of a bench, without libmodbus.
 * Its instruments are told apart by the number that is their unit. */
size_t	metered_answer(struct bench *, const uint8_t *frame, size_t len, int64_t us,
	    uint8_t answer[ANSWER_MAX], int64_t *late);
/* Bytes of the frame at the start of what was heard, with what wakes it; 0: not all
 * there.  *noise: bytes before it that belong to none. */
size_t	metered_frame(const struct proto *, const uint8_t *, size_t n, size_t *noise);

#endif
