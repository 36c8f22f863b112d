#ifndef GATEWAY_FORWARD_TELLER_H
#define GATEWAY_FORWARD_TELLER_H

#include "../config/config.h"
#include "../uplink/feed.h"

/* Tells people of alarms, in a thread of its own in the forward role: reads the
 * lane of alarms behind what is durable, lets rules/tell.h decide, has each
 * decision stored before its message leaves, and after a restart makes all it
 * knows anew from what was stored. */
struct teller;

struct teller_conf {
	const char		*gateway, *control;	/* id; path of the socket */
	const struct disk	*disk;
	struct feed		*feed;
	const struct clock	*clock;
	uint64_t		 boot;
};

struct teller	*teller_new(const struct teller_conf *);
/* Takes up what a configuration says of contacts and ways; nothing of it is kept.
 * Where it says the same as before nothing changes. */
void		 teller_renew(struct teller *, const struct config *);
/* Its rows of status; as snprintf, of whole rows. */
size_t		 teller_rows(struct teller *, char *rows, size_t n);
/* False: a way hangs and is left behind. */
bool		 teller_end(struct teller *, int64_t us);

#endif
