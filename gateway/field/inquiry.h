#ifndef GATEWAY_FIELD_INQUIRY_H
#define GATEWAY_FIELD_INQUIRY_H

#include "../control.h"
#include "../link/link.h"
#include "../loop.h"

#define INQUIRIES_MAX	16	/* of all clients at a time */
#define LOANS_MAX	4
#define TRACERS_MAX	4

struct bus;
struct field_role;

/* A question to an instrument that a client waits for. */
struct inquiry {
	struct control_client	*client;	/* NULL: the place is free */
	uint32_t		 id;
	struct bus		*bus;
};

/* A line that a client has for itself, until it goes away: closed, to be opened by
 * who has it, or held, where only the gateway can have it. */
struct lent {
	struct control_client	*client;	/* NULL: the place is free */
	uint32_t		 id;
	struct field_role	*field;
	struct bus		*bus;
	struct timer		 close;		/* the bus is quiet: let it go */
	bool			 held;
};

/* Who looks on at a line: every frame is sent to it, or counted as dropped when
 * it does not keep up. */
struct tracer {
	struct control_client	*client;	/* NULL: the place is free */
	uint32_t		 id;
	const struct link	*link;
	uint64_t		 dropped;	/* pieces, since it looks on */
};

/* What people at the command line do with the lines of a running gateway. */
struct inquiries {
	struct inquiry	asked[INQUIRIES_MAX];
	struct lent	lent[LOANS_MAX];
	struct tracer	tracers[TRACERS_MAX];
	struct link_tap	tap;
};

/* Each answers a QUERY: "ask DEVICE FUNCTION FIRST COUNT" as reply_read takes
 * it, "lend LINK SECONDS" when the line is closed, "hold LINK SECONDS" when it is not
 * polled any more, with how many answers were late and how much was garbled on the line,
 * "probe LINK ADDRESS FUNCTION NUMBER COUNT TIMEOUT" (the address in hex, the time in us)
 * of who holds it with the same and the reply, "trace LINK" at once and then
 * with one message (see sight.h) a piece for as long as the client stays. */
void	inquiry_ask(struct field_role *, struct control_client *, uint32_t id, char *words);
void	inquiry_lend(struct field_role *, struct control_client *, uint32_t id, char *words);
void	inquiry_trace(struct field_role *, struct control_client *, uint32_t id, char *words);
/* inquiry_hold.c */
void	inquiry_hold(struct field_role *, struct control_client *, uint32_t id, char *words);
void	inquiry_probe(struct field_role *, struct control_client *, uint32_t id, char *words);
/* The parts of these: a free place for a question (NULL: none), a number of at most
 * most (-1: none), and a line, which is lent when fire is called. */
struct inquiry *inquiry_place(struct field_role *);
long	inquiry_number(char **words, long most);
const char *inquiry_down(const struct bus *);	/* why nothing goes over its line */
void	inquiry_refuse(struct control_client *, uint32_t id, const char *why);
void	inquiry_take(struct field_role *, struct control_client *, uint32_t id, char *words,
	    void (*fire)(struct timer *, int64_t now));
/* inquiry_trace.c: a client looks on no more. */
void	inquiry_blind(struct field_role *, const struct control_client *);
/* A bus ends, whose questions were answered: whoever has it, or looks on, is
 * told. */
void	inquiry_lost(struct field_role *, const struct bus *);
void	inquiry_gone(struct field_role *, const struct control_client *);

#endif
