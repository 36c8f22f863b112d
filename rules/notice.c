#include <stddef.h>

#include "notice.h"

const char *const notice_purposes[] = {
	[NOTICE_ALARM]		= "alarm",
	[NOTICE_REPEAT]		= "repeat",
	[NOTICE_ESCALATED]	= "escalated",
	[NOTICE_CHATTERING]	= "chattering",
	[NOTICE_RECOVERED]	= "recovered",
	[NOTICE_ACKED]		= "acked",
	[NOTICE_DIGEST]		= "digest",
	[NOTICE_TEST]		= "test",
	[NOTICE_OVERDUE]	= "overdue",
	NULL
};

bool
notice_asks(enum notice_purpose p)
{
	return p == NOTICE_ALARM || p == NOTICE_REPEAT || p == NOTICE_ESCALATED ||
	    p == NOTICE_OVERDUE;
}
