#ifndef CONF_ARENA_H
#define CONF_ARENA_H

#include <stdbool.h>
#include <stddef.h>

/* Memory of one configuration generation: taken piece by piece, given back
 * all at once by whoever owns the bytes.  A large reserve of address space
 * costs nothing until it is touched. */
struct arena {
	unsigned char	*at;	/* not owned; aligned to 16 */
	size_t		 used, cap;
	bool		 fresh;	/* the bytes were zero: those that nobody had yet are
				 * not touched before somebody writes to them */
	size_t		 high;	/* the most that was ever used */
};

/* n bytes, zeroed, aligned to 16; NULL when the arena is full. */
void	*arena_alloc(struct arena *, size_t n);
char	*arena_text(struct arena *, const char *, size_t n);	/* NUL added */

#endif
