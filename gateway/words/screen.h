#ifndef GATEWAY_WORDS_SCREEN_H
#define GATEWAY_WORDS_SCREEN_H

#include <stdbool.h>

/* The terminal while a table is shown: its other side, no cursor, no wrapping.
 * Given back on screen_close and when the program exits. */
bool		screen_open(void);	/* false: stdout is no terminal */
void		screen_close(void);
/* Lines that it has now; asked each time, so that it may be resized. */
unsigned	screen_lines(void);

#endif
