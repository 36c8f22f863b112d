#ifndef GATEWAY_UPLINK_INFLUX_COST_H
#define GATEWAY_UPLINK_INFLUX_COST_H

#include "cargo.h"

/* Bytes that one batch will cost. */
double	influx_cost(const struct uplink_conf *, const struct cargo *);

#endif
