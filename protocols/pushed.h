#ifndef PROTOCOLS_PUSHED_H
#define PROTOCOLS_PUSHED_H

#include "proto.h"

/* A line whose messages come taken apart already, key by key: nothing is asked
 * there, and no byte is heard. */
extern const struct proto pushed;

/* A unit that is a word, such as an IMEI; none is all that come on the line. */
int	pushed_address(const char *text, uint8_t out[ADDRESS_MAX], const char **why);

#endif
