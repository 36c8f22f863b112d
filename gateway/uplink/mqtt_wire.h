#ifndef GATEWAY_UPLINK_MQTT_WIRE_H
#define GATEWAY_UPLINK_MQTT_WIRE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mqtt_broker.h"

/* One connection to a broker.  Blocking, for one thread; the window of what
 * is not acknowledged is kept here, and nothing is ever queued while there is
 * no connection: what is to be sent again is the owner's. */
struct wire;

/* Something that came down. */
struct wire_message {
	const char	*topic;
	const void	*payload;
	size_t		 len;
	bool		 retained;
	const char	*reply_to;	/* MQTT 5; NULL: not said */
	const void	*correlation;
	size_t		 ncorrelation;
	int64_t		 expires;	/* s; -1: not said */
};

struct wire_owner {
	/* Its own acknowledgement came.  reason: 0, or why the broker does not
	 * take it (MQTT 5, 0x80 and more). */
	void	(*acked)(void *, uint32_t tag, int reason);
	/* Nothing may be published from within. */
	void	(*came)(void *, const struct wire_message *);
};

struct wire_publication {
	const char	*topic;
	const void	*payload;
	size_t		 len;
	bool		 retain;
	uint32_t	 tag;
	const void	*correlation;	/* MQTT 5 */
	size_t		 ncorrelation;
};

struct wire_hello {
	const struct mqtt_broker *broker;
	const char	*client;
	const char	*user, *password;	/* NULL: none */
	const char	*ca, *cert, *key;	/* files; NULL: the system's, none */
	const char	*psk_identity, *psk;	/* hexadecimal; NULL: none */
	const char	*will_topic;		/* NULL: none */
	const void	*will;
	size_t		 nwill;
	const char	*subscribe;		/* NULL: to nothing */
	bool		 version_5;
	int64_t		 keepalive, timeout, session;	/* us */
	size_t		 window;
};

/* NULL: no memory. */
struct wire	*wire_new(const struct wire_owner *, void *, struct meter *);
void		 wire_free(struct wire *);
/* 0: the broker took the connection.  -1: why is filled; *old is true when it
 * does not speak MQTT 5. */
int		 wire_connect(struct wire *, const struct wire_hello *, bool *old, char *why,
		    size_t n);
/* polite: with a DISCONNECT, so that no will is sent. */
void		 wire_close(struct wire *, bool polite);
bool		 wire_up(const struct wire *);
/* Waits at most us for the connection and for n - 1 others behind the first
 * place, which is its own.  -1: the connection is gone: why is filled. */
int		 wire_turn(struct wire *, struct pollfd *, nfds_t n, int64_t us, char *why,
		    size_t nwhy);
/* Goes out with the next turn at the latest, with what else is published until
 * then.  Not to be asked while wire_full.  -1: the connection is gone, or such a
 * message can never be sent. */
int		 wire_publish(struct wire *, const struct wire_publication *, char *why,
		    size_t n);
bool		 wire_full(const struct wire *);
size_t		 wire_flying(const struct wire *);	/* not acknowledged yet */
/* Bytes of a payload beside its topic that the broker takes; 0: any. */
size_t		 wire_payload_max(const struct wire *, const char *topic);
/* Acknowledgements of nothing that was under way, since the start. */
uint64_t	 wire_strays(const struct wire *);
/* 1: commands come down; 0: not yet; -1: the broker refuses them. */
int		 wire_subscribed(const struct wire *);
const char	*wire_reason(int reason);

#endif
