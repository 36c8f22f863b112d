#ifndef CONF_ERR_H
#define CONF_ERR_H

#include <stdbool.h>
#include <stddef.h>

#define ERRS_MAX	100	/* then "+n more" */
#define ERR_QUOTE	160	/* bytes of what is shown of a text, with the NUL */

/* One fault of a text, in words for the person who wrote it. */
struct err {
	char	 file[128];	/* copied; empty when not from a file */
	int	 line;		/* from 1; 0: the file as a whole */
	char	 text[640];	/* cut at a UTF-8 border */
	char	 quote[ERR_QUOTE];	/* what is at fault as it was written, or "" */
	int	 caret;		/* the columns before the place in it */
	bool	 last;		/* nothing more is told of this line */
	bool	 unread;	/* behind it, what the file means was not looked at */
};

/* All faults found in one run, so that they can be mended in one go. */
struct errs {
	struct err	*at;	/* room for ERRS_MAX, from the caller */
	size_t		 n;	/* may exceed ERRS_MAX: the rest is only counted */
	struct err	*newest;	/* NULL: it was only counted, or dropped */
	/* Puts a format into the reader's language (gettext); NULL: English. */
	const char	*(*translate)(const char *fmt);
};

/* Marks a format that stands in a table, for xgettext; err_add finds its own. */
#define ERR_(s)	(s)

/* Always returns -1, so that "return err_add(...)" is the failure path.  file
 * NULL: not from a file. */
int	err_add(struct errs *, const char *file, int line, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));
/* Shows with the newest fault the text that it is in, and the byte of it at which
 * it stands.  Always -1. */
int	err_quote(struct errs *, const char *text, size_t at);
/* A word that goes into a message in place of a %s, in the reader's language; it
 * stands in ERR_ where it is written. */
const char	*err_word(const struct errs *, const char *word);
/* What the newest fault left in its line is not what was meant: whatever else
 * would be told of that line is dropped. */
void	err_last(struct errs *);
/* The newest fault is where the understanding of its file ends. */
void	err_unread(struct errs *);

#endif
