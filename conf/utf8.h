#ifndef CONF_UTF8_H
#define CONF_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character that begins at s, of n that are there; 0: none is
 * UTF-8 there. */
size_t	utf8_len(const char *s, size_t n);
/* How many of n bytes are UTF-8, counted from the start: n if all are. */
size_t	utf8_span(const char *s, size_t n);
/* The character there and its bytes; 0 and *len 0: none is UTF-8 there. */
uint32_t	utf8_character(const char *s, size_t n, size_t *len);
/* Is nothing seen of it, or does it move a cursor or the characters beside it:
 * controls, marks of direction, such as have no width. */
bool	utf8_hidden(uint32_t character);
/* Writes a character; one that has no UTF-8 as U+FFFD.  The bytes written. */
size_t	utf8_write(uint32_t character, char to[4]);

#endif
