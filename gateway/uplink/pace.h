#ifndef GATEWAY_UPLINK_PACE_H
#define GATEWAY_UPLINK_PACE_H

#include <stddef.h>
#include <stdint.h>

/* How much of what is new goes at once.  Large batches cost less a value, and
 * whoever comes meanwhile - an alarm - waits for their end: they grow only as
 * long as the far end has them acknowledged quickly. */
struct pace {
	size_t	least, most;	/* entries */
	size_t	batch;		/* now */
};

void	pace_begin(struct pace *, size_t least, size_t most);
/* So many entries were acknowledged us after they began to go. */
void	pace_sent(struct pace *, size_t entries, int64_t us);
/* They were not. */
void	pace_failed(struct pace *);

#endif
