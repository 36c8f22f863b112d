#ifndef PROTOCOLS_PROTO_H
#define PROTOCOLS_PROTO_H

#include "buf.h"
#include "noise.h"

#define ADDRESS_MAX	32	/* Modbus unit, 12-digit meter number, MN */
#define REPLIES_MAX	4

/* One question to one unit.  Modbus: count is of coils or registers, 1 for
 * FC 5, 6, 8 and 22, 0 for FC 17; number is the sub-function for FC 8, 0 alone.
 * FC 43 reads identification (MEI 14): number is its first object, count the
 * level: 1 basic, 2 regular, 3 extended, 4 one object.  Meters: see meters.h. */
struct ask {
	uint8_t		 address[ADDRESS_MAX];	/* as proto.address wrote it */
	uint8_t		 function;
	bool		 loopback;	/* the unit takes FC 8 and answers in turn:
					 * a barrier may be made of it */
	uint32_t	 number;	/* first register, DI code, ... */
	uint16_t	 count;
	uint32_t	 write_number;	/* FC 23 only: where to write */
	int64_t		 blind;		/* us after it was asked in vain it goes again
					 * although an answer of then cannot be told from
					 * one of now; the reply is after_barrier.
					 * 0: not before that is out of the question */
	int64_t		 timeout;	/* us: an answer is waited for no shorter,
					 * whatever the line has learnt */
	/* Of a write; not owned.  Coils are packed, the first in bit 0 (FC 5 has
	 * one); registers big-endian; FC 22 has its AND, then its OR mask. */
	const uint8_t	*payload;
	size_t		 payload_len;
	uint64_t	 cookie;	/* the caller's, handed back with the reply */
};

enum reply_status {
	REPLY_OK,
	REPLY_TIMEOUT,		/* no fitting answer within the time-out */
	REPLY_EXCEPTION,	/* the far end refused: exception says why */
	REPLY_LOST		/* the link went down meanwhile */
};

/* What became of one ask.  Every ask that was taken gets exactly one. */
struct reply {
	uint64_t		 cookie;
	enum reply_status	 status;
	uint8_t			 exception;	/* Modbus: 1 to 11; DL/T 645: its
						 * error word */
	bool			 after_barrier;	/* first answer after silence:
						 * not proven to be ours */
	/* The registers, big-endian; coils packed, the first in bit 0; nothing
	 * of a write; FC 17: behind its byte count; FC 43: from the conformity
	 * level on, see identity.h.  Meters: see meters.h. */
	const uint8_t		*data;
	size_t			 len;
	int64_t			 asked;		/* mono us: the frame was sent */
	int64_t			 heard;		/* mono us: its last byte came */
	int64_t			 clock;		/* REQUEST_CLOCK: UTC ms */
	int64_t			 value;		/* REQUEST_SETTING: see setting */
	bool			 none;		/* an exception: there is no such data */
};

/* What a unit that tells by itself may be asked for all the same. */
enum demand_kind {
	REQUEST_NONE,
	REQUEST_PROOF,		/* anything, so that it says something; has no reply */
	REQUEST_CLOCK,		/* what its clock says */
	REQUEST_SET_CLOCK,	/* that it sets its clock */
	REQUEST_HISTORY,	/* what it told of past periods */
	REQUEST_SETTING,	/* how it does what setting says */
	REQUEST_SET		/* that it does it so from now on */
};

/* Of which periods it is told, each kind by itself; PASTS: of none. */
enum past { PAST_HOURS, PAST_MINUTES, PAST_DAYS, PAST_RUNS, PASTS };

/* How it tells by itself, and what. */
enum demand_setting {
	SETTING_INTERVAL,	/* s between two of its figures of the moment */
	SETTING_MINUTES,	/* min that its means of minutes are over */
	SETTING_DATA,		/* 1, 0: it tells those figures, or not */
	SETTING_STATES,		/* the same of states of what it looks after */
	SETTINGS
};

struct demand {
	enum demand_kind kind;
	int64_t		  time;		/* UTC ms now */
	uint64_t	  cookie;	/* handed back with the reply */
	enum past	  past;		/* of history */
	int64_t		  from, to;	/* where the first and the last begin, UTC ms */
	enum demand_setting	  setting;
	int64_t		  value;	/* that it is set to */
};

/* A value nobody asked for, as the wire gives it.  Texts live until the next
 * call. */
struct push {
	const char	*key;	/* "a34041-Rtd", "/3303/0/5700": names the point */
	enum push_kind {
		PUSH_NONE,	/* it says that it has no value */
		PUSH_TEXT,	/* as it was written, a number in digits too */
		PUSH_NUMBER,
		PUSH_BOOL	/* number is 0 or 1 */
	}		 kind;
	const char	*text;
	double		 number;
	const char	*unit;	/* one of conf/unit.h; NULL: the wire gives none */
	const char	*mark;	/* data mark of HJ 212; NULL: none */
	int64_t		 time;	/* UTC ms; 0: the wire gave none */
};

/* Room for what was heard and is not yet understood.  Several sessions may share the
 * bytes, when those of each are put there before each call of it. */
struct rest {
	uint8_t		*at;
	uint32_t	 cap, from, n;	/* at + from: n bytes of it */
};

/* What came of hearing bytes or of time passing.  The caller owns it and
 * empties it before each call; what it points to lives until the next call. */
