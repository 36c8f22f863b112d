#ifndef GATEWAY_COMMAND_H
#define GATEWAY_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "control.h"
#include "journal/journal.h"

#define COMMANDS_MAX	16	/* in hand at a time */
#define COMMAND_BYTES	240	/* of its words, with the NUL */

/* A command on its way: asked is durable before it is done, and its end is
 * durable before it is answered. */
struct command {
	struct control_client	*client;	/* NULL: gone, or the place is free */
	uint32_t		 id;		/* of the message */
	uint64_t		 asked;		/* seq of its ASKED entry; 0: free place */
	uint64_t		 ended;		/* seq of its DONE or REFUSED entry */
	bool			 stored;	/* the newer of the two is durable */
	bool			 refused;
	char			 words[COMMAND_BYTES];
	char			 why[120];
};

struct commands {
	struct command	at[COMMANDS_MAX];
};

struct field_role;

/* Takes up the words of a client: "ack RULE DEVICE WHO", "reset RULE DEVICE
 * WHO", "mark DEVICE maintenance|calibration on|off WHO". */
void	command_ask(struct field_role *, struct control_client *, uint32_t id,
	    const char *words);
/* A COMMAND entry is durable: noted only, for it is told amidst a reap. */
void	command_stored(struct field_role *, uint64_t seq);
/* After the reap: commands whose entries are durable go on. */
void	command_go_on(struct field_role *);
void	command_gone(struct field_role *, const struct control_client *);

#endif
