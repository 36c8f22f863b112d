#ifndef GATEWAY_FIELD_RESTORE_RULES_H
#define GATEWAY_FIELD_RESTORE_RULES_H

#include <stdint.h>

struct field_role;

/* Windows and learnt hours go on over a start: the rules hear the readings of the
 * journal again, as far back as they look, and raise and clear nothing by it.
 * Before alarms are restored. */
void	restore_rules(struct field_role *, int64_t now);

#endif
