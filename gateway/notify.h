#ifndef GATEWAY_NOTIFY_H
#define GATEWAY_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* sd_notify(3) without its library: "READY=1", "STATUS=..." and the like as one
 * datagram to the socket that NOTIFY_SOCKET names. */

/* Is anybody there to be told? */
bool	notify_wanted(void);
/* Lines NAME=VALUE.  -1: errno; 0 also when nobody wants to know. */
int	notify_tell(const char *lines);
/* us within which the service manager wants WATCHDOG=1 of this process; 0: it
 * does not watch. */
int64_t	notify_watchdog(void);

#endif
