#ifndef TESTS_CAPTURES_REQUESTS_H
#define TESTS_CAPTURES_REQUESTS_H

#include <stddef.h>

/* Plays what clients sent to a server and writes how it is understood and
 * answered.
 *
 * Lines end at a newline; # begins a comment.
 *	serve tcp|rtu UNIT ...	first; these units are ours
 *	open			another connection
 *	< HEX / HEX ...		is heard, in these pieces
 *	> HEX / HEX ...		the answers since the last < were these: what another
 *				maker's server said.  It shows in register and coil n
 *				the value n, and there is nothing from 2000 on.
 *	+SPAN			silence on the line
 * Requests are written as "UNIT FN", what they read as "read FIRST COUNT", what
 * they write as "write FIRST: VALUE ...", and their exception; "others" is what
 * units that are not ours are asked, and answer.
 *
 * 0, or the number of the line that was not understood or not met. */
int	requests_play(const char *text, char *out, size_t cap);

#endif
