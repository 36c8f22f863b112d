#ifndef GATEWAY_TELL_POST_H
#define GATEWAY_TELL_POST_H

#include "way.h"

/* Where messages leave: each way is run by threads of its own, so that one that
 * hangs holds up no other, and of one recipient no more than one message is in
 * hand at a time, so that a bad number holds up nobody else.  Used by one thread,
 * but for what is inside. */
struct post;

struct post_conf {
	const char		*gateway;	/* id */
	const struct disk	*disk;
	const struct clock	*clock;
	const char		*control;	/* its socket; may be NULL */
};

/* What came of a message. */
struct post_result {
	char			 id[64];
	char			 way[64];
	bool			 final;		/* UNKNOWN: nobody will know more */
	struct way_result	 is;
};

struct post_reply {
	char			 way[64];
	struct way_reply	 is;
};

struct post_status {
	size_t			 waiting;	/* messages */
	uint64_t		 sent, failed;
	bool			 open;		/* at least one of its lanes */
	char			 why[160];	/* of the last failure; "": well */
	char			 show[96];
};

/* NULL: no memory or descriptor. */
struct post	*post_new(const struct post_conf *);
/* From now on these n ways; those that say the same go on, and what they have in
 * hand goes with them. */
void		 post_renew(struct post *, const struct way_conf *, size_t n);
/* A copy is kept.  ask_first: it may have gone before.  -1: no such way, or no
 * memory. */
int		 post_send(struct post *, const char *way, const struct notice *,
		    bool ask_first, const char *provider);
/* Is it still in hand? */
bool		 post_has(struct post *, const char *id);
/* Readable when there is a result or a reply. */
int		 post_fd(const struct post *);
bool		 post_result(struct post *, struct post_result *);
bool		 post_reply(struct post *, struct post_reply *);
bool		 post_look(struct post *, const char *way, struct post_status *);
/* False: a lane hangs in its far end and is left behind after us. */
bool		 post_end(struct post *, int64_t us);

#endif
