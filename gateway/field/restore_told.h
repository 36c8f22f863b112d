#ifndef GATEWAY_FIELD_RESTORE_TOLD_H
#define GATEWAY_FIELD_RESTORE_TOLD_H

#include "field.h"

/* What instruments told last before the start is known to their lines: sent again,
 * for the acknowledgement was lost, it is acknowledged and not stored anew. */
void	restore_told(struct field_role *);

#endif
