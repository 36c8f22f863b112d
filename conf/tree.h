#ifndef CONF_TREE_H
#define CONF_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "err.h"

struct tree;			/* one parsed file with what it includes */
struct node;			/* one setting of it; lives as long as the tree */

enum node_kind {
	NODE_GROUP,		/* { } */
	NODE_LIST,		/* ( ) or [ ] */
	NODE_STRING, NODE_INT, NODE_REAL, NODE_BOOL
};

/* Reads a file.  NULL after a syntax error; the first of each file is in errs.
 * A BOM, names that are not ASCII and includes that go round in circles are
 * such errors too.  Figures that are none, integers beyond 2^31 written without
 * L and names given twice are told, and the rest can be read all the same: what
 * is to be used had no error at all.  Close with tree_close. */
struct tree		*tree_read(const char *path, struct arena *, struct errs *);
/* The same, but after a syntax error what stands before it in that file, and all
 * of the others: whole settings, and whole elements of a list.  NULL:
 * nothing could be kept.  What is not whole is to be looked at, not used. */
struct tree		*tree_read_part(const char *path, struct arena *, struct errs *);
bool			 tree_whole(const struct tree *);
/* The same from text; name stands for the file in messages. */
struct tree		*tree_parse(const char *text, const char *name, struct arena *,
			    struct errs *);
void			 tree_close(struct tree *);
const struct node	*tree_root(const struct tree *);

/* A file that was read, as it was.  It lives as long as the arena. */
struct tree_file {
	const char	*path, *text;
	size_t		 len;
};

/* As tree_read, of files that were read before: there are no others. */
struct tree_files {
	const struct tree_file	*at;
	size_t			 n;
};
struct tree		*tree_read_among(const struct tree_files *, const char *path,
			    struct arena *, struct errs *);
/* NULL: it is none of them. */
const struct tree_file	*tree_find(const struct tree_files *, const char *path);

/* In the order of reading; NULL past the end. */
const struct tree_file	*tree_file(const struct tree *, size_t i);

enum node_kind		 node_kind(const struct node *);
const char		*node_name(const struct node *);	/* "" in a list */
const char		*node_file(const struct node *);
int			 node_line(const struct node *);
size_t			 node_len(const struct node *);		/* of group or list */
const struct node	*node_at(const struct node *, size_t i);
const struct node	*node_get(const struct node *group, const char *name);
const char		*node_string(const struct node *);	/* "" if it is none */
int64_t			 node_int(const struct node *);
double			 node_real(const struct node *);	/* takes integers */
bool			 node_bool(const struct node *);

#endif
