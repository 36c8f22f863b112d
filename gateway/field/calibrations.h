#ifndef GATEWAY_FIELD_CALIBRATIONS_H
#define GATEWAY_FIELD_CALIBRATIONS_H

#include "../config/config.h"
#include "keeper.h"
#include "pipeline.h"

/* What corrections are in force, as the journal was told last: one that the
 * configuration brings, changes or takes away becomes a record there, once. */
struct calibrations;

/* Reads what was recorded.  NULL: errno. */
struct calibrations	*calibrations_open(struct keeper *, const struct config *);
void			 calibrations_close(struct calibrations *);
/* Another configuration from now on; the one before is still there. */
void			 calibrations_renew(struct calibrations *, const struct config *);
/* Records some of what is new; called until all is recorded, and durable (seq
 * of telemetry) tells that it may be remembered as such. */
void			 calibrations_go_on(struct calibrations *, struct pipeline *,
			    uint64_t durable);

#endif
