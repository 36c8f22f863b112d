#ifndef PROTOCOLS_HJ212_DIALOGUE_H
#define PROTOCOLS_HJ212_DIALOGUE_H

#include "hj212.h"

/* What a host asks of a field machine (请求命令): the machine says whether it does it
 * (9011), says what was asked for, and how it went (9012).  Who says nothing is asked
 * again as the standard has it, and then no more. */

#define HJ212_OVERTIME	(10 * 1000000LL)	/* us: its table of networks */
#define HJ212_RESENDS	3
#define HJ212_RESENDS_MAX 9
#define HJ212_EXECUTE	(60 * 1000000LL)	/* us from one packet to the next when it
						 * has said that it does it */

/* By what the unit that spoke last is addressed. */
struct hj212_peer {
	char	st[9], pw[41], mn[ADDRESS_MAX];	/* mn "": nobody has spoken yet */
	uint8_t	version;		/* of its Flag, without the low two bits */
	uint8_t	check;			/* enum hj212_check of its packets */
};

/* One at a time. */
struct hj212_dialogue {
	struct demand	  is;		/* REQUEST_NONE: none runs */
	struct hj212_peer with;
	int64_t		  begun;	/* mono us */
	uint32_t	  sent[1 + HJ212_RESENDS_MAX];	/* ms since then, of each try */
	int64_t		  qn;		/* of the first try, ms; goes on */
	int64_t		  beside;	/* of the last proof beside it, ms; 0: none */
	int64_t		  until;	/* mono us */
	uint8_t		  tries;
	bool		  taken;	/* 9011 said that it does it */
};

/* Exceptions of its replies, in words; QnRtn as it is, ExeRtn n as 100 + n. */
enum {
	HJ212_NO_DATA	= 200,		/* ExeRtn 100 */
	HJ212_NO_TIME	= 201,		/* it did it, and said no time */
	HJ212_UNKNOWN	= 202,		/* what it says is no such number */
	HJ212_NO_VALUE	= 203		/* as NO_TIME, of a setting */
};

const char	*hj212_exception(uint8_t);

/* Remembers who spoke, in a packet that is checked so. */
void		hj212_peer_is(struct hj212_peer *, const struct hj212_conf *,
		    const struct hj212_head *, enum hj212_check);
/* Writes the question into out.send.  False: one runs, or nobody has spoken. */
bool		hj212_request(struct hj212_dialogue *, const struct hj212_peer *,
		    const struct hj212_conf *, const struct demand *, int64_t now,
		    struct out *);
/* A packet came: what it says of the question, and the reply when that is all. */
void		hj212_dialogue_hear(struct hj212_dialogue *, const struct hj212_conf *,
		    const struct hj212_head *, const struct hj212_pair *, size_t n, int64_t now,
		    struct out *);
/* Asks again, or gives up. */
void		hj212_dialogue_tick(struct hj212_dialogue *, const struct hj212_conf *,
		    int64_t now, struct out *);
/* When that is due; INT64_MAX: nothing runs. */
int64_t		hj212_dialogue_due(const struct hj212_dialogue *);

#endif
