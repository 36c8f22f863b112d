#ifndef DEVICES_POINT_H
#define DEVICES_POINT_H

#include "../conf/key.h"
#include "../conf/unit.h"
#include "quality.h"
#include "raw.h"

/* One quantity of a model: where it stands, how it is written there, what it
 * means.  Lives as long as its profile. */
struct point {
	struct place		 at;		/* in its profile, for messages */
	const char		*name;
	const char		*zh, *en;	/* "": as the name */
	uint8_t			 function;	/* 1 2: coils, discrete inputs; 3 4 */
	uint16_t		 number;	/* of its first register, from 0 */
	const struct raw	*raw;
	const struct order	*order;
	struct piece		 piece;
	bool			 invert;	/* of a bit: 0 means true */
	double			 scale, offset;	/* figure = raw * scale + offset */
	double			 divisor;	/* 1 / scale where that is a whole
						 * number: 73 / 10 is 7.3, 73 * 0.1
						 * is not; else 0 */
	int8_t			 decimals;	/* -1: as it comes */
	const struct unit	*unit;		/* NULL: a number without one */
	bool			 ranged;
	double			 min, max;	/* of the figure */
	const double		*sentinels;	/* raw values that mean "broken" */
	size_t			 nsentinels;
	const char		*hj212, *sl651;	/* "": none */
};

/* The figure of point_bytes bytes (of a coil one, in its bit 0).  Q_GOOD, Q_OUT_OF_RANGE with the
 * figure, or Q_SENSOR_FAILURE (a sentinel, NaN, infinity) with none. */
enum quality_code	point_decode(const struct point *, const uint8_t *wire,
			    struct value *);
/* The way back; -1: no register can say this figure.  Bits that are not the
 * point's stay as they are in wire. */
int			point_encode(const struct point *, double figure, uint8_t *wire);
/* Functions 1 and 2 read single bits. */
bool			function_is_bits(uint8_t function);
/* Bytes on the wire, at most RAW_BYTES_MAX. */
size_t			point_bytes(const struct point *);
/* The register (or coil) behind its last one; may be 65536. */
uint32_t		point_end(const struct point *);
const char		*point_unit_name(const struct point *);	/* "": none */

#endif
