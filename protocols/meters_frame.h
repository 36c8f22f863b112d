#ifndef PROTOCOLS_METERS_FRAME_H
#define PROTOCOLS_METERS_FRAME_H

#include "meters.h"
#include "text.h"

/* Where the fields of a frame stand; inside protocols/.
 *
 *	DL/T 645   68 A0..A5 68 C L data+33h CS 16
 *	CJ/T 188   68 T A0..A6 C L data CS 16
 *
 * T and address stand low byte first, CS is the sum of all bytes before it. */
struct meters_format {
	const struct proto	*proto;
	uint8_t		 naddress;	/* with the type of CJ/T 188 */
	uint8_t		 control;	/* where the control code stands */
	bool		 twice;		/* another 68h before it */
	uint8_t		 add;		/* to each byte of data */
	uint8_t		 nitem;		/* bytes of a data identifier */
	bool		 serial;	/* a number follows it, which is repeated */
	uint8_t		 less;		/* control codes are less than the other's */
	uint8_t		 more;		/* bit of one: frames follow; 0: never */
};

#define METERS_ANSWER	0x80	/* bits of a control code: from the meter, */
#define METERS_REFUSES	0x40	/* and it says why not */
#define METERS_DATA_MAX	200	/* bytes of data in a frame (DL/T 645, 5.2.5) */
#define METERS_FRAME	(13 + METERS_DATA_MAX)
#define METERS_WAKE	0xfe	/* wakes receivers, before a frame */
#define METERS_ANY	0xaa	/* in an address: whoever hears it */
#define METERS_ADDRESS_MAX	8

/* A frame taken apart; what it points to is the frame's. */
struct meters_frame {
	const uint8_t	*address;
	uint8_t		 control;	/* of DL/T 645 */
	uint8_t		 data[METERS_DATA_MAX];
	size_t		 n;
};

extern const struct meters_format meters_formats[];
const struct meters_format *meters_format_of(const struct proto *);	/* NULL: none */

/* Length of the sound frame that begins at p, FRAME_MORE or FRAME_NONE. */
size_t	meters_length(const struct meters_format *, const uint8_t *p, size_t n);
/* The same with the bytes that wake before it. */
size_t	meters_woken(const struct meters_format *, const uint8_t *p, size_t n);
/* What such a frame says, in words. */
void	meters_say(const struct meters_format *, const uint8_t *p, size_t n, struct text *);
/* The parts of a sound one. */
void	meters_open(const struct meters_format *, const uint8_t *p, struct meters_frame *);
/* Appends one, control as of DL/T 645. */
void	meters_put(struct buf *, const struct meters_format *, const uint8_t *address,
	    uint8_t control, const uint8_t *data, size_t n);
/* The identifier that data begin with; there must be so many. */
uint32_t meters_item(const struct meters_format *, const uint8_t *data);
/* Writes the data of a question: identifier, number, payload.  Returns how many. */
size_t	meters_ask_data(const struct meters_format *, const struct ask *, uint8_t serial,
	    uint8_t data[METERS_DATA_MAX]);
/* The question that a frame is; payload points into it.  False: none. */
bool	meters_asked(const struct meters_format *, const struct meters_frame *, struct ask *);
/* Is an address that was asked (AA: any) the one that answers? */
bool	meters_meant(const uint8_t *asked, const uint8_t *answers, size_t n);

#endif
