#ifndef GATEWAY_LINK_LETTERBOX_H
#define GATEWAY_LINK_LETTERBOX_H

#include "../door_line.h"
#include "../loop.h"

/* What the door role brings in messages – CoAP, HTTP – and the answers to them,
 * each only when what it brought is durable.  The field role's end. */
struct letterbox;
struct listeners;

/* A link to which messages are addressed.  Embedded by its owner; the texts live as
 * long. */
struct addressee {
	const char	*receiver, *identity;
	bool		 unproven;	/* it may come without a proof */
	/* DOOR_STORED: taken, and answered when *seq is durable; 0: nothing was to
	 * be stored.  Else it is refused so, and why may point to constant text. */
	enum door_code	(*said)(struct addressee *, const struct door_packet *, int64_t now,
			    uint64_t *seq, const char **why);
	/* So many bytes of IP it took that something was brought by HTTP. */
	void		(*cost)(struct addressee *, uint64_t rx, uint64_t tx);
	struct addressee *next;		/* the letterbox's own */
	struct letterbox	*at;		/* where it waits; NULL: nowhere */
};

/* How a listener or a receiver of the door fares, as it told last. */
struct door_state {
	char		name[DOOR_NAME_MAX + 1], why[DOOR_WHY_MAX + 1];
	bool		receiver;
	uint32_t	callers;		/* of a receiver: sessions */
	uint64_t	accepted, refused, late;
	uint64_t	counts[DOOR_CODES];	/* of a receiver: messages */
	int64_t		last;			/* mono us; 0: none was stored yet */
};

/* Takes a timer of the loop; nothing is open before it is wanted.  The listeners
 * hear whom the door did not let in; NULL: nobody does. */
struct letterbox *letterbox_new(const char *path, struct loop *, struct listeners *);
void	letterbox_free(struct letterbox *);
/* Is there anything that a door may bring?  What cannot be opened is tried again. */
void	letterbox_want(struct letterbox *, bool wanted, int64_t now);
/* From now on these come here; a second one of the same receiver and identity
 * hides the first. */
void	letterbox_expect(struct letterbox *, struct addressee *);
void	letterbox_leave(struct addressee *);
/* So much is durable: those that wait for it are answered. */
void	letterbox_durable(struct letterbox *, uint64_t seq, int64_t now);
/* While that says no to a message of so many bytes nothing more is read of the door;
 * NULL: never.  It is asked again when something became durable, and by ... */
void	letterbox_admission(struct letterbox *, bool (*admits)(void *, size_t bytes,
	    int64_t now), void *);
/* ... whoever keeps the time. */
void	letterbox_look(struct letterbox *, int64_t now);
/* Of what waits to be durable something will not be: all is to be sent again. */
void	letterbox_forsaken(struct letterbox *);
/* The configuration in force; told at once and to whoever connects. */
void	letterbox_renewed(struct letterbox *, const char *digest);
/* NULL: it told nothing of this one, or is not there. */
const struct door_state *letterbox_listener(const struct letterbox *, const char *name);
const struct door_state *letterbox_receiver(const struct letterbox *, const char *name);
bool	letterbox_connected(const struct letterbox *);

#endif
