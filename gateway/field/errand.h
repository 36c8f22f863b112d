#ifndef GATEWAY_FIELD_ERRAND_H
#define GATEWAY_FIELD_ERRAND_H

#include "../../protocols/proto.h"

#define ERRANDS_MAX	8	/* of one bus */
#define ERRAND_PAYLOAD	252	/* bytes of the longest write */

/* A question that no poll asks: a write, or what a person wants to know. */
struct errand {
	struct ask	 ask;		/* its payload is the one below */
	uint8_t		 payload[ERRAND_PAYLOAD];
	int64_t		 later;		/* mono us: it is not sent before, */
	bool		 barred;	/* but sooner if the bar is lifted, */
	bool		 held;		/* or what it is held for is over, */
	int64_t		 expires;	/* nor then or later; 0: it may always be */
	/* May it still go, now that the line is free?  False: it ends as lost;
	 * may be NULL. */
	bool		(*may)(void *, int64_t now);
	/* It is on the line; may be NULL. */
	void		(*sent)(void *, int64_t now);
	/* Its end, told once: see bus_errand. */
	void		(*done)(void *, const struct reply *);
	void		*owner;
	uint64_t	 order;		/* first come, first asked; 0: free */
};

/* Those of one bus, in places of their own. */
struct errands {
	struct errand	*at;		/* n: none yet, or ERRANDS_MAX */
	size_t		 n;
	struct errand	*out;		/* on the line; NULL: none */
	uint64_t	 last;		/* order given away last */
};

/* Makes the places now and not with the first errand: most of ten thousand lines
 * never have one, and a few lines take no memory while they work. */
void		 errands_make(struct errands *);
/* A copy, with its payload.  NULL: all places are taken, or no such question
 * can be asked. */
struct errand	*errands_add(struct errands *, const struct proto *,
		    const struct errand *);
/* The first that may go now; NULL: none, and *until says when one may. */
struct errand	*errands_pick(struct errands *, int64_t now, int64_t *until);
/* What bars may be over: all that are barred may be tried. */
void		 errands_unbar(struct errands *);
/* The same of what is held. */
void		 errands_release(struct errands *);
/* When the next will have waited too long; INT64_MAX: none will. */
int64_t		 errands_expiry(const struct errands *);
/* What waited too long is not sent, and told so. */
void		 errands_expire(struct errands *, int64_t now);
/* The line is gone: all are told. */
void		 errands_lose(struct errands *, int64_t now);
/* Gives its memory back; nobody is told. */
void		 errands_free(struct errands *);
/* Frees the place, then tells. */
void		 errands_end(struct errands *, struct errand *, const struct reply *);

#endif
