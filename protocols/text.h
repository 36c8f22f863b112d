#ifndef PROTOCOLS_TEXT_H
#define PROTOCOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A window on characters somebody else owns, cap of them with the NUL behind; cap is
 * at least 1.  What does not fit is left out. */
struct text {
	char	*at;
	size_t	 len, cap;
	bool	 cut;		/* something was left out */
};

void	text_say(struct text *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Each as " 0a". */
void	text_bytes(struct text *, const uint8_t *, size_t n);

#endif
