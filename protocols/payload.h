#ifndef PROTOCOLS_PAYLOAD_H
#define PROTOCOLS_PAYLOAD_H

#include "../conf/arena.h"
#include "proto.h"

/* What a message in one of the content formats of CoAP says, as values with keys:
 * SenML in JSON and in CBOR, plain text, TLV of LwM2M, bytes. */

#define PAYLOAD_WHY_MAX		128
/* Enough for what a message of 16 KiB can hold. */
#define PAYLOAD_ARENA		(1024 * 1024)

/* Numbers of the IANA registry that are read. */
enum payload_format {
	PAYLOAD_TEXT		= 0,
	PAYLOAD_OCTETS		= 42,
	PAYLOAD_JSON		= 50,	/* SenML */
	PAYLOAD_CBOR		= 60,	/* SenML */
	PAYLOAD_SENML_JSON	= 110,
	PAYLOAD_SENML_CBOR	= 112,
	PAYLOAD_TLV		= 11542,
	PAYLOAD_UNSAID		= 65535	/* bytes or text, whatever is asked for */
};

struct payload_value {
	const struct payload_value *next;
	struct push	 push;		/* key: its whole name */
	size_t		 own;		/* where in the key begins what the record itself
					 * said; 0: there is no other part */
	bool		 dated;		/* it said when that is, and not how long ago */
	const uint8_t	*bytes;		/* of one that is bytes; else NULL */
	size_t		 n;
};

struct payload {
	const struct payload_value *first;
	const char	*path;		/* that it was brought to, "/3303/0/5700" */
	struct arena	*arena;
	char		 why[PAYLOAD_WHY_MAX];
};

enum payload_verdict {
	PAYLOAD_READ,
	PAYLOAD_UNREADABLE,		/* nothing here reads that format */
	PAYLOAD_UNSOUND			/* it reads as nothing of its format: why */
};

/* path is as in a URI, decoded; now is UTC ms.  All of it lives in the arena. */
enum payload_verdict payload_read(struct payload *, int format, const char *path,
	    const uint8_t *, size_t n, int64_t now, struct arena *);

/* Whose values are wanted, and by which keys. */
struct payload_want {
	const char	*unit;		/* begins the names of its values; "": whatever
					 * they begin with */
	const char *const *keys;	/* of its points */
	size_t		 nkeys;
};

/* The values for one device, with the keys that its points may have; returns how
 * many, at most as many as there is room for.
 *   A name is the key without the unit in front; without a unit it is what the
 * record said behind its base name, unless that is a path.  One without a name
 * has the path for a key.  "#sum" follows that of a sum.
 *   Bytes are looked for in them: "/19/0/0#4:u16" is the 16-bit number that stands
 * behind their first 4, "/19/0/0#6:u8.3" a bit of one byte. */
size_t	payload_pick(const struct payload *, const struct payload_want *, struct push *,
	    size_t room);

/* Has each of its values a time of its own, none of them later than that (UTC ms)?  Then
 * two that are the same, byte for byte, say the same.  *last: that of the last one. */
bool	payload_dated(const struct payload *, int64_t latest, int64_t *last);

/* What it first says for that unit, by its key; NULL: nothing. */
const char *payload_says(const struct payload *, const char *unit);

/* The part of a key behind its name that finds a number in bytes. */
struct payload_place {
	size_t	 at;			/* bytes in front of it */
	unsigned bits;			/* 8 to 64 */
	char	 kind;			/* u i f, as raw types begin */
	bool	 little;		/* its lowest byte first, "u16le" */
	int	 bit;			/* -1: all of it */
};

/* "4:u16"; false: it is none. */
bool	payload_place(const char *text, struct payload_place *);

#endif
