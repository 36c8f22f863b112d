#ifndef CONF_KEY_H
#define CONF_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "err.h"
#include "tree.h"

enum key_type {
	KEY_STRING,		/* const char *, copied into the arena */
	KEY_NAME,		/* const char *: [a-z0-9_/-]+, 1 to 63 bytes */
	KEY_INT,		/* int64_t */
	KEY_REAL,		/* double; takes integers */
	KEY_BOOL,		/* bool */
	KEY_SPAN,		/* int64_t microseconds: "1750us", "5min", "1d" */
	KEY_SIZE,		/* int64_t bytes: "512MB" */
	KEY_STRINGS,		/* struct strings */
	KEY_SECRET,		/* const char *: "@/path" or "cred:name", as written;
				 * gateway/ reads it.  Clear text is an error */
	KEY_CHOICE,		/* int, index into names */
	KEY_GROUP,		/* a struct in place, by the table sub */
	KEY_ITEMS,		/* struct items: a list of groups, by the table sub */
	KEY_ROWS,		/* no setting: the rows of sub stand here, for a struct in
				 * place that several tables share; its name is "" */
	KEY_NODE		/* const struct node *, for a reader of its own */
};

struct strings {
	const char	**at;
	size_t		  n;
};

struct items {
	void		 *at;		/* n structs of size bytes */
	size_t		  n;
};

/* A secret that is a key: so many bytes, as text or as 0x and hex digits. */
struct key_form {
	unsigned	least, most;
	unsigned	bare;		/* so many hex digits, or more, are hex without
					 * 0x, too; 0: they are text */
};

/* One setting: how it is written, where it goes, what it may be.  The same
 * row fills the struct, bounds the value and prints the manual page. */
struct key {
	const char		*name;		/* NULL ends the table */
	enum key_type		 type;
	size_t			 offset;
	const char		*fallback;	/* as written in a file; NULL: must be
						 * given; "" of STRING, STRINGS, SECRET,
						 * GROUP, ITEMS, NODE: may be absent;
						 * "{}" of GROUP: has its defaults */
	double			 min, max;	/* INT REAL SPAN(us) SIZE; both 0:
						 * any */
	const char *const	*names;		/* CHOICE; ends with NULL */
	const struct key	*sub;		/* GROUP, ITEMS, ROWS */
	size_t			 size;		/* ITEMS: of one struct */
	size_t			 line;		/* ITEMS: offset + 1 of a struct place
						 * that takes where it stood; 0: none */
	const char		*help;		/* one sentence for the manual */
	const char		*example;	/* as written in a file; NULL: the
						 * fallback is one */
	const struct key_form	*form;		/* SECRET that is a key; NULL: a text */
	bool			 file;		/* STRING: path of a file whose content
						 * counts, as that of a secret does */
};

/* Where something stood, for messages of those who check it later. */
struct place {
	const char	*file;
	int		 line;
};

/* Fills dst (zeroed by the caller) from a group.  Every fault is added to errs
 * (unknown keys with the nearest known name); -1 if there was any. */
int	key_load(const struct node *group, const struct key *, void *dst, struct arena *,
	    struct errs *);
/* Two tables over one group: the common keys and those of its kind. */
int	key_load2(const struct node *group, const struct key *, void *dst,
	    const struct key *own, void *owndst, struct arena *, struct errs *);
/* Fills dst with the fallbacks alone. */
int	key_defaults(const struct key *, void *dst, struct arena *, struct errs *);

/* Do two structs that were filled by this table say the same?  Where it stood
 * does not count; of NODE it is not known here. */
bool	key_same(const struct key *, const void *a, const void *b);

/* Is each text there?  One that was refused is NULL, and what checks them together
 * leaves that struct alone: its fault was told. */
bool	key_whole(const struct key *, const void *);

/* A struct of size bytes that was filled by this table, with all that it points to
 * in the arena; of where its items stood nothing is kept, of NODE nothing is
 * copied.  -1: the arena is full. */
int	key_copy(const struct key *, void *dst, const void *src, size_t size, struct arena *);

/* The nearest of n names for a mistyped one; NULL when none is near. */
const char	*near_name(const char *word, const char *const *names, size_t n);

/* The same of names that are tried one by one, without a list of them. */
struct near {
	const char	*word;
	const char	*best;		/* NULL: none was near */
	size_t		 limit;		/* letters that may differ */
};

struct near	 near_to(const char *word);
void		 near_try(struct near *, const char *name);

#endif
