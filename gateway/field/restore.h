#ifndef GATEWAY_FIELD_RESTORE_H
#define GATEWAY_FIELD_RESTORE_H

#include "../journal/entry.h"

struct field_role;

/* At start: every alarm goes on where the journal left it.  One whose rule or
 * device is gone is closed, with an entry and a note.  An exit status, or 0. */
int	restore_alarms(struct field_role *, int64_t now);
/* Ends an alarm that nobody watches any more, from the last that was said of
 * it: an entry and a note. */
void	restore_close(struct field_role *, const struct alarm_entry *last, int64_t now);

#endif
