#ifndef GATEWAY_DOOR_TLS_OWN_H
#define GATEWAY_DOOR_TLS_OWN_H

#include "../link/listener.h"
#include "../roster.h"
#include "door.h"
#include "tls.h"

/* Inside of tls_*.c: the ports at which DTUs call by TLS. */

/* What was read at one end and the other end did not take yet. */
struct unsent {
	uint8_t	*at;		/* NULL: nothing */
	size_t	 n, pos;
};

/* A connection: hands are shaken first, then bytes go between two sockets. */
struct tls_call {
	struct tls_call	*next, *prev;	/* of its port, the oldest first */
	struct tls_port	*port;
	struct tls	*tls;		/* NULL: it has said nothing yet */
	struct source	 outer, inner;	/* the DTU; the field role, fd -1 before */
	union address	 from;
	int64_t		 until;		/* mono us: of the handshake; 0: it is over */
	bool		 outer_writes;	/* it waits to be writable */
	uint32_t	 outer_for, inner_for;	/* what the sockets wake for */
	struct unsent	 up, down;
};

struct tls_key {
	char	identity[TLS_ID_MAX + 1];
	uint8_t	bytes[TLS_PSK_MAX], n;
};

struct tls_calls {
	struct tls_call	*first, *last;
	size_t		 n;
};

#define TLS_HALF_MOST	320	/* handshakes of a port that go on at once, 45 KiB each */
#define TLS_SHARES	256	/* power of two */

struct tls_port {
	struct member		 member;	/* of the part's ports */
	struct door		*door;
	struct listener_conf	 conf;		/* a copy; its texts are the port's */
	struct tls_terms	*terms;		/* NULL: there are none yet */
	struct tls_key		*keys;		/* in the order of their identities */
	size_t			 nkeys, links;
	struct source		 source;	/* fd -1: it does not listen */
	struct timer		 retry, cut;
	struct tls_calls	 shaking, open;
	size_t			 nhalf;		/* of shaking: it has said something */
	uint16_t		 shares[TLS_SHARES];	/* the same, by address */
	uint64_t		 accepted, refused, late;
	char			 why[DOOR_WHY_MAX + 1];
	unsigned		 told;		/* strangers, in this second */
};

/* tls_call.c */
void	tls_port_ready(struct source *, uint32_t events, int64_t now);	/* accept */
void	tls_port_cut(struct timer *, int64_t now);	/* of handshakes that take long */
void	tls_port_drop_all(struct tls_port *);

#endif
