#ifndef GATEWAY_ZONE_TABLE_H
#define GATEWAY_ZONE_TABLE_H

#include "../conf/zone.h"

/* The zone of this process (see clock_zone) from 1970 to 2106; its memory is
 * taken once and kept. */
void	zone_table(struct zone *);
void	zone_table_free(struct zone *);

#endif
