#ifndef PROTOCOLS_ORDER_H
#define PROTOCOLS_ORDER_H

#include <stddef.h>
#include <stdint.h>

#define ORDER_ID	65	/* bytes of an id, with the NUL */
#define ORDER_WORDS	320	/* of all words */

/* A command as a far end writes it in JSON:
 *
 *	{"command": "write", "point": "DEVICE.POINT", "value": 21.5}
 *	{"command": "ack", "rule": "RULE", "device": "DEVICE"}, also "reset"
 *	{"command": "shelve", "rule": "RULE", "device": "DEVICE", "span": "2h",
 *	 "why": "TEXT"}, "unshelve" without the last two
 *	{"command": "handle", "rule": "RULE", "device": "DEVICE", "what": "TEXT"}
 *	{"command": "maintain", "scope": "SITE", "on": true, "span": "2h",
 *	 "why": "TEXT"}; span and why may be left out
 *	{"command": "mark", "device": "DEVICE", "mark": "calibration", "on": true}
 *
 * each with an id, a who and an expires (UTC ms) if the far end likes. */
struct order {
	char	 id[ORDER_ID];		/* "": none */
	char	 words[ORDER_WORDS];	/* as the command line has them, without SPAN
					 * and WHO */
	char	 who[64];		/* "": not said */
	int64_t	 expires;		/* UTC ms; 0: not said */
	int	 spans;			/* its verb has a SPAN before the WHO */
};

/* -1: why says what is wrong; the id is there when it could be read. */
int	order_parse(const void *, size_t n, struct order *, char *why, size_t nwhy);

#endif
