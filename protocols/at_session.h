#ifndef PROTOCOLS_AT_SESSION_H
#define PROTOCOLS_AT_SESSION_H

#include "proto.h"

/* The AT dialogue with the box's own modem, asked as an instrument is: function 4
 * reads what at_facts.h lays out, and one command as it stands, in as many letters
 * as fit, is given by function 16 to AT_COMMAND; it is answered when it ended, with
 * the line it ended with as data, and an exception where that is an error.
 *
 * A command that is not answered in time makes the line deaf for max_late, so that
 * its answer is not taken for that of another; then the dialogue is proven anew. */

#define AT_COMMAND	0x1000
#define AT_COMMAND_MAX	200	/* letters */
#define AT_REFUSED	4	/* the exception of a command that ended in an error */

extern const struct proto at_modem;

/* The ask that gives a command; room holds it.  -1: it is too long, or none. */
int	at_command(const char *text, int64_t timeout, uint8_t room[AT_COMMAND_MAX + 2],
	    struct ask *);

#endif
