#include <stdlib.h>

#include "log.h"
#include "room.h"

void *
room_for(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	if (p == NULL) {
		log_err("memory: none left for %zu times %zu bytes", n, size);
		exit(EXIT_FAILURE);
	}
	return p;
}