struct out {
	struct buf	 send;		/* one frame; empty: nothing to send */
	struct reply	 replies[REPLIES_MAX];
	size_t		 nreplies;
	struct push	*pushes;	/* the caller's; of one message */
	size_t		 npushes, most;	/* and how many there is room for */
	struct buf	 words;		/* the caller's, for texts of pushes */
	const char	*identity;	/* the unit that they are of; NULL: the line's */
	const char	*note;		/* in words what belongs into the journal; NULL */
	bool		 part;		/* of several messages of the same moment */
	bool		 wants_clock;	/* it asks that its clock be set */
	bool		 again;		/* it says that this was measured long ago */
	uint8_t		 told;		/* such things came: bit per setting */
	int64_t		 sent;		/* UTC ms by its clock; 0: unknown */
	uint64_t	 owed;		/* stored() is told of this when all that came
				 * with it is durable; 0: nobody waits */
	struct buf	 receipt;	/* the caller's: what is sent then */
	struct rest	 rest;		/* the caller's, of a wire that tells by itself */
	bool		 more;		/* another message waits: hear() no bytes; there
					 * may be more in the rest by then */
	bool		 barred;	/* ask said no to this question only: an answer
				 * to an older one of its shape may come */
	int64_t		 deadline;	/* mono us: call tick() then at the latest;
					 * INT64_MAX: nothing is waited for */
};

struct hj212_conf;

/* How the line behaves: durations in us.  See house rules of the bus. */
struct line {
	int64_t	 silence;	/* RTU: least silence between frames (3.5 chars) */
	int64_t	 guard;		/* from the end of an answer to the next frame */
	int64_t	 timeout_min;	/* floor of the adaptive time-out */
	int64_t	 timeout_max;	/* and its ceiling: also the first, untrained one */
	int64_t	 max_late;	/* later answers than this do not exist */
	bool	 echo;		/* our own frames come back first */
	const struct noises *noises;	/* NULL: none; lives while the line is up */
	const struct hj212_conf *hj212;	/* the same: how it is spoken; NULL: plainly */
	uint32_t seed;		/* for the nonces of barriers, which init mixes
				 * with its now; 0 is as good as any */
	uint32_t max_carried;	/* to what was asked before the line came up again
				 * nothing comes later after that; 0: max_late */
};

/* Counters of a session, for status; all start at 0 and only grow. */
struct tally {
	uint64_t	 asked, answered, timeouts, exceptions;
	uint64_t	 late;		/* answers to questions already given up */
	uint64_t	 foreign;	/* sound frames that answer nothing we asked */
	uint64_t	 garbled;	/* stretches of bytes that were no frame */
	uint64_t	 barriers;
	uint64_t	 beats;		/* of line.noises, wherever they came */
};

/* A wire format as a session: bytes and now in, out out.  No I/O, no clock,
 * no memory but size bytes that the caller provides, aligned to 16. */
struct proto {
	const char	*name;		/* "modbus-tcp", "modbus-rtu" */
	size_t		 size;
	bool		 ids;		/* an answer names its question */
	/* From text ("1", "247") to the bytes of ask.address; -1: no such
	 * address, and *why says what is allowed. */
	int		(*address)(const char *text, uint8_t out[ADDRESS_MAX],
			    const char **why);
	/* A question that the wire format allows, in all its fields. */
	bool		(*valid)(const struct ask *);
	/* Makes a session of bytes that are zero; also after the link came up
	 * again, when the bytes are those it had: what was asked before may
	 * still be answered, and its replies are no longer owed. */
	void		(*init)(void *session, const struct line *, int64_t now);
	/* Asks one question.  False: not now (busy, guard time, barrier):
	 * out.deadline says when to try again; out.barred, that another
	 * question may go meanwhile.  NULL: it tells by itself. */
	bool		(*ask)(void *session, const struct ask *, int64_t now,
			    struct out *);
	/* Hears n bytes in whatever pieces the link delivered them. */
	void		(*hear)(void *session, const uint8_t *, size_t n,
			    int64_t now, struct out *);
	/* Time-outs, barriers, heartbeats owed: out.send may hold a frame. */
	void		(*tick)(void *session, int64_t now, struct out *);
	const struct tally *(*tally)(const void *session);
	/* What was owed for is durable, its receipt goes out now.  May be NULL
	 * where nothing is ever owed. */
	void		(*stored)(void *session, uint64_t owed);
	/* That was stored by who had the line before us: when it comes again it is
	 * known.  NULL with stored. */
	void		(*knew)(void *session, uint64_t owed);
	/* Of which periods is told under this key, that can be asked for.  NULL:
	 * there are none. */
	enum past	(*past)(const char *key);
	int64_t		 ahead;		/* ms that its days begin before ours */
	/* Where ask is NULL: one request to the unit that was just heard, NULL: to
	 * whoever was.  False: it was another one, or one is out.  NULL: it takes
	 * none. */
	bool		(*request)(void *session, const struct demand *, const char *unit,
			    int64_t now, struct out *);
	/* reply.exception in words. */
	const char	*(*exception)(uint8_t);
};

const struct proto	*proto_find(const char *name);	/* NULL: unknown */
const struct proto	*proto_at(size_t i);		/* NULL past the end */

/* Empties out and gives it room for one frame; that for pushes, their words and a
 * receipt stays, and the rest with its bytes. */
void	out_clear(struct out *, uint8_t *frame, size_t cap);

#endif
