#ifndef GATEWAY_ROOM_H
#define GATEWAY_ROOM_H

#include <stddef.h>

/* Zeroed memory for n things of size bytes, taken at start and kept: running
 * out of it then is fatal, so nobody checks. */
void	*room_for(size_t n, size_t size);

#endif
