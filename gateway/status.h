#ifndef GATEWAY_STATUS_H
#define GATEWAY_STATUS_H

#include <stdbool.h>
#include <stddef.h>

/* The answer to the QUERY "status", as both ends know it: lines of fields with
 * tabs between them, the first is the name of the section and the others are
 * its columns in order.  Fields have no control characters. */
enum column_kind {		/* text, as far as COLUMN_WORD */
	COLUMN_TEXT,
	COLUMN_REASON,		/* English; people see it in their language */
	COLUMN_MOMENT,		/* ends in a moment of UTC; people see that of their
				 * zone */
	COLUMN_WORDS,		/* the like of the next, with commas between */
	COLUMN_WORD,		/* one of a few words; people see it in their language */
	COLUMN_COUNT,		/* a whole number */
	COLUMN_US,		/* a duration; people see milliseconds */
	COLUMN_LEFT,		/* the same; 0: it is not known */
	COLUMN_BYTES,
	COLUMN_RATE		/* a second, with a fraction */
};

struct column {
	const char		*key;	/* in JSON */
	const char		*title;	/* for people, by gettext; NULL: JSON only */
	enum column_kind	 kind;
	int			 spare;	/* on a narrow terminal the highest of these is
					 * left out first; 0: never */
};

struct section {
	const char		*name;
	const char		*title;		/* for people, by gettext */
	bool			 single;	/* one row: an object, not a list */
	const struct column	*columns;	/* key NULL ends them */
};

enum section_name {
	SECTION_GATEWAY, SECTION_STORE, SECTION_LINKS, SECTION_LISTENERS,
	SECTION_RECEIVERS, SECTION_STRANGERS, SECTION_DEVICES, SECTION_ALARMS,
	SECTION_MAINTENANCE, SECTION_STATISTICS, SECTION_UPLINKS, SECTION_CURES,
	SECTION_CONTACTS, SECTION_WAYS, SECTION_PLANS, SECTIONS
};

extern const struct section status_sections[SECTIONS];

#define STATUS_WORD	"status"
#define STATUS_ROW_MAX	2048	/* bytes of one line */

#endif
