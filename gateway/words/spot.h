#ifndef GATEWAY_WORDS_SPOT_H
#define GATEWAY_WORDS_SPOT_H

#include <stdbool.h>

/* Does who calls stand before the box?  He does when he sits at a terminal of
 * it: a console or a serial port, and no pseudo-terminal as of a remote shell. */
bool	spot_here(void);
/* Is it the name of such a terminal? */
bool	spot_terminal(const char *name);

#endif
