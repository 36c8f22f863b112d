#ifndef RULES_NOTICE_H
#define RULES_NOTICE_H

#include <stdbool.h>

/* Why somebody is told.  The names are in the journal. */
enum notice_purpose {
	NOTICE_ALARM,		/* an alarm rises, or rises higher */
	NOTICE_REPEAT,		/* nobody has acknowledged it yet */
	NOTICE_ESCALATED,	/* the same, to those who come next */
	NOTICE_CHATTERING,	/* it comes and goes; what follows is not told */
	NOTICE_RECOVERED,
	NOTICE_ACKED,		/* somebody else took it */
	NOTICE_DIGEST,		/* several in one */
	NOTICE_TEST,		/* tidegate notify test */
	NOTICE_OVERDUE		/* nobody said in time what was done */
};

extern const char *const notice_purposes[];	/* end with NULL */
/* Does it ask somebody to do something?  Nobody is woken up for anything else. */
bool	notice_asks(enum notice_purpose);

#endif
