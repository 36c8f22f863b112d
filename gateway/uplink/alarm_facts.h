#ifndef GATEWAY_UPLINK_ALARM_FACTS_H
#define GATEWAY_UPLINK_ALARM_FACTS_H

#include "../../protocols/json.h"
#include "../journal/entry.h"

enum fact_kind { FACT_BOOL, FACT_COUNT, FACT_TIME, FACT_MASKS, FACT_TEXT };

/* One fact of a step of an alarm, as every form of export says it beside whose
 * alarm it is, when, and what it shows.  A new fact is a line in the table. */
struct alarm_fact {
	const char	*name;		/* as others read it */
	enum fact_kind	 kind;
	size_t		 at;		/* in struct alarm_entry */
	const char	*member;	/* its name there */
	bool		 always;	/* said when it is not so, too */
};

#define ALARM_FACTS	18

extern const struct alarm_fact alarm_facts[ALARM_FACTS];

/* Is there something to say?  No: false, none, no such moment, no text. */
bool		 fact_is(const struct alarm_fact *, const struct alarm_entry *);
/* Of TEXT 0; of BOOL 0 and 1; of MASKS bits of enum alarm_mask; of TIME UTC ms. */
int64_t		 fact_number(const struct alarm_fact *, const struct alarm_entry *);
/* Of TEXT as it stands, of MASKS their words with blanks between, in room; of
 * others "". */
#define FACT_WORDS	64
const char	*fact_text(const struct alarm_fact *, const struct alarm_entry *,
		    char room[FACT_WORDS]);
/* As a member of the object that is open. */
void		 fact_json(const struct alarm_fact *, const struct alarm_entry *,
		    struct json *);

#endif
