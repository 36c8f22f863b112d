#ifndef GATEWAY_UPLINK_MQTT_TEXT_H
#define GATEWAY_UPLINK_MQTT_TEXT_H

#include "../../protocols/buf.h"
#include "mqtt_site.h"

/* The messages that are no entries.  False: it did not fit, and the buffer is
 * as before. */

/* The gateway came, or went and why ("stopped", "lost").  since: UTC ms of its
 * connection. */
bool	mqtt_online(struct buf *, const char *gateway, uint64_t store, bool online,
	    const char *why, int64_t since);
/* What the numbers of the series of one device mean, from *series on, as many
 * as fit; *series is then the next, 0 when there is none.  part from 1. */
bool	mqtt_birth(struct buf *, const char *gateway, uint64_t store,
	    const struct mqtt_site *, const struct mqtt_device *, struct reader *,
	    uint32_t *series, unsigned part);
bool	mqtt_presence(struct buf *, const char *gateway, const struct mqtt_device *);
/* The end of a command; id may be "". */
bool	mqtt_reply(struct buf *, const char *gateway, const char *id, bool done,
	    const char *text, int64_t now);

#endif
