#ifndef GATEWAY_DOOR_COAP_CLIENT_H
#define GATEWAY_DOOR_COAP_CLIENT_H

#include "../link/coap_conf.h"
#include "../secret_key.h"
#include "coap_body.h"
#include "coap_far.h"
#include "coap_lib.h"
#include "door.h"

/* Links of kind coap: a server each, asked in the pace of its link or observed. */

#define COAP_PATHS_MAX	16

/* One thing that is asked for. */
struct coap_fetch {
	struct delivery	 delivery;
	char		*path;
	int64_t		 due;		/* mono us: it is asked next */
	int64_t		 asked;		/* an answer is awaited since; 0: none is */
	bool		 wanted;	/* it is due, and waits for a session */
	bool		 observed;	/* it tells by itself */
	int64_t		 told;		/* mono us: its last notification is fresh, */
	int64_t		 noted;		/* when that came, */
	uint32_t	 number;	/* and its number */
	size_t		 n;		/* bytes of a body that comes in blocks */
	uint32_t	 block;		/* of it, awaited; 0: the first */
	uint8_t		 etag[8];	/* of the version whose blocks come */
	uint8_t		 netag;
	bool		 anew;		/* it changed on the way, and is asked for the
					 * second time */
	uint16_t	 format;
	uint8_t		 serial;	/* of its token: tells an old answer */
};

struct coap_client {
	struct coap_client	*next;
	struct door		*door;
	char			 name[DOOR_ID_MAX + 1];
	struct coap_uri		 uri;
	struct coap_far		 far;
	struct timer		*timer;		/* not its own: who tends it fires it */
	char			*identity, *certificate, *private_key, *ca;
	struct secret_key		 key;
	uint64_t		 digest;	/* of all that was configured */
	int64_t			 every;
	bool			 observe, seen;
	coap_context_t		*context;	/* not its own */
	coap_session_t		*session;	/* NULL: made when it is asked next */
	bool			 heard;		/* it was answered in this session */
	bool			 broken;	/* the session is of no more use */
	const char		*unproven;	/* what is wrong with its certificate; NULL */
	const char		*refused;	/* why one of its addresses was, this round */
	struct coap_fetch	 fetches[COAP_PATHS_MAX];
	size_t			 n;
	uint8_t			*body;		/* those in the making, or NULL */
};

/* NULL: it cannot be asked, which was logged. */
struct coap_client *coap_client_new(struct door *, coap_context_t *, struct timer *,
		    const struct link_conf *, int64_t now);
void		 coap_client_free(struct coap_client *);
uint64_t	 coap_client_digest(const struct link_conf *);
/* Asks what is due; when something is next. */
int64_t		 coap_client_tend(struct coap_client *, int64_t now);
/* The session is of no more use: what is asked there is asked at the next address, or
 * was asked in vain. */
void		 coap_client_lost(struct coap_client *, const char *why, int64_t now);

/* coap_answer.c */
coap_response_t	 coap_answer(coap_session_t *, const coap_pdu_t *, const coap_pdu_t *,
		    const coap_mid_t);
void		 coap_answer_lost(coap_session_t *, const coap_pdu_t *,
		    const coap_nack_reason_t, const coap_mid_t);
/* Asked in vain. */
void		 coap_client_failed(struct coap_client *, struct coap_fetch *, const char *why,
		    int64_t now);
/* False: it cannot be sent. */
bool		 coap_client_ask(struct coap_client *, struct coap_fetch *, uint32_t block,
		    unsigned szx, int64_t now);

#endif
