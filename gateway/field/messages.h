#ifndef GATEWAY_FIELD_MESSAGES_H
#define GATEWAY_FIELD_MESSAGES_H

#include "../control.h"

#define MESSAGES_KIND	"message"	/* of their records */
#define MESSAGES_MOST	512		/* that wait to be durable */

struct field_role;

/* What the forward role decides of messages to people, and what came of them, is
 * stored before it goes on: each is a record of the lane of alarms.  The body of
 * MESSAGE_RECORD is its key, then names and values, each ending with NUL. */
struct messages {
	struct {
		struct control_client	*client;	/* NULL: gone */
		uint32_t		 id;
		uint64_t		 seq;
	}	at[MESSAGES_MOST];
	size_t	head, n;
};

/* -1: nonsense, the sender is dropped. */
int	messages_take(struct field_role *, struct control_client *, const struct message *);
/* After a reap: those that are durable are answered. */
void	messages_go_on(struct field_role *);
void	messages_gone(struct field_role *, const struct control_client *);

#endif
