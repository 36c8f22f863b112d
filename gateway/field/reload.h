#ifndef GATEWAY_FIELD_RELOAD_H
#define GATEWAY_FIELD_RELOAD_H

#include "../control.h"
#include "../loop.h"

struct field_role;

/* The answer to the QUERY "reload": lines of a verb, a kind and a name with tabs
 * between them ("added", "device", "river/ph"); "kept" has a number in place of
 * the name, "restart" a setting that holds after one, "more" a number of lines
 * that had no place.  Of a file that is refused: its faults as they are printed. */
#define RELOAD_WORD	"reload"
#define RELOAD_BYTES	7000	/* of an answer */

struct reread;
struct intake;

/* The configuration is read anew beside the loop, then what goes is stopped, then
 * all is taken up in one turn. */
struct reload {
	struct timer		 timer;		/* of the next of these */
	struct control_client	*client;	/* waits for the answer; NULL: nobody */
	uint32_t		 id;
	bool			 busy, again;	/* a signal asked for another one */
	struct reread		*reread;	/* NULL: nothing is read */
	struct source		 read;		/* it was */
	struct intake		*intake;	/* waits for what is to be stopped */
};

/* client NULL: a signal asked for it. */
void	reload_ask(struct field_role *, struct control_client *, uint32_t id);
/* All that measured and goes has stopped. */
void	reload_released(struct field_role *, int64_t now);
void	reload_close(struct field_role *);
void	reload_gone(struct field_role *, const struct control_client *);

#endif
