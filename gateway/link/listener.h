#ifndef GATEWAY_LINK_LISTENER_H
#define GATEWAY_LINK_LISTENER_H

#include "../loop.h"
#include "listener_conf.h"
#include "resolve.h"

/* Ports at which DTUs call: one format a port.  A connection is a caller until it
 * has said who it is; then it belongs to the link of that identity. */

/* Somebody who called and is no link of ours. */
struct stranger {
	char		at[64];			/* listener or receiver */
	char		address[64];
	char		said[DTU_ID_MAX + 1];	/* identity, or its first bytes in hex */
	const char	*why;			/* constant text */
	uint64_t	times;
	int64_t		last;			/* mono us */
};

#define STRANGERS_MAX	64	/* the one heard of longest ago gives way */

struct listener_status {
	size_t		callers;	/* not yet known */
	uint64_t	accepted, claimed, refused, late;
	char		why[160];	/* it does not listen: why; "": it does */
};

/* All listeners of a role. */
struct listeners;
struct listener;

struct listeners *listeners_new(struct loop *);
/* From now on these; one that says the same goes on with its callers. */
void	listeners_renew(struct listeners *, const struct listener_conf *, size_t n,
	    int64_t now);
void	listeners_free(struct listeners *);
/* NULL: none is of this name. */
struct listener *listeners_find(const struct listeners *, const char *name);
bool	listener_look(const struct listeners *, const char *name, struct listener_status *);
/* The i-th of those who are nobody's, the newest first; NULL past the end. */
const struct stranger *listeners_stranger(const struct listeners *, size_t i);

/* Who waits for a call.  Embedded by its owner; the identity lives as long. */
struct awaited {
	const char	*id, *token;	/* token "": none is asked for */
	/* Who named it: fd is the owner's from now on, < 0 of datagrams from that
	 * address; out has what is behind the registration and what is to be
	 * answered. */
	void		(*called)(struct awaited *, int fd, const union address *,
			    const struct dtu *, const struct dtu_out *, int64_t now);
	/* A datagram from the address that it took. */
	void		(*datagram)(struct awaited *, const uint8_t *, size_t n, int64_t now);
	/* The address that it took is another one's now. */
	void		(*usurped)(struct awaited *, int64_t now);
	/* The listener is gone, or another one by that name. */
	void		(*closed)(struct awaited *, int64_t now);
	struct listener	*at;		/* where it waits; NULL: nowhere */
	struct awaited	*next;		/* the listener's own */
};

/* -1: there is no such listener.  A second one of the same identity there hides
 * the first: the configuration is checked for that. */
int	listener_await(struct listeners *, const char *listener, struct awaited *);
void	listener_leave(struct awaited *);
/* Datagrams from this address are his from now on; NULL ends it. */
void	listener_bind(struct listener *, const union address *, struct awaited *);
/* All or nothing; -1: errno. */
int	listener_send(struct listener *, const union address *, const uint8_t *, size_t n);
const struct listener_conf *listener_conf(const struct listener *);
/* Somebody whom the door did not let in, at a listener or a receiver. */
void	listeners_refused(struct listeners *, const char *name, const char *peer,
	    const char *said, const char *why, int64_t now);
#define LISTENER_SILENT	(90 * US_PER_S)	/* where no heartbeat is awaited */
/* After so many us without a word a connection of that heartbeat is asked whether it
 * is still there. */
int64_t	listener_keepalive(int64_t every);
/* A connection that is down after two silent heartbeats of so many us, and keeps its
 * place in a NAT. */
void	listener_tune(int fd, int64_t every);

#endif
