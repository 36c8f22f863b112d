#ifndef GATEWAY_RECORD_WORDS_H
#define GATEWAY_RECORD_WORDS_H

#include <stdio.h>

#include "journal/entry.h"

/* A business fact as people read it: what it is of, and its fields, each with a blank
 * before it.  In English the words are those of the journal. */
const char	*record_kind(const char *kind);
void		 record_fields(const struct record *, FILE *);

#endif
