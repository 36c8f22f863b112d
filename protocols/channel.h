#ifndef PROTOCOLS_CHANNEL_H
#define PROTOCOLS_CHANNEL_H

#include "pdu.h"
#include "rtt.h"

#define WINDOW		1	/* questions on the wire at once */
#define GIVEN_UP_MAX	32

/* A question that was sent and may still be answered.  Small: a gateway holds
 * thirty of them for each of its lines. */
struct question {
	struct shape	shape;
	uint16_t	id;		/* Modbus TCP: its transaction; RTU: its first
					 * register */
	bool		doubted : 1;	/* asked after mere silence */
	bool		again : 1;	/* or sooner: what the same asked before is
					 * answered by may be taken for its own */
	bool		barrier : 1;	/* a loopback of our own: owed no reply */
	bool		tried : 1;	/* given up, and a loopback was sent since */
	uint8_t		more;		/* given up: so many like it are owed, too */
	int64_t		asked;		/* mono us; of several like it the last */
	int64_t		until;		/* waiting: its time-out; given up: an
					 * answer may come until then */
};

/* How a question may pass where a like one is owed an answer. */
struct bypass {
	bool		loopback;	/* its unit takes FC 8 */
	uint16_t	id;		/* what it asks for, as question.id has it */
	int64_t		blind;		/* us after it was asked last it may be asked
					 * again, though an answer of then be taken for
					 * one of now, if nothing else that looks like it
					 * is owed; 0: it may not */
};

/* The correlator of one line: which answer belongs to which question.
 *
 * It is dirty while a question that was given up may still be answered.  Such
 * a question is remembered until its answer came or the line was given the
 * longest lateness; past that it stays as a doubt about its shape until that
 * shape is answered again.
 *
 * Questions that a process before this one asked cannot be known.  Where bytes
 * come before our first question something was asked: then the answers of the
 * first max_late are doubted.  A line that keeps quiet until it is asked, which
 * is the rule, starts without a doubt. */
struct channel {
	struct line	line;
	struct tally	tally;
	struct rtt	rtt;
	struct question	waiting[WINDOW];
	uint64_t	cookies[WINDOW];	/* of those */
	size_t		nwaiting;
	struct question	given_up[GIVEN_UP_MAX];
	size_t		ngiven_up;
	bool		loop_due;	/* a loopback shall go to: */
	uint8_t		loop_unit;
	uint8_t		nonce[2];	/* that it carries */
	bool		stranger;	/* bytes came before our first question: */
	int64_t		strange_until;	/* answers until then may not be ours */
	bool		pressed;	/* a question waits for quiet, since: */
	int64_t		pressed_since;
	bool		heard_any;
	int64_t		heard;		/* mono us: the last byte came */
};

/* The line came up, for the first time (all zero before) or again: what was
 * asked before may still be answered, and is remembered. */
void	channel_init(struct channel *, const struct line *, int64_t now);
/* Bytes came; a line that never falls quiet is noticed. */
void	channel_hears(struct channel *, int64_t now);
/* Room for one more question and quiet for as long as the line needs before
 * one; else false and out.deadline. */
bool	channel_ready(struct channel *, int64_t quiet, int64_t now, struct out *);
/* Whether a question of this shape may be sent now although the wire carries
 * no ids; *doubted: only silence parts it from one of the same shape, or nothing
 * from its own like.  With loopback channel_barrier may have one to send. */
bool	channel_parted(struct channel *, const struct shape *, const struct bypass *,
	    int64_t now, struct out *, bool *doubted);
/* Writes the question that makes a barrier, if one is due and the line is free
 * for it; its payload lives in the channel until the next. */
bool	channel_barrier(struct channel *, int64_t quiet, int64_t now, struct ask *,
	    struct out *);
void	channel_ask_barrier(struct channel *, const struct shape *, int64_t now);
/* The question goes out now. */
void	channel_ask(struct channel *, const struct shape *, uint16_t id, bool doubted,
	    uint64_t cookie, int64_t now);
/* The question just asked waits at least so long (us). */
void	channel_wait(struct channel *, int64_t least);
/* The i-th waiting question is answered by n bytes of PDU, a copy that lives as
 * replies do. */
void	channel_answer(struct channel *, size_t i, enum fit, const uint8_t *pdu,
	    size_t n, int64_t now, struct out *);
/* The i-th question given up is answered after all. */
void	channel_late(struct channel *, size_t i, int64_t now);
void	channel_tick(struct channel *, int64_t now, struct out *);
/* When channel_tick has to do something next; INT64_MAX: never. */
int64_t	channel_deadline(const struct channel *);
bool	channel_open(const struct question *given_up, int64_t now);

#endif
