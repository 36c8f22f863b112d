#ifndef GATEWAY_EXPORT_TIME_H
#define GATEWAY_EXPORT_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Makes a zone that of this process: a name as in /usr/share/zoneinfo, "UTC" or
 * "+08:00".  False: there is no such zone. */
bool	zone_set(const char *zone);
/* "2026-11-25", with a time of day behind a T or a space to the minute, second
 * or millisecond, and behind that Z or +08:00, else in the zone of the process;
 * or a span: so long before now.  UTC ms.  False: not understood, or no such
 * day. */
bool	local_parse(const char *text, int64_t now, int64_t *ms);
/* "2026-11-25 17:59:43.123" in the zone of the process. */
void	local_write(int64_t ms, char text[32]);

#endif
