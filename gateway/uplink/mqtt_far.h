#ifndef GATEWAY_UPLINK_MQTT_FAR_H
#define GATEWAY_UPLINK_MQTT_FAR_H

#include "access.h"
#include "mqtt_wire.h"

enum mqtt_version { MQTT_AUTO, MQTT_5, MQTT_311 };

/* Which brokers, and as whom: what all that is published has in common.  Who does
 * has the row ROWS(AT(far), mqtt_far_keys) and a time-out of its own. */
struct mqtt_far_conf {
	struct strings	 brokers;	/* the preferred one first */
	int		 version;	/* enum mqtt_version */
	const char	*client;	/* id; "": made of the names */
	struct login_conf login;
	struct tls_conf	 tls;
	const char	*psk_identity, *psk;
	int64_t		 keepalive;	/* us */
};

extern const struct key	mqtt_far_keys[];

/* -1: it was added to the faults what is wrong; all of it at once. */
int	mqtt_far_check(const struct access *, const struct mqtt_far_conf *);
/* Is the template of a topic sound, and of these words (enum topic_word) alone? */
int	mqtt_topic_check(const struct access *, const char *name, const char *template,
	    unsigned may);
/* The client's id: as it is set, else made of two names. */
void	mqtt_far_client(const struct mqtt_far_conf *, const char *gateway, const char *name,
	    char *id, size_t n);
/* As wire_connect, with all of the hello that is in these settings, by MQTT 5 or,
 * where that is refused and may be, 3.1.1; *old remembers it of the broker. */
int	mqtt_far_connect(struct wire *, const struct mqtt_far_conf *, struct wire_hello *,
	    bool *old, char *why, size_t n);

#endif
