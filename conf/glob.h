#ifndef CONF_GLOB_H
#define CONF_GLOB_H

#include <stdbool.h>

/* Shell-like match of a whole name: "*" any run of characters, "?" one. */
bool	glob_match(const char *pattern, const char *name);

#endif
