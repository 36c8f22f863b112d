#ifndef RULES_PAST_H
#define RULES_PAST_H

#include <stddef.h>

#include "../devices/reading.h"

/* What was, as rows of text: the form in which tidegate export writes the journal
 * (RFC 4180). */

#define PAST_FIELDS	64	/* of a row; more are passed over */
#define PAST_TEXT	128	/* bytes of a name or a value that are kept */

struct past_field {
	const char	*at;
	size_t		 n;
	bool		 quoted;	/* within it, a quote is written twice */
};

/* Which column says what, from 0; PAST_NONE: none does. */
#define PAST_NONE	SIZE_MAX

enum past_column { PAST_KIND, PAST_UTC_MS, PAST_DEVICE, PAST_POINT, PAST_UNIT, PAST_VALUE,
    PAST_QUALITY, PAST_FLAGS, PAST_AGE, PAST_RULE, PAST_EVENT, PAST_WHO, PAST_WORDS,
    PAST_COLUMNS };

struct past_columns {
	size_t	at[PAST_COLUMNS];
};

enum past_kind {
	PAST_READING,
	PAST_ALARM,		/* came or went */
	PAST_STARTED,		/* the gateway */
	PAST_STOPPED,
	PAST_OTHER,		/* of no concern here */
	PAST_WRONG		/* why says what is */
};

struct past_row {
	enum past_kind	 kind;
	int64_t		 time;		/* UTC ms */
	char		 device[PAST_TEXT], point[PAST_TEXT], unit[PAST_TEXT];
	char		 rule[PAST_TEXT];
	bool		 active;	/* of an alarm: it came */
	struct value	 value;		/* F64, TEXT or NONE */
	struct quality	 quality;
	uint32_t	 age;
	const char	*why;		/* of WRONG, for err_word */
};

/* Cuts the next row out of a text of n bytes, from *at on, and leaves *at behind
 * it.  Returns its fields, at most PAST_FIELDS; 0: the text is over.  lines: the
 * line breaks that were passed are added. */
size_t		past_cut(const char *text, size_t n, size_t *at, struct past_field *,
		    size_t *lines);
/* Of the first row.  NULL: it has all that is needed; else the column that is
 * missing. */
const char	*past_head(const struct past_field *, size_t n, struct past_columns *);
/* flags: words and their bits, ended by a bit 0. */
struct past_flag {
	unsigned	 bit;
	const char	*name;
};
void		past_read(const struct past_columns *, const struct past_field *, size_t n,
		    const struct past_flag *flags, struct past_row *);

#endif
