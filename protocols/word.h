#ifndef PROTOCOLS_WORD_H
#define PROTOCOLS_WORD_H

#include <stddef.h>

/* A text as one word of a command line: blanks, controls and "%" as %XX, an
 * empty one as "-". */

/* -1: it does not fit. */
int	word_put(char *to, size_t n, const char *text);
/* Back, in place. */
void	word_get(char *word);

#endif
