#ifndef PROTOCOLS_IDENTITY_H
#define PROTOCOLS_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDENTITY_MEI		14	/* of FC 43 (V1.1b3, 6.21) */
#define IDENTITY_AT		3	/* of the answer's PDU: where reply.data begin */
#define IDENTITY_OBJECTS	4	/* of reply.data: where the objects begin */

/* What reply.data of FC 43 say before the objects. */
struct identity {
	uint8_t	level;		/* conformity: 1 basic, 2 regular, 3 extended */
	bool	single;		/* one object at a time can be asked too */
	bool	more;		/* ask again, from object next on */
	uint8_t	next;
	uint8_t	n;		/* objects that follow */
};

/* -1: not as the standard has it.  An answer that promises more from an object
 * it has already told would be asked for ever and is none. */
int		 identity_read(const uint8_t *data, size_t len, struct identity *);
/* The i-th object: its number and text, which is of *n bytes, any bytes, with
 * no end mark.  NULL past the last. */
const uint8_t	*identity_object(const uint8_t *data, size_t len, size_t i, uint8_t *number,
		    size_t *n);
/* "VendorName" and so on; NULL for those of the maker's own. */
const char	*identity_name(uint8_t number);

#endif
