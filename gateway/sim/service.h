#ifndef GATEWAY_SIM_SERVICE_H
#define GATEWAY_SIM_SERVICE_H

#include "instrument.h"

/* The functions about the instrument itself: 8 (return query data), 17 (report
 * server ID) and 43/14 (read device identification).  libmodbus knows them not or
 * only as its own, so they are answered here, by what the profile declares. */

/* Is it one of them?  From its function on. */
bool	service_is(const uint8_t *pdu, size_t n);
/* The answer's PDU; 0: no room.  why is an exception that goes before, or 0. */
size_t	service_answer(const struct instrument *, const uint8_t *pdu, size_t n, unsigned why,
	    uint8_t *answer, size_t cap);

#endif
