#ifndef GATEWAY_WORDS_STATUS_ROWS_H
#define GATEWAY_WORDS_STATUS_ROWS_H

#include <stdio.h>
#include "../status.h"

#define STATUS_COLUMNS	32

/* The lines of a whole answer, cut in place. */
struct status_row {
	enum section_name	 section;
	const char		*fields[STATUS_COLUMNS];	/* as many as columns */
};

struct status_rows {
	struct status_row	*at;
	size_t			 n;
};

/* Cuts the text; lines that this version does not know are left out, and what
 * a line is short of is "".  Free at. */
void	status_cut(char *text, struct status_rows *);
/* For people, with titles. */
void	status_tables(const struct status_rows *, FILE *);
/* One JSON object, a member for each section, and a newline. */
void	status_json(const struct status_rows *, FILE *);

#endif
