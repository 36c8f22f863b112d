#ifndef CONF_LITERAL_H
#define CONF_LITERAL_H

#include <stddef.h>

/* Bytes of the word at s that begins like a number: "0x2600", "1.5e-3", and
 * also "5s" and "10.0.0.1", which are none. */
size_t		 literal_span(const char *s);
/* Why libconfig would not read this word as the number that it looks like, a
 * format with one %s for the word; NULL: it will. */
const char	*literal_refuses(const char *s, size_t n);

#endif
