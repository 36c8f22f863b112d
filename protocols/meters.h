#ifndef PROTOCOLS_METERS_H
#define PROTOCOLS_METERS_H

#include "proto.h"

/* Meters of electricity by DL/T 645-2007, and of water, gas and heat by CJ/T
 * 188.  Values have names of their own, the data identifiers; a question is one
 * of them, its answer the bytes behind it, the lowest first. */
extern const struct proto dlt645, cjt188;

/* ask.function: control codes of DL/T 645; CJ/T 188 has them less 10h.
 * ask.number is the data identifier as it is printed (00010000h, 901Fh), and
 * ask.count the bytes that are wanted of it: for more than a frame holds, the
 * frames that follow are asked for. */
enum meter_function {
	METERS_READ	= 0x11,
	METERS_FOLLOW	= 0x12,		/* the session asks so by itself */
	METERS_ADDRESS	= 0x13,		/* who is there?  Count 0; CJ/T 188 has an
					 * identifier for this: 0 is 810Ah */
	METERS_WRITE	= 0x14		/* count 0; of DL/T 645 password and operator
					 * stand before the data */
};

#define METERS_ADDRESS_ITEM	0x810a	/* of CJ/T 188; older meters want 0A81h */
#define METERS_BYTES_MAX	250	/* of one answer, with all that follow */
#define METERS_WRITE_MAX	32
#define METERS_TEXT	20	/* room for an address in digits */

/* Who answered METERS_ADDRESS, as proto.address takes it; "": nobody. */
const char	*meters_address_text(const struct proto *, const uint8_t *, size_t n,
		    char text[METERS_TEXT]);

#endif
