#ifndef PROTOCOLS_MODBUS_REQUEST_H
#define PROTOCOLS_MODBUS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_FRAME_MAX	260	/* bytes of the longest: of Modbus TCP */
#define REQUEST_READ_MAX	2000	/* coils; registers are fewer */

#define EXCEPTION_FUNCTION	1	/* in the words of V1.1b3, 7: illegal */
#define EXCEPTION_ADDRESS	2
#define EXCEPTION_VALUE		3
#define EXCEPTION_FAILURE	4	/* server device failure */
#define EXCEPTION_ACKNOWLEDGE	5
#define EXCEPTION_BUSY		6
#define EXCEPTION_NO_PATH	10	/* gateway path unavailable */

/* What a client asks of a server.  FC 23 writes first, then reads. */
struct modbus_request {
	uint8_t		 unit, function;
	uint8_t		 exception;	/* 0: it is sound; else the answer to it */
	uint16_t	 first, count;	/* what it reads; count 0: nothing */
	uint16_t	 write_first, write_count;
	/* Registers big-endian; coils packed, the first in bit 0. */
	const uint8_t	*values;
};

/* FC 1, 2, 5 and 15 are about bits. */
bool	request_is_bits(const struct modbus_request *);
/* Value i of those it writes. */
uint16_t request_value(const struct modbus_request *, size_t i);

/* A PDU of n bytes, at least 1, to this unit; its values point into it. */
void	modbus_request(const uint8_t *pdu, size_t n, uint8_t unit, struct modbus_request *);

/* How long the frame at the beginning of n bytes is that somebody sent us; 0:
 * more bytes are needed to know, SIZE_MAX: none begins so. */
size_t	modbus_tcp_request(const uint8_t *, size_t n, struct modbus_request *);
/* The same of a line on which others are asked, and answer.  quiet: nothing came
 * for 3.5 characters, so that what is there is all of it.  The unit 0 is
 * everybody.  Of an answer, or of what a unit is asked that is not ours, function
 * is 0. */
size_t	modbus_rtu_request(const uint8_t *, size_t n, bool quiet,
	    bool (*ours)(const void *, uint8_t unit), const void *, struct modbus_request *);

#endif
