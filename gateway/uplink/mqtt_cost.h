#ifndef GATEWAY_UPLINK_MQTT_COST_H
#define GATEWAY_UPLINK_MQTT_COST_H

#include "cargo.h"

/* Bytes that one batch will cost. */
double	mqtt_cost(const struct uplink_conf *, const struct cargo *);

#endif
