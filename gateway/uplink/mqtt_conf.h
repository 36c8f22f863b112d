#ifndef GATEWAY_UPLINK_MQTT_CONF_H
#define GATEWAY_UPLINK_MQTT_CONF_H

#include "mqtt_far.h"
#include "uplink.h"

enum mqtt_form { MQTT_BATCH, MQTT_POINT };

/* Where each kind of message goes: templates, see mqtt_topic.h.  An empty one:
 * it is not sent. */
struct mqtt_topics {
	const char	*online, *birth, *device;	/* retained */
	const char	*data, *point;
	const char	*alarm, *record, *statistic, *event;
	const char	*command, *reply;
};

struct mqtt_conf {
	struct mqtt_far_conf far;
	int64_t		 timeout;	/* us */
	int64_t		 session;	/* us that the broker keeps it; 0: none */
	int64_t		 return_after;	/* us; 0: never */
	int64_t		 window;	/* messages without their acknowledgement */
	int64_t		 message_max;	/* bytes of a payload */
	int		 form;		/* enum mqtt_form */
	bool		 retain;	/* messages of points */
	const char	*prefix;
	struct mqtt_topics topics;
};

extern const struct key	mqtt_keys[];

static inline const struct mqtt_conf *
mqtt_conf_of(const struct uplink_conf *c)
{
	return c->own;
}

/* What no key alone can say. */
int	mqtt_check(const struct uplink_conf *, struct errs *);

#endif
