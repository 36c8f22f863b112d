#ifndef GATEWAY_UPLINK_MQTT_FIGURE_H
#define GATEWAY_UPLINK_MQTT_FIGURE_H

#include "../../protocols/buf.h"
#include "../../protocols/number.h"
#include "../journal/entry.h"

#define FIGURE_SCALE_MAX	9	/* figures behind the point */
#define FIGURE_DIGITS_MAX	15	/* a double holds so many exactly */

/* A reading while its batch is collected. */
struct mqtt_row {
	uint64_t	seq;
	int64_t		time;		/* UTC ms */
	union {
		bool		b;
		int64_t		i;
		uint64_t	u;
		float		f;
		double		d;
		uint32_t	text;	/* where it begins in the texts */
	};
	uint32_t	series;
	uint32_t	next;		/* of the same device: index + 1; 0: none */
	uint32_t	age;		/* s, of a held result */
	uint8_t		kind;		/* enum value_kind; NONE: bad, or nothing */
	uint8_t		code, flags;	/* quality */
	uint8_t		len;		/* of the text, or of the figure as text */
	uint8_t		before, behind;	/* digits of the figure, when counted */
	uint8_t		scale;		/* of its column, in its first row */
};

/* What a column of figures costs as it is, and as whole numbers of a unit that
 * is 10^-scale: 712 instead of 7.12. */
struct figure_cost {
	size_t	plain, scaled;		/* bytes */
	size_t	digits;			/* of the longest, before it is padded */
	uint8_t	scale;
	bool	fixed;			/* something in it is no such figure */
};

void	figure_count(struct figure_cost *, struct mqtt_row *);
/* The same figures with all of the scale that was found. */
void	figure_pad(struct figure_cost *, const struct mqtt_row *);
/* Bytes that the scale saves; 0: it is not worth it. */
size_t	figure_saves(const struct figure_cost *);
void	figure_put(struct buf *, const struct mqtt_row *, uint8_t scale, const char *texts);

#endif
