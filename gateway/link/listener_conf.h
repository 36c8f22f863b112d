#ifndef GATEWAY_LINK_LISTENER_CONF_H
#define GATEWAY_LINK_LISTENER_CONF_H

#include "../../conf/key.h"
#include "../../protocols/dtu.h"

/* What a configuration says of a port at which DTUs call. */
struct listener_conf {
	const char	*name;
	struct place	 place;
	int		 transport;	/* enum transport */
	const char	*address;	/* numeric; "": all of this machine */
	int64_t		 port;
	int		 format;	/* index of dtu_format_at */
	const char	*reg;		/* pattern; "": the format's */
	struct strings	 beats;		/* patterns; none: the format's */
	const char	*reg_reply, *beat_reply;	/* "": none is waited for */
	int64_t		 every;		/* us between heartbeats; 0: there are none */
	int64_t		 within;	/* us: to say who it is */
	int64_t		 callers;	/* that have not said who they are, at most */
	int64_t		 per_address;	/* the same of one address */
	int		 tls;		/* enum listener_tls */
	const char	*cert, *key;	/* files; "": none */
	const char	*ca;		/* "": no certificate is asked for */
};

/* Who is not plain calls at the door. */
enum listener_tls { LISTENER_PLAIN, LISTENER_PSK, LISTENER_CERTIFICATE };

enum transport { TRANSPORT_TCP, TRANSPORT_UDP };

extern const struct key listener_keys[];
/* Does everybody who gets through it prove who he is? */
bool	listener_proves(const struct listener_conf *);
/* What one key cannot know.  -1 after any fault. */
int	listener_check(const struct listener_conf *, struct errs *);
/* The format with its patterns compiled; of a conf that was checked. */
void	listener_dtu(const struct listener_conf *, struct dtu_conf *);

#endif
