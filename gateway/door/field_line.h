#ifndef GATEWAY_DOOR_FIELD_LINE_H
#define GATEWAY_DOOR_FIELD_LINE_H

#include "../door_line.h"
#include "../loop.h"

/* The door's end of what goes to the field role and comes back. */
struct field_line;

/* Who waits for what becomes of a message; embedded by its owner. */
struct delivery {
	/* Once, from the loop: DOOR_STORED is durable.  BUSY too when the field role
	 * is gone or does not answer in time. */
	void		(*answered)(struct delivery *, enum door_code, const char *why,
			    int64_t now);
	uint64_t	token;			/* 0: nothing is awaited */
	int64_t		until;
	bool		known;			/* its sender is expected */
	struct delivery	*next, *prev;		/* the oldest first */
};

struct field_line_owner {
	/* The configuration in force is another one, or was read anew. */
	void	(*renewed)(void *, const char *digest, int64_t now);
	/* It is there: it wants to hear how everything fares. */
	void	(*connected)(void *, int64_t now);
};

/* control: the path of the gateway's control socket. */
struct field_line *field_line_new(const char *control, struct loop *,
	    const struct field_line_owner *, void *owned_by, int64_t now);
void	field_line_free(struct field_line *);
/* False: it is not there, or too much waits; then nothing is awaited.  The token is
 * given here. */
bool	field_line_send(struct field_line *, struct delivery *, struct door_packet *,
	    int64_t now);
/* Its owner goes: what comes of it is of no interest. */
void	field_line_forget(struct field_line *, struct delivery *);
/* How a listener or receiver fares. */
void	field_line_tell(struct field_line *, const struct door_packet *);
/* A stream to the field role that begins with this head.  -1: errno. */
int	field_line_stream(const struct field_line *, const struct door_stream *);
bool	field_line_up(const struct field_line *);

#endif
