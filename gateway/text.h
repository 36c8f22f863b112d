#ifndef GATEWAY_TEXT_H
#define GATEWAY_TEXT_H

#include <libintl.h>
#include <stdbool.h>
#include <stddef.h>

/* Text for people goes through gettext; the log stays English. */
#define _(s)	gettext(s)
#define N_(s)	(s)

/* Chooses the language that LANGUAGE, LC_ALL, LC_MESSAGES or LANG ask for.  A
 * small Debian has no locale of that name; the translation is used all the
 * same, because all it takes is here. */
void	text_open(void);
/* Is what people read written in Chinese? */
bool	text_chinese(void);
/* What an errno means.  The words are ours and not those of the C library,
 * whose translations a small Debian does not have: of one line one half would
 * be Chinese. */
const char *text_error(int error);
/* Words with commas between them, each in the reader's language. */
const char *text_words(const char *words, char *buf, size_t n);
/* Columns a terminal gives a UTF-8 text: a Chinese character takes two. */
int	text_width(const char *);

#endif
