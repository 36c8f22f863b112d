#ifndef DEVICES_POINT_H
#define DEVICES_POINT_H

#include "../conf/key.h"
#include "../conf/unit.h"
#include "../protocols/meters.h"
#include "basis.h"
#include "quality.h"
#include "raw.h"

#define POINT_ITEM	9	/* room for the name of a data item */

/* A number elsewhere in the same answer that goes into the figure of a point. */
struct part {
	enum part_use {
		PART_PLUS,		/* added: the fraction of a total */
		PART_TIMES,		/* multiplied by: a transformer ratio */
		PART_DECIMALS		/* 0 to 9: figures behind the point */
	}			 use;
	uint16_t		 number;	/* its register, of the point's function */
	const struct raw	*raw;
	const struct order	*order;
	struct piece		 piece;
	double			 scale;
};

/* What a number of a state means. */
struct choice {
	int64_t		 number;
	const char	*zh, *en;
};

/* How a point may be written; function 0: it may not. */
struct writable {
	uint8_t		 function;	/* 5 15 coils, 6 16 registers, 22 bits of one */
	double		 min, max;	/* of the figure */
	double		 step;		/* figures between min and max that may be
					 * said are this far apart; 0: any */
};

/* One quantity of a model: where it stands, how it is written there, what it
 * means.  Lives as long as its profile. */
struct point {
	struct place		 at;		/* in its profile, for messages */
	const char		*name;
	const char		*zh, *en;	/* "": as the name */
	uint8_t			 function;	/* 1 2: coils, discrete inputs; 3 4
						 * registers; METERS_READ: an item */
	uint32_t		 item;		/* of a meter: its data identifier, */
	uint8_t			 item_digits;	/* printed so long; */
	uint16_t		 number;	/* of its first register, from 0; in an
						 * item of its first byte */
	uint16_t		 first;		/* register of it and its parts, */
	uint32_t		 end;		/* and the one behind the last */
	const struct raw	*raw;
	const struct order	*order;		/* NULL: in a data item */
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
	bool			 bounded;
	double			 least, most;	/* raw values of a sound sensor: outside
						 * its wire is broken */
	const struct part	*parts;
	size_t			 nparts;
	const struct choice	*choices;	/* of a state; another is no state */
	size_t			 nchoices;
	double			 max_step;	/* of the figure, reading to reading; and */
	double			 max_rate;	/* each second; 0: any */
	int64_t			 hold;		/* us a result may be repeated; 0: each
						 * reading is a new one */
	struct writable		 write;
	const char		*hj212, *sl651;	/* "": none */
	const char		*push;		/* key by which the wire names it, of one
						 * that is told and never read; NULL */
	bool			 derived;	/* reckoned from others, never read; and */
	enum basis		 basis;		/* on what that rests */
};

/* The figure of point_bytes bytes, which begin at register first (of a coil
 * one, in its bit 0).  Q_GOOD, Q_OUT_OF_RANGE with the figure, or
 * Q_SENSOR_FAILURE (a sentinel, NaN, infinity, no number) with none. */
enum quality_code	point_decode(const struct point *, const uint8_t *wire,
			    struct value *);
/* The two halves of it, for who corrects the figure between them: Q_GOOD or
 * Q_SENSOR_FAILURE, then of a good figure Q_GOOD or Q_OUT_OF_RANGE. */
enum quality_code	point_figure(const struct point *, const uint8_t *wire,
			    struct value *);
/* The first half of one that was told: from the raw value to the figure. */
enum quality_code	point_told(const struct point *, struct value *);
enum quality_code	point_judge(const struct point *, const struct value *);
/* The way back; -1: no register can say this figure.  What is not the point's
 * own - other bits, its parts - stays as it is in wire. */
int			point_encode(const struct point *, double figure, uint8_t *wire);
/* Writes parts that leave the raw number as it is, for a simulator. */
void			point_prepare(const struct point *, uint8_t *wire);
/* The register (or coil) behind its own last one; may be 65536. */
uint32_t		point_end(const struct point *);
/* As it is written, and as people see it; "": it has none. */
const char		*point_unit_name(const struct point *);
const char		*point_unit_shown(const struct point *);
/* "" in a data item, where there is none to choose. */
const char		*point_order_name(const struct point *);
/* The identifier as the standards print it: "00010000", "901F". */
const char		*point_item_name(const struct point *, char text[POINT_ITEM]);
/* What a value of it means; NULL: it has no such names. */
const struct choice	*point_choice(const struct point *, const struct value *);

#define POINT_BYTES_MAX	250	/* of one answer */

/* Functions 1 and 2 read single bits. */
static inline bool
function_is_bits(uint8_t function)
{
	return function <= 2;
}

/* Does it read data items of meters, which are counted in bytes? */
static inline bool
function_is_item(uint8_t function)
{
	return function == METERS_READ;
}

/* Bytes of what it counts. */
static inline unsigned
function_width(uint8_t function)
{
	return function_is_item(function) ? 1 : 2;
}

/* Does the worth of its figure depend on the one before? */
static inline bool
point_remembers(const struct point *p)
{
	return p->max_step > 0 || p->max_rate > 0 || p->hold > 0;
}

/* Bytes on the wire with its parts. */
static inline size_t
point_bytes(const struct point *p)
{
	return function_is_bits(p->function) ? 1 :
	    function_width(p->function) * (p->end - p->first);
}

#endif
