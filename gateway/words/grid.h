#ifndef GATEWAY_WORDS_GRID_H
#define GATEWAY_WORDS_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define GRID_COLUMNS	16

/* A column of what a command prints. */
struct grid_column {
	const char	*key;		/* in JSON */
	const char	*title;		/* through gettext; NULL: in JSON only */
	bool		 number;	/* to the right, and no string in JSON */
	bool		 word;		/* through gettext for people */
};

/* A table that is printed when its last row is known. */
struct grid {
	const struct grid_column	*columns;	/* end with a NULL key */
	size_t				 ncolumns;
	char				**cells;	/* row by row; own copies */
	size_t				 nrows, cap;
};

void	grid_init(struct grid *, const struct grid_column *);
/* As many texts as columns; NULL or "" is a dash, in JSON null or "". */
void	grid_add(struct grid *, const char *const *texts);
void	grid_write(const struct grid *, FILE *);
/* An array of objects, without a newline. */
void	grid_json(const struct grid *, FILE *);
void	grid_free(struct grid *);

/* One string as JSON writes it, quotes included. */
void	grid_string(const char *, FILE *);

#endif
