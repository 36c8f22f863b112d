#ifndef GATEWAY_LINK_RECEIVER_CONF_H
#define GATEWAY_LINK_RECEIVER_CONF_H

#include "../../conf/key.h"

enum receiver_transport { RECEIVER_COAP, RECEIVER_COAPS, RECEIVER_HTTP, RECEIVER_HTTPS };
enum receiver_platform { RECEIVER_GENERIC, RECEIVER_CTWING, RECEIVER_ONENET };

/* What a configuration says of a port at which instruments bring messages. */
struct receiver_conf {
	const char	*name;
	struct place	 place;
	int		 transport;	/* enum receiver_transport */
	const char	*address;	/* in digits; "": all of this machine */
	int64_t		 port;		/* 0: the usual one */
	const char	*certificate, *key, *ca;	/* PEM files; "": none */
	int64_t		 sessions;	/* kept open, at most */
	int		 platform;	/* enum receiver_platform */
	const char	*secret;	/* "": none */
};

extern const struct key receiver_keys[];
/* What one key cannot know.  -1 after any fault. */
int	receiver_check(const struct receiver_conf *, struct errs *);
/* Its own, or the usual one of its transport. */
uint16_t receiver_port(const struct receiver_conf *);
/* Is it for who posts by HTTP? */
bool	receiver_posts(const struct receiver_conf *);
bool	receiver_proves(const struct receiver_conf *);
/* "coaps" */
const char *receiver_transport(const struct receiver_conf *);

#endif
