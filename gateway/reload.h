#ifndef GATEWAY_RELOAD_H
#define GATEWAY_RELOAD_H

#include "control.h"
#include "loop.h"

struct field_role;

/* The answer to the QUERY "reload": lines of a verb, a kind and a name with tabs
 * between them ("added", "device", "river/ph"); "kept" has a number in place of
 * the name, "restart" a setting that holds after one, "more" a number of lines
 * that had no place.  Of a file that is refused: its faults as they are printed. */
#define RELOAD_WORD	"reload"
#define RELOAD_BYTES	7000	/* of an answer */

/* The configuration is read anew from the loop, when nothing else is under way. */
struct reload {
	struct timer		 timer;
	struct control_client	*client;	/* waits for the answer; NULL: nobody */
	uint32_t		 id;
};

/* client NULL: a signal asked for it. */
void	reload_ask(struct field_role *, struct control_client *, uint32_t id);
void	reload_gone(struct field_role *, const struct control_client *);

#endif
