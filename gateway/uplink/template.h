#ifndef GATEWAY_UPLINK_TEMPLATE_H
#define GATEWAY_UPLINK_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a template: a character that stands for itself, or a word in
 * braces, "{name}" or "{name:how}".  "{{" and "}}" are braces. */
struct template_part {
	const char	*next;		/* what comes behind it */
	char		 c;		/* 0: a word */
	const char	*name, *how;	/* of the word; they do not end with NUL */
	size_t		 nname, nhow;
};

/* The part a template begins with; it is not empty.  False: a brace without
 * another. */
bool	template_take(const char *at, struct template_part *);
bool	template_is(const char *text, size_t n, const char *word);

#endif
