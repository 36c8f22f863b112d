#ifndef DEVICES_IMPORT_H
#define DEVICES_IMPORT_H

#include "../conf/err.h"
#include "../protocols/buf.h"

/* What a table of registers does not say itself. */
struct import {
	const char	*name, *maker, *model, *family, *source;
	int64_t		 first;		/* number that the table gives to register 0:
					 * 0, 1, 40001 ... */
};

#define IMPORT_ROWS	1000
#define IMPORT_LINE	9		/* of the text, where its first point stands */

/* Where the rows of a table became points: point i stands in line IMPORT_LINE + i
 * of the text. */
struct imported {
	int	lines[IMPORT_ROWS];	/* of the table, from 1 */
	size_t	n;
	char	ignored[200];		/* headings of columns that are none of ours,
					 * with commas between; "": none */
};

/* Turns a table (comma, semicolon or tab between fields, quotes as in RFC 4180,
 * UTF-8, its first line names the columns in English or Chinese) into the text
 * of a profile, a point a row.  -1: errs says what is wrong in which line of
 * file; what raw types, orders and units there are, the reader of profiles
 * knows. */
int	import_table(const char *table, size_t len, const char *file, const struct import *,
	    struct buf *text, struct imported *, struct errs *);
/* The column a heading stands for, as the profile calls it; NULL: none. */
const char	*import_column(const char *heading);

#endif
