#ifndef DEVICES_JUDGE_H
#define DEVICES_JUDGE_H

#include <assert.h>

#include "device.h"

/* What an installed instrument said before, and what that makes of what it
 * says now; inside devices/ only. */

/* What a status register said last. */
struct status_state {
	uint16_t	block;		/* that reads it; BLOCK_NONE: no point of it is
					 * in service */
	bool		known, holds;
	double		number;
	int64_t		since;		/* mono us: the number is this since then */
	int64_t		heard;		/* mono us: it was read last */
};

/* Of one point: its correction, and its last figure that was worth something. */
struct memory {
	bool		corrected;
	double		gain, offset;	/* figure * gain + offset, after scale */
	bool		known;
	double		number;
	int64_t		mono, since;	/* us: heard, unchanged since */
};

/* Room for all of it.  -1: the arena is full. */
int	judge_init(struct device *, struct arena *);
/* Hears the statuses of a block; data NULL: there was no answer, so what they
 * would say is not known. */
void	judge_hear(const struct device *, size_t block, const uint8_t *data, size_t len,
	    int64_t mono);
/* The same of one status; the data begin with this register. */
void	judge_hear_one(const struct device *, size_t status, uint16_t first,
	    const uint8_t *data, size_t len, int64_t mono);
/* The correction of a figure that was just decoded. */
void	judge_correct(const struct memory *, struct value *);
/* Lowers the quality of a reading to what statuses, time and the reading
 * before it allow. */
void	judge_point(const struct device *, size_t point, struct reading *);
/* A reading of before, heard at mono, is what the next one is compared with. */
void	judge_remember(const struct point *, struct memory *, const struct reading *,
	    int64_t mono);
/* A reading without a value of a point, from what all of a moment have in common. */
void	device_begin(const struct device *, size_t point, const struct reading *base,
	    struct reading *);
/* Its figure was found, or why it was not: corrects it, and lowers its quality to
 * what the point and, of the newest of it, what was before allow. */
void	device_settle(const struct device *, size_t point, enum quality_code, bool newest,
	    struct reading *);
/* Takes a point from an answer that begins with this register. */
void	device_read(const struct device *, size_t point, uint16_t first, const uint8_t *,
	    size_t len, struct reading *);
/* Bytes of an answer that begins with register first, where those of the point stand,
 * as point_decode wants them; NULL: it is too short.  bit: room for that of a coil. */
static inline const uint8_t *
judge_wire(uint16_t first, const struct point *p, const uint8_t *data, size_t len,
    uint8_t *bit)
{
	size_t at = (size_t)(p->first - first);

	assert(p->first >= first);		/* no block holds a part of a point */
	if (!function_is_bits(p->function))
		return at * function_width(p->function) + point_bytes(p) <= len ?
		    data + at * function_width(p->function) : NULL;
	if (at / 8 >= len)			/* packed, the first is the lowest */
		return NULL;
	*bit = (uint8_t)(data[at / 8] >> at % 8 & 1);
	return bit;
}

#endif
