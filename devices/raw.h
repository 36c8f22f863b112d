#ifndef DEVICES_RAW_H
#define DEVICES_RAW_H

#include <stddef.h>
#include <stdint.h>
#include "value.h"

#define RAW_BYTES_MAX	64	/* of one raw value on the wire */

/* What a raw type wants to be told beside its name. */
enum raw_need {
	RAW_BIT		= 1,	/* which bit */
	RAW_BITS	= 2,	/* which bits; all of them if not said */
	RAW_LENGTH	= 4,	/* how many registers, and in which letters */
	RAW_ITEM	= 8	/* nothing, but it stands in data items only */
};

enum letters { LETTERS_ASCII, LETTERS_UTF8, LETTERS_LATIN1 };

/* Which piece of its registers a value is; all zero: the whole. */
struct piece {
	uint8_t		first, bits;	/* bit 0 is the least significant */
	uint8_t		registers;	/* of a text */
	uint8_t		letters;
};

/* How a value is laid out in registers.  Its bytes are handed over and taken
 * most significant first, whatever the order on the wire. */
struct raw {
	const char	*name;		/* "u16", "f32" */
	uint8_t		 registers;	/* 0: as many as the piece says */
	uint8_t		 needs;		/* of enum raw_need */
	uint8_t		 bytes;		/* in a data item; 0: two a register */
	uint16_t	 mask;		/* of one register: the bits it takes; 0: all,
					 * or those of the piece */
	/* VALUE_NONE: no instrument that is sound sends such bytes. */
	void		(*decode)(const uint8_t *, const struct piece *, struct value *);
	/* Integers are rounded to the nearest; -1: the number does not fit.
	 * What lies beside the piece stays as it is. */
	int		(*encode)(const struct value *, const struct piece *, uint8_t *);
};

/* Which byte stands where: A is the most significant, the first letter is
 * the first byte on the wire. */
struct order {
	const char	*name;		/* "AB", "CDAB" */
	uint8_t		 registers;	/* it fits raw types of this size */
};

const struct raw	*raw_find(const char *name);	/* NULL: unknown */
const struct raw	*raw_at(size_t i);		/* NULL past the end */
/* The name of the raw type that makers call so, as "float"; NULL: none. */
const char		*raw_called(const char *said);
const struct order	*order_find(const char *name);
const struct order	*order_at(size_t i);

/* Registers of one value. */
uint8_t	raw_registers(const struct raw *, const struct piece *);
/* The bits of its register that it takes; all of them where it has several. */
uint16_t raw_mask(const struct raw *, const struct piece *);
/* Bytes on the wire; order NULL: of a data item. */
size_t	raw_bytes(const struct raw *, const struct order *, const struct piece *);
/* Does the order fit?  A text is put together register by register. */
bool	raw_fits(const struct raw *, const struct order *);

/* Between raw_bytes of a wire and a value.  The order must fit; NULL: a data item,
 * whose lowest byte comes first. */
void	raw_decode(const struct raw *, const struct order *, const struct piece *,
	    const uint8_t *wire, struct value *);
int	raw_encode(const struct raw *, const struct order *, const struct piece *,
	    const struct value *, uint8_t *wire);

#endif
