#ifndef CONF_SCAN_H
#define CONF_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "err.h"

/* Looks over the text of a configuration before libconfig reads it, to say in
 * clear words what libconfig calls "syntax error" or takes in silence: numbers
 * that wrap, two texts run together, half a file saved as GBK.  What passes
 * here is text that libconfig reads as it was meant.  A number that is none
 * and a name given twice are told and then changed in the text, so that all
 * that stands behind them can be looked at too.  Inside conf/ only. */

#define SCAN_PATH_MAX	512	/* bytes of the name of an included file */

/* One text on its way through; the caller fills the first three. */
struct scan_text {
	const char	*file;		/* for messages; lives as long as the arena */
	char		*text;		/* a NUL stands behind it */
	size_t		 len;
	size_t		 at;		/* how far it was scanned */
	int		 line;		/* there, from 1 */
	/* Up to here it can be read if there is a fault behind: between settings
	 * outside all brackets, or behind an element of the one list that is open. */
	size_t		 cut, cut_names;
	bool		 cut_in_list;
};

enum scan_result {
	SCAN_END,			/* the whole text was seen */
	SCAN_INCLUDE,			/* stands behind an @include */
	SCAN_FAULT			/* syntax error: cannot go on in this text */
};

struct scan;

/* Between two settings of a group. */
struct scan_place {
	size_t	depth, nnames;
	bool	sound;			/* it is such a place */
};

struct scan		*scan_new(struct arena *, struct errs *);	/* NULL: full */
/* Goes on in t.  INCLUDE: path is filled, *from is where the directive begins. */
enum scan_result	 scan_run(struct scan *, struct scan_text *t, size_t *from,
			    char path[SCAN_PATH_MAX]);
/* After a text: what is open that was not before it, when depth brackets were?
 * -1: see errs. */
int			 scan_finish(struct scan *, const struct scan_text *, size_t depth);
/* After a fault in a text that began outside all brackets: goes back to its cut.
 * Returns what is to be written there, for lines and lists to end. */
const char		*scan_cut(struct scan *, const struct scan_text *);
/* Where it stands, and back to there from a text that was given up.  False:
 * what follows in the outer text cannot be told from here. */
struct scan_place	 scan_place(const struct scan *);
bool			 scan_return(struct scan *, const struct scan_place *);

#endif
