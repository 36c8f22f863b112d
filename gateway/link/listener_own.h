#ifndef GATEWAY_LINK_LISTENER_OWN_H
#define GATEWAY_LINK_LISTENER_OWN_H

#include "../roster.h"
#include "listener.h"

/* Inside of listener*.c and caller.c. */

/* A connection that has not said who it is, or is nobody's.  Small: there may be
 * thousands, and most of them are no friends. */
struct caller {
	struct caller	*next, *prev;	/* the oldest first */
	struct listener	*listener;
	struct source	 source;
	int64_t		 until;		/* mono us: then it is cut off */
	union address	 from;
	bool		 nobody;	/* it named itself, and is not known here */
	struct dtu	 dtu;
};

/* An address whose datagrams are somebody's. */
struct bound {
	union address	 from;
	struct awaited	*to;
	struct bound	*next;
};

struct listener {
	struct listeners	*all;
	struct member		 member;	/* of all */
	const struct listener_conf *conf;
	struct dtu_conf		 dtu;
	struct source		 source;	/* fd < 0: it does not listen */
	struct timer		 retry;		/* to listen */
	struct timer		 cut;		/* of the oldest caller */
	struct awaited		**ids;		/* chains by identity */
	struct bound		**bounds;	/* chains by address */
	size_t			 nids, nbounds, chains;
	struct caller		*first, *last;
	struct listener_status	 status;
	bool			 newcomers;	/* somebody waits who did not before */
	bool			 paused;	/* no descriptor is left for who calls */
};

struct listeners {
	struct loop	*loop;
	struct roster	 roster;
	struct stranger	 strangers[STRANGERS_MAX];
	size_t		 nstrangers;
	int64_t		 told_since;	/* mono us; of the log, since then: */
	unsigned	 ntold;
};

/* listener.c */
struct awaited	*listener_awaited(const struct listener *, const char *id);
struct bound	*listener_bound(const struct listener *, const union address *);
/* Told once for each who and why, counted each time. */
void	listener_stranger(struct listener *, const union address *, const char *said,
	    const char *why, int64_t now);
/* The system has no descriptor for one more; it is tried again in a second. */
void	listener_pause(struct listener *, int error, int64_t now);

/* caller.c */
void	caller_ready(struct source *, uint32_t events, int64_t now);	/* TCP: accept */
/* Somebody whom the door let in, with who he proved to be ("": nobody); the stream
 * is the listener's from now on.  NULL: there is no such listener. */
void	caller_of_door(struct listener *, int fd, const union address *from,
	    const char *proven, int64_t now);
void	caller_datagrams(struct source *, uint32_t events, int64_t now);
void	caller_cut(struct timer *, int64_t now);
void	caller_drop_all(struct listener *);

#endif
