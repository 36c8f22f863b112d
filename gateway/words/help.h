#ifndef GATEWAY_WORDS_HELP_H
#define GATEWAY_WORDS_HELP_H

#include <stddef.h>

/* One line of the help of argp, in which what options mean is to stand below each
 * other: argp counts bytes, and two columns of Chinese have three.  The line,
 * with blanks put in, of at most n bytes; returns its length. */
size_t	help_line(const char *line, size_t len, char *out, size_t n);
/* The same with ends of lines put in where it is wider than a terminal, also between
 * two Chinese characters; what follows stands below its like. */
size_t	help_wrap(const char *line, size_t len, char *out, size_t n);
/* What is written to stdout from now on is help, and goes through that. */
void	help_open(void);

#endif
