#ifndef GATEWAY_LIBRARY_H
#define GATEWAY_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/* A function of a library, and the pointer that takes it. */
struct library_symbol {
	const char	*name;
	void		*to;
};

/* Loads a library that only some need, for good; false: it is not there, or lacks
 * one of these. */
bool	library_load(const char *library, const struct library_symbol *, size_t n);

#endif
