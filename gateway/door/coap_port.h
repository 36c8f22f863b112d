#ifndef GATEWAY_DOOR_COAP_PORT_H
#define GATEWAY_DOOR_COAP_PORT_H

#include "../roster.h"
#include "../secret_key.h"
#include "coap_body.h"
#include "coap_lib.h"
#include "coap_recent.h"
#include "door.h"
#include "fares.h"

/* One receiver of transport coap or coaps: a port, who may bring messages there,
 * and those that wait for their answer. */

struct coap_known {
	struct coap_known	*next;
	char			 identity[DOOR_ID_MAX + 1];
	struct secret_key		 key;		/* n 0: by certificate */
	coap_bin_const_t	 shown;		/* the key, as the library wants it */
	bool			 seen;		/* while the list is renewed */
};

struct coap_port {
	struct member		 member;	/* of the part's ports */
	struct door		*door;
	char			 name[DOOR_NAME_MAX + 1];
	bool			 secure;
	char			*address, *certificate, *key, *ca;
	uint16_t		 port;
	int64_t			 sessions;
	coap_context_t		*context;	/* NULL: it cannot be opened: why */
	struct source		 source;
	char			 why[DOOR_WHY_MAX + 1];
	bool			 told;		/* that in the log */
	int64_t			 again;		/* mono us: it is tried again */
	struct coap_known	*known;
	struct coap_bodies	 bodies;
	struct coap_recent	*recent;
	struct coap_exchange	*waiting;	/* until it is durable */
	struct fares		 fares;
	size_t			 open;		/* sessions */
};

struct coap_port *coap_port_new(struct door *, const struct receiver_conf *);
void	coap_port_free(struct coap_port *);
bool	coap_port_same(const struct coap_port *, const struct receiver_conf *);
/* Who may come from now on.  Sessions of others end. */
void	coap_port_expect(struct coap_port *, const struct config *);
/* Opens it, if it is time to try; keeps it going. */
void	coap_port_tend(struct coap_port *, int64_t now);

/* Is a link of that identity configured? */
bool	coap_port_knows(const struct coap_port *, const char *identity);
/* "10.0.0.7 port 5001" */
void	coap_peer(coap_session_t *, char peer[DOOR_PEER_MAX + 1]);

/* coap_take.c: what somebody brought. */
void	coap_take(coap_resource_t *, coap_session_t *, const coap_pdu_t *,
	    const coap_string_t *, coap_pdu_t *);
/* Nobody is told any more of what waits. */
void	coap_take_end(struct coap_port *);

#endif
