#ifndef PROTOCOLS_FRAME_H
#define PROTOCOLS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is around a PDU, and where such a frame ends.  Inside protocols/. */

#define MBAP		7	/* id, protocol, length, unit (TCP/IP V1.0b, 3.1.3) */
#define MBAP_LENGTH	6	/* of it, until its length is known */
#define RTU_AROUND	3	/* unit before a PDU, CRC behind it (V1.02, 2.3) */

#define FRAME_MORE	0		/* more bytes are needed to know */
#define FRAME_NONE	SIZE_MAX	/* no frame begins so */

/* Both return the length of the frame that begins at p, or one of these.  Of
 * Modbus TCP the header says it, and more bytes than n may belong to it. */
size_t	mbap_frame(const uint8_t *p, size_t n);
/* Of RTU the CRC does: answer and question are what pdu_length and
 * pdu_asked_length make of it, SIZE_MAX where it can be none. */
size_t	rtu_frame(const uint8_t *p, size_t n, size_t answer, size_t question);
/* Do the last two of n bytes, low byte first, fit those before them? */
bool	rtu_sound(const uint8_t *p, size_t n);

#endif
