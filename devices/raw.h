#ifndef DEVICES_RAW_H
#define DEVICES_RAW_H

#include <stddef.h>
#include <stdint.h>
#include "value.h"

#define RAW_BYTES_MAX	8	/* of one raw value on the wire */

/* How a number is laid out in registers.  Its bytes are handed over and taken
 * most significant first, whatever the order on the wire. */
struct raw {
	const char	*name;		/* "u16", "f32" */
	uint8_t		 registers;
	void		(*decode)(const uint8_t *, struct value *);
	/* Integers are rounded to the nearest; -1: the number does not fit. */
	int		(*encode)(const struct value *, uint8_t *);
};

/* Which byte stands where: A is the most significant, the first letter is
 * the first byte on the wire. */
struct order {
	const char	*name;		/* "AB", "CDAB" */
	uint8_t		 registers;	/* it fits raw types of this size */
};

const struct raw	*raw_find(const char *name);	/* NULL: unknown */
const struct raw	*raw_at(size_t i);		/* NULL past the end */
const struct order	*order_find(const char *name);
const struct order	*order_at(size_t i);

/* Between 2 * registers bytes of a wire and a value.  The order must fit. */
void	raw_decode(const struct raw *, const struct order *, const uint8_t *wire,
	    struct value *);
int	raw_encode(const struct raw *, const struct order *, const struct value *,
	    uint8_t *wire);

#endif
