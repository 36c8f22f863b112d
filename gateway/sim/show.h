#ifndef GATEWAY_SIM_SHOW_H
#define GATEWAY_SIM_SHOW_H

#include "instrument.h"

/* Puts what an instrument shows, us from the start, into the registers or bits
 * of a question. */
void	show_fill(const struct instrument *, const struct stretch *, int64_t us,
	    uint16_t *registers);
/* The bytes of a data item; how many; 0: it has none such, or there is no room. */
size_t	show_item(const struct instrument *, uint32_t item, int64_t us, uint8_t *bytes,
	    size_t room);
/* Between the registers of a question and those of a point that lie in it; back:
 * from wire to the registers. */
void	show_carry(const struct stretch *, const struct point *, uint16_t *registers,
	    uint8_t *wire, bool back);

#endif
