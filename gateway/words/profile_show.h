#ifndef GATEWAY_WORDS_PROFILE_SHOW_H
#define GATEWAY_WORDS_PROFILE_SHOW_H

#include <stdbool.h>

#include "../../devices/profile.h"

/* Print to stdout, as a table or as an object of JSON on one line.  Always 0,
 * the exit status of a thing that was done. */
int	profile_show_line(const struct profile *, bool json);	/* of a list */
int	profile_show(const struct profile *, bool json);	/* all of it */

#endif
