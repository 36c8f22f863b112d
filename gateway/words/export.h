#ifndef GATEWAY_WORDS_EXPORT_H
#define GATEWAY_WORDS_EXPORT_H

#include <stdio.h>

#include "../uplink/uplink.h"

/* What is exported, a bit each: the kinds of entries as they are numbered, from
 * 0, and gaps. */
#define EXPORT_KIND(kind)	(1U << ((kind) - 1))
#define EXPORT_GAP		(1U << 6)
#define EXPORT_ALL		(EXPORT_GAP * 2 - 1)
#define EXPORT_KINDS		7

extern const char *const export_kinds[EXPORT_KINDS];

struct export_to {
	const char		*path;	/* of the file to make */
	FILE			*file;	/* open on it; NULL: the format makes it */
	const struct uplink_env	*env;	/* for names of series and gateway */
	unsigned		 kinds;
	bool			 bom;	/* at the head of a text */
};

/* One form of an export.  A new one is its file and one line in the table. */
struct export_format {
	const char	*name;		/* "csv" */
	unsigned	 kinds;		/* it can say */
	unsigned	 usual;		/* when none were asked for */
	bool		 own_file;	/* makes its file itself */
	size_t		 size;		/* of its state, zeroed */
	/* -1, and why is filled; the same with those below. */
	int	(*open)(void *self, const struct export_to *, char *why, size_t n);
	/* Of kinds only. */
	int	(*entry)(void *self, const struct entry *, char *why, size_t n);
	int	(*gap)(void *self, const struct gap *, char *why, size_t n);
	/* whole: nothing failed before; else what there is will be thrown away. */
	int	(*close)(void *self, bool whole, char *why, size_t n);
};

extern const struct export_format export_csv, export_line, export_sqlite;

#endif
