#ifndef GATEWAY_REASON_H
#define GATEWAY_REASON_H

#include <stddef.h>

#define REASON_MAX	400	/* bytes of one in the reader's language */

/* What the running gateway says in English, as it stands in the log and the
 * journal, in the language of who reads it now: why a command was refused, a
 * line is down, an uplink fails.  What is not known stays as it is.  Returns
 * the text, or buf, or what gettext holds. */
const char	*reason_text(const char *english, char buf[REASON_MAX]);
/* In English, why a name is refused, and the nearest one that there is; NULL:
 * none is near.  Returns buf. */
const char	*reason_near(const char *english, const char *near, char buf[REASON_MAX]);

#endif
