#ifndef GATEWAY_DOOR_COAP_BODY_H
#define GATEWAY_DOOR_COAP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../door_line.h"

/* Bodies that come in blocks (RFC 7959), put together within bounds: the library
 * would keep all that somebody chooses to send. */

#define COAP_BODIES	64		/* in the making at once */
#define COAP_BODY_TIME	(60 * 1000000LL)	/* us: from block to block */

struct coap_block {
	uint32_t	num;
	bool		more;
	unsigned	szx;		/* blocks of 16 << szx bytes */
};

/* The value of a Block1 or Block2 option; false: it is none. */
bool	coap_block(uint32_t value, struct coap_block *);
uint32_t coap_block_value(const struct coap_block *);

struct coap_bodies {
	struct coap_body {
		uint64_t	key;	/* who and what for; 0: free */
		int64_t		until;
		uint8_t		*bytes;	/* DOOR_BYTES_MAX */
		size_t		n;
	}	all[COAP_BODIES];
};

enum coap_body_state {
	COAP_BODY_MORE,			/* the next one, please */
	COAP_BODY_WHOLE,		/* *body, of *n bytes, until the next call */
	COAP_BODY_GAP,			/* one is missing: from the beginning */
	COAP_BODY_LARGE			/* more than a message may have */
};

/* key: who sends it and where it goes to, not 0. */
enum coap_body_state coap_body_add(struct coap_bodies *, uint64_t key, const struct coap_block *,
	    const uint8_t *, size_t len, int64_t now, const uint8_t **body, size_t *n);
void	coap_bodies_free(struct coap_bodies *);

#endif
