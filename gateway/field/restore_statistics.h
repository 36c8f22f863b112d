#ifndef GATEWAY_FIELD_RESTORE_STATISTICS_H
#define GATEWAY_FIELD_RESTORE_STATISTICS_H

struct field_role;

/* At start: intervals that were open go on with what the journal says, and none
 * that was told of is told of again. */
void	restore_statistics(struct field_role *);

#endif
