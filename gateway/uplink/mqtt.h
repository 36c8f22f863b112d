#ifndef GATEWAY_UPLINK_MQTT_H
#define GATEWAY_UPLINK_MQTT_H

#include "../../protocols/buf.h"
#include "aside.h"
#include "mqtt_broker.h"
#include "mqtt_conf.h"
#include "mqtt_data.h"
#include "mqtt_order.h"
#include "mqtt_site.h"
#include "mqtt_topic.h"
#include "mqtt_wire.h"

/* An entry that is ready as it goes, in the out of its batch: topic with its
 * NUL, then the payload. */
struct mqtt_ready {
	size_t	topic, payload, len;
};

struct mqtt {
	const struct uplink_env	*env;
	const struct mqtt_conf	*conf;
	struct topic_words	 words;		/* of the gateway */

	/* the connection: mqtt_link.c */
	struct wire		*wire;
	struct mqtt_broker	*brokers;
	bool			*old;		/* that speak no MQTT 5 */
	size_t			 at, shun;	/* brokers; shun SIZE_MAX: none */
	size_t			 told;		/* broker in the log: index + 1 */
	unsigned		 connection;	/* their count */
	int64_t			 since;		/* UTC ms of the connection */
	int64_t			 home_at;	/* mono us; 0: never, or at home */
	int64_t			 heard_at;	/* mono us of an acknowledgement */
	int			 refusal;	/* reason; 0: none in this batch */
	bool			 told_deaf;	/* no commands can be had */
	uint64_t		 strays;	/* as told */
	struct mqtt_orders	 orders;

	/* the batch in hand */
	struct mqtt_row		*rows;
	struct mqtt_scan	*scans;
	uint32_t		*order;		/* rows of one device */
	uint32_t		*active;	/* devices that have rows */
	size_t			 nrows, nactive;
	struct buf		 texts, out, message;
	struct mqtt_ready	*ready;
	size_t			 nready;
	enum stream		 stream;
	struct mqtt_site	 site;
	struct aside		 aside;
	int64_t			 pause;		/* us, after the last failure */
};

#define MQTT_ENTRY	1	/* tag: the batch hangs on its acknowledgement */
#define MQTT_ASIDE	0	/* tag: nothing does */

/* Connected, and to the preferred broker when it is time for that.  -1: why. */
int	mqtt_link_ready(struct mqtt *, char *why, size_t n);
/* Waits for room in the window. */
int	mqtt_link_publish(struct mqtt *, const struct wire_publication *, char *why, size_t n);
/* Until all is acknowledged. */
int	mqtt_link_drain(struct mqtt *, char *why, size_t n);
int	mqtt_link_tend(struct mqtt *, int wake, int64_t us, char *why, size_t n);
/* Says that the gateway goes, and why. */
void	mqtt_link_leave(struct mqtt *, const char *why);
/* Bytes that a payload to this topic may have. */
size_t	mqtt_link_most(const struct mqtt *, const char *topic);

#endif
