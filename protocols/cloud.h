#ifndef PROTOCOLS_CLOUD_H
#define PROTOCOLS_CLOUD_H

#include "../conf/arena.h"
#include "buf.h"

/* What the platforms of network operators post of the devices that report to them,
 * as packs of SenML (RFC 8428), one for each device. */

#define CLOUD_MOST	64		/* devices in one body; what is beyond is refused */
#define CLOUD_PACK	16384		/* bytes of one pack */
#define CLOUD_IDS	3
#define CLOUD_ID_MAX	63
#define CLOUD_ARENA	(CLOUD_MOST * (CLOUD_PACK + 1024))

struct cloud_message {
	/* The names that the platform has for the device: any of them may be the one
	 * by which it is known here; "": it has no such one. */
	char		ids[CLOUD_IDS][CLOUD_ID_MAX + 1];
	const char	*pack;		/* SenML in JSON */
	size_t		 len;
	size_t		 values;
	const char	*why;		/* constant; it should have values and has none;
					 * NULL: it reports something else */
};

struct cloud {
	struct cloud_message	*at;	/* in the arena */
	size_t			 n;
	size_t			 skipped;	/* values SenML has no name or room for */
	const char		*why;		/* constant; why it was refused */
};

/* What a body is signed by: texts are those of the body itself. */
struct cloud_seal {
	const char	*msg, *nonce, *signature;
	size_t		 nmsg, nnonce, nsignature;
};

enum cloud_kind { CLOUD_CTWING, CLOUD_ONENET };

/* -1: why says what is wrong; nothing of it may be used. */
int	cloud_read(enum cloud_kind, const char *body, size_t n, struct cloud *, struct arena *);
/* OneNET: msg as text without its quotes (escapes undone, in the arena), or as the
 * object stands in the body.  False: there is none. */
bool	cloud_seal(const char *body, size_t n, struct cloud_seal *, struct arena *);

#endif
