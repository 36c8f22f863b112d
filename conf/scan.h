#ifndef CONF_SCAN_H
#define CONF_SCAN_H

#include <stddef.h>

#include "arena.h"
#include "err.h"

/* Looks over the text of a configuration before libconfig reads it, to say in
 * clear words what libconfig calls "syntax error" or takes in silence: numbers
 * that wrap, two texts run together, half a file saved as GBK.  What passes
 * here is text that libconfig reads as it was meant.  Inside conf/ only. */

#define SCAN_PATH_MAX	512	/* bytes of the name of an included file */

/* One text on its way through; the caller fills the first three. */
struct scan_text {
	const char	*file;		/* for messages; lives as long as the arena */
	const char	*text;		/* a NUL stands behind it */
	size_t		 len;
	size_t		 at;		/* how far it was scanned */
	int		 line;		/* there, from 1 */
};

enum scan_result {
	SCAN_END,			/* the whole text was seen */
	SCAN_INCLUDE,			/* stands behind an @include */
	SCAN_FAULT			/* syntax error: cannot go on */
};

struct scan;

struct scan		*scan_new(struct arena *, struct errs *);	/* NULL: full */
/* Goes on in t.  INCLUDE: path is filled, *from is where the directive begins. */
enum scan_result	 scan_run(struct scan *, struct scan_text *t, size_t *from,
			    char path[SCAN_PATH_MAX]);
/* After the outermost text: what is still open?  -1: see errs, of this or of
 * any fault before. */
int			 scan_finish(struct scan *, const struct scan_text *);

#endif
