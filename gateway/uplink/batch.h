#ifndef GATEWAY_UPLINK_BATCH_H
#define GATEWAY_UPLINK_BATCH_H

#include "flow.h"
#include "thin.h"
#include "uplink.h"

/* What of one stream goes to the far end at once. */
struct batch {
	const struct uplink	*kind;
	void			*far;		/* its state */
	const struct uplink_env	*env;
	struct flow		*flow;
	struct thin		*thin;		/* what is left out; NULL: nothing */
	enum stream		 stream;
	uint64_t		 limit;		/* durable seq of the lane; 0: ask */
	size_t			 taken, most;	/* entries */
	uint64_t		 done;		/* last seq dealt with; 0: none */
	int64_t			 since;		/* UTC ms at which what was dealt with
						 * last was stored; 0: not known */
	uint64_t		 lost;		/* entries that are gone; after damage, at
						 * most so many */
	uint64_t		 too_large;	/* entries that fit in no batch: left out */
	bool			 ended;		/* there was no more in from..to */
};

/* Puts what is there of from..to, as far as it fits.  -1: the store cannot be
 * read: errno. */
int	batch_fill(struct batch *, uint64_t from, uint64_t to);
/* Logs what the far end will never have, now that the cursor passes it. */
void	batch_tell(const struct batch *);

#endif
