#ifndef CONF_KEY_READER_H
#define CONF_KEY_READER_H

#include "key.h"

/* A key on its way into a struct; inside conf/ only. */
struct key_reader {
	const struct key	*key;
	const struct node	*node;		/* as written; NULL: its fallback */
	const struct node	*group;		/* that it is in, or NULL */
	void			*dst;		/* where key.offset counts from */
	struct arena		*arena;
	struct errs		*errs;
};

/* Adds a fault, told where the key stands.  Always -1. */
#define key_fault(r, ...) \
	err_add((r)->errs, key_file(r), key_line(r), __VA_ARGS__)

const char	*key_file(const struct key_reader *);
int		 key_line(const struct key_reader *);
int		 key_no_room(const struct key_reader *);

/* Reads one setting; it may be read again. */
int		 key_read(const struct key_reader *);
/* Reads one plain value from its node, or from its fallback. */
int		 key_plain(const struct key_reader *);

#endif
