#ifndef GATEWAY_DOOR_HTTP_PORT_H
#define GATEWAY_DOOR_HTTP_PORT_H

#include "../link/receiver_conf.h"
#include "../meter.h"
#include "../roster.h"
#include "../secret.h"
#include "door.h"
#include "fares.h"
#include "http_lib.h"
#include "http_proof.h"

/* One receiver of transport http or https. */

#define HTTP_BODY	65536		/* bytes of one request */
#define HTTP_BODIES	(16UL << 20)	/* of all that are being heard */
#define HTTP_RECENT	1024		/* requests that are known again */

/* A connection, which carries one request. */
struct http_call {
	struct http_call	*next, *prev;	/* the oldest first */
	struct http_port	*port;
	int64_t			 until;		/* mono us: then it is cut */
	int			 fd;		/* the library's */
	char			(*who)[DOOR_ID_MAX + 1];	/* of each message; own */
	size_t			 nwho;
	bool			 waits;		/* for its answer: it was heard */
	bool			 shut;
};

struct http_port {
	struct member		 member;	/* of the part's ports */
	struct door		*door;
	char			 name[DOOR_NAME_MAX + 1], *address;
	char			*certificate, *key;	/* what the files hold; NULL */
	char			 secret[SECRET_MAX + 1];
	int			 platform;		/* enum receiver_platform */
	bool			 secure;
	uint16_t		 port;
	int64_t			 sessions;
	char			(*known)[DOOR_ID_MAX + 1];	/* sorted */
	size_t			 nknown;
	struct MHD_Daemon	*daemon;	/* NULL: it does not listen: why */
	bool			 kept;		/* opened anew where it was: no news */
	struct source		 source;	/* of the library's own epoll */
	struct timer		 turn, cut;
	struct http_call	*first, *last;
	size_t			 ncalls, unheard;
	struct http_visit	*visits;
	size_t			 bodies;	/* bytes */
	char			 recent[HTTP_RECENT][HTTP_MARK + 1];
	size_t			 nrecent;
	char			 why[DOOR_WHY_MAX + 1];
	int64_t			 again;		/* mono us: it is tried again */
	struct fares		 fares;
	struct meter		 meter;		/* of connections that are over */
};

/* http_take.c: what is posted. */
enum MHD_Result	http_take(void *port, struct MHD_Connection *, const char *url,
	    const char *method, const char *version, const char *body, size_t *n,
	    void **visit);
void	http_taken(void *port, struct MHD_Connection *, void **visit,
	    enum MHD_RequestTerminationCode);
/* Nobody waits any more: all get their answer, as far as it goes. */
void	http_take_end(struct http_port *);
/* Over this connection so many messages were brought; who is its from now on. */
void	http_brought(struct MHD_Connection *, char (*who)[DOOR_ID_MAX + 1], size_t n);
/* A request was heard to its end, and has time for its answer. */
void	http_waits(struct MHD_Connection *);
/* The library is to be turned soon. */
void	http_stir(struct http_port *);

#endif
