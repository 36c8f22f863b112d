#ifndef GATEWAY_UPLINK_MQTT_BROKER_H
#define GATEWAY_UPLINK_MQTT_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include "../meter.h"

/* One broker: "mqtt://HOST[:1883]" or, by TLS, "mqtts://HOST[:8883]"; an address
 * of IPv6 stands in brackets. */
struct mqtt_broker {
	char	 host[256];
	int	 port;
	bool	 tls;
};

/* False: it is none. */
bool	mqtt_broker_parse(struct mqtt_broker *, const char *url);
/* Does somebody take connections there, within us?  Nothing is said to it. */
bool	mqtt_broker_listens(const struct mqtt_broker *, int64_t us, struct meter *);

#endif
