#ifndef TESTS_CAPTURES_DIALOGUE_H
#define TESTS_CAPTURES_DIALOGUE_H

#include <stddef.h>

/* Plays a dialogue with a protocol session and writes what came of it.
 *
 * Lines end at a newline or a semicolon; # begins a comment.
 *	proto NAME		the session to play; once, before all others
 *	line KEY=SPAN ...	silence guard timeout_min timeout_max max_late; echo=1
 *				seed=NUMBER
 *	ask UNIT FN NUMBER COUNT [payload=HEX] [write=NUMBER] [loopback=1]
 *				written as "> HEX" or "busy until SPAN"; one that
 *				the standard does not allow is not understood
 *	> HEX			the last frame must have been this
 *	< HEX / HEX ...		is heard, in these pieces
 *	+SPAN			time passes; ticks come when they are due, and
 *				what they send is written as "> HEX" too
 *	up			the link went down and came up again
 *	tally			written: the counters that are not 0
 * Replies are written as "= COOKIE ok HEX SPAN" (how long it took; "after
 * barrier" behind it), "= COOKIE exception N" and "= COOKIE timeout"; cookies
 * count the asks that were taken, from 1.
 *
 * 0, or the number of the line that was not understood or not met. */
int	dialogue_play(const char *text, char *out, size_t cap);

/* Plays a row of a table; what came of it must be the lines of wanted, which
 * are parted by " | ".  Exits with a message if not. */
void	dialogue_check(const char *name, const char *text, const char *wanted);

#endif
