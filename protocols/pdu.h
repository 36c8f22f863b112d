#ifndef PROTOCOLS_PDU_H
#define PROTOCOLS_PDU_H

#include "proto.h"

/* The Modbus protocol data unit: function code and data, at most 253 bytes
 * (MODBUS Application Protocol V1.1b3, 4.1). */
#define PDU_MAX		253
#define PDU_DATA_MAX	252
#define SHAPE_HEAD_MAX	10
#define PDU_REFUSED	0x80	/* added to the function of an exception */

/* All that the answer to a question must show to be its answer.  No frame but
 * an exception fits two shapes that differ.  Compared byte by byte, so made by
 * pdu_shape only. */
struct shape {
	uint8_t		unit, function;
	uint8_t		nhead;		/* bytes of head */
	uint8_t		data_at;	/* of the PDU: where the caller's data begin */
	uint16_t	len;		/* of the PDU, known from the question; 0: the
					 * answer alone tells (FC 17 and 43) */
	uint8_t		head[SHAPE_HEAD_MAX];	/* follow the function: the
					 * byte count, or what a write repeats; of a
					 * meter the rest of its address, and the
					 * identifier */
};

enum fit {
	FIT_NOT,
	FIT_DATA,
	FIT_REFUSED		/* exception of this unit and function */
};

/* A question the standard allows: function known, count, end and payload in
 * bounds. */
bool		pdu_valid(const struct ask *);
/* Appends the PDU of a valid question. */
void		pdu_put(struct buf *, const struct ask *);
struct shape	pdu_shape(const struct ask *);
bool		shape_same(const struct shape *, const struct shape *);
/* Whether n bytes of PDU from a unit answer a question of this shape. */
enum fit	pdu_fit(const struct shape *, uint8_t unit, const uint8_t *pdu, size_t n);
/* Length of any answer as its own first bytes tell; 0: more bytes needed to
 * know, SIZE_MAX: no such function or count. */
size_t		pdu_length(const uint8_t *pdu, size_t n);
/* The same of a question: a second master's, or our own come back. */
size_t		pdu_asked_length(const uint8_t *pdu, size_t n);
/* The question that these bytes are, all but its unit; its payload points into
 * them.  False: no valid one. */
bool		pdu_asked(const uint8_t *pdu, size_t n, struct ask *);
/* In the words of the standard; "unknown exception" for all it does not name. */
const char	*pdu_exception(uint8_t code);

/* ask.address of one byte from "least".."most" in decimal; -1: not so. */
int		pdu_address(const char *text, int least, int most,
		    uint8_t out[ADDRESS_MAX]);

#endif
