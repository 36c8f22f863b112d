#ifndef GATEWAY_UPLINK_INFLUX_LINE_H
#define GATEWAY_UPLINK_INFLUX_LINE_H

#include "../../protocols/line.h"
#include "uplink.h"

/* How entries look in a time series database; M is the configured measurement.
 *
 * M            tags gateway, device, point, unit
 *              value    float: every number and bool (as 0 and 1); absent when
 *                       the reading is bad
 *              integer  beside value, when a float cannot hold it exactly
 *              text     a reading that is text (or an integer of 64 bits that
 *                       is no int64)
 *              quality  integer, the code; 0 is good.  flags when there are any
 * M_alarm      tags gateway, device, point, rule, priority, class, event
 *              state, active, unacked, latched, count, value, quality, message,
 *              message_zh, who
 * M_statistic  tags as M; mean, min, max, amount, samples, valid; time is from
 * M_gap        tags gateway, stream; from, to, why
 *
 * The type of each field never changes, for databases refuse a field that was
 * an integer yesterday.  Commands, records and notes have no place here. */
bool		 influx_line_has(const struct entry *);
enum line_result influx_line(struct buf *, const struct entry *, const struct uplink_env *);
/* now: wall ms. */
enum line_result influx_gap_line(struct buf *, const struct gap *, enum stream,
		    const struct uplink_env *, int64_t now);

#endif
