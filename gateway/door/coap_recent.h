#ifndef GATEWAY_DOOR_COAP_RECENT_H
#define GATEWAY_DOOR_COAP_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Requests of late and what was said to them: one that comes again – its answer was
 * lost – is answered the same and taken once (RFC 7252 §4.5). */

#define COAP_RECENT	32768		/* power of two; the oldest of its four gives way */
#define COAP_LIFETIME	(247 * 1000000LL)	/* us: EXCHANGE_LIFETIME */

struct coap_recent {
	uint64_t	key;
	int64_t		until;
	uint8_t		code;		/* of CoAP; 0: it is not known yet */
	uint32_t	block;		/* value of Block1 + 1; 0: none */
};

/* True: *one is it, of before; else a place for it, which is taken from now on. */
bool	coap_recent(struct coap_recent all[COAP_RECENT], uint64_t key, int64_t now,
	    struct coap_recent **one);

#endif
