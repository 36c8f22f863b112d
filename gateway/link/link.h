#ifndef GATEWAY_LINK_LINK_H
#define GATEWAY_LINK_LINK_H

#include "../../conf/key.h"
#include "../../protocols/proto.h"
#include "../loop.h"
#include "../meter.h"

struct link;
struct link_conf;
struct letterbox;
struct payload;
struct repeat;
struct listeners;

/* What an error of the system means for a line. */
struct link_words {
	int		 error;
	const char	*words;
};

/* A way to carry bytes.  No slot may block. */
struct link_kind {
	const char		*name;		/* "tcp", "serial" */
	const char		*proto;		/* spoken by default */
	const struct key	*keys;		/* of struct link_conf, its own only */
	int64_t			 backoff_max;	/* us between two tries to open */
	bool			 metered;	/* counts by itself what it puts on the wire;
						 * else that is what is heard and sent */
	bool			 calls;		/* its far end comes by itself,
						 * and is asked at once */
	bool			 awaited;	/* and nothing is opened before it does */
	bool			 cellular;	/* unless network says otherwise */
	const char		*late;		/* words where opening took too long;
						 * NULL: the usual ones */
	/* Looks for what the bounds of the keys cannot say; may be NULL. */
	int	(*check)(const struct link_conf *, struct errs *);
	/* Starts to connect; up or down is told from here or later.  -1: why
	 * is filled and nothing is left open. */
	int	(*open)(struct link *, int64_t now);
	/* Also half-way through opening. */
	void	(*close)(struct link *);
	/* All n bytes or nothing; -1: why is filled, the line is of no more use. */
	int	(*send)(struct link *, const uint8_t *, size_t n);
	/* The protocol found so many heartbeats among what was heard; may be NULL. */
	void	(*beats)(struct link *, uint64_t n, int64_t now);
	/* Gives kind_data back, after the last close; may be NULL. */
	void	(*forget)(struct link *);
};

/* What is done about the clock of an instrument that tells by itself. */
enum link_clock { CLOCK_OFF, CLOCK_WATCH, CLOCK_SET };

/* Which periods that are missing are asked for. */
enum link_history { HISTORY_OFF, HISTORY_HOUR, HISTORY_MINUTE, HISTORY_DAY, HISTORY_ALL };
#define HISTORY_DAYS	8	/* days are asked for that are no older, whatever is said */

/* Whether something is uploaded. */
enum link_upload { UPLOAD_AS_IT_IS, UPLOAD_OFF, UPLOAD_ON };

enum network { NETWORK_WIRE, NETWORK_CELLULAR };

/* Keys of all kinds; each kind reads only its own. */
struct link_conf {
	const char	*name;
	const char	*carrier, *district;	/* lost together: one alarm; "": none */
	const char	*plan;		/* for its data: name, or as sold; "": none */
	size_t		 tariff;	/* that plan, by its number from 1; 0: none */
	int		 kind;		/* index of link_kind_at */
	int		 network;	/* enum network */
	struct place	 place;
	const char	*proto;		/* "" : the kind's */
	int64_t		 guard, timeout_min, timeout_max, max_late;
	const char	*host;		/* tcp */
	int64_t		 port;
	int64_t		 keepalive;	/* tcp: us of silence until it is probed */
	const char	*path;		/* serial; gpio: chip; modem: socket */
	const char	*way;		/* modem: that has the line */
	int64_t		 speed, data_bits, stop_bits;
	int		 parity;	/* none even odd */
	int		 bias;		/* gpio: enum gpio_bias */
	int		 dialect, crc, answer;	/* dial: as of protocols/hj212.h */
	int		 clock;		/* dial: enum link_clock */
	int		 history;	/* dial: enum link_history */
	int		 realtime, states;	/* dial: enum link_upload */
	bool		 echo, rs485;
	bool		 active_low;	/* gpio */
	bool		 late_unsaid;	/* max_late is that of its network */
	bool		 control;	/* dial: commands without token or psk */
	bool		 insecure;	/* push, coap: nothing proves who it is */
	bool		 observe;	/* coap */
	const char	*listener, *identity;	/* dial */
	const char	*token;		/* dial: secret, "": none */
	const char	*psk;		/* dial: the same, of TLS; push, coap */
	int64_t		 segment;	/* dial: as of protocols/hj212.h, bytes */
	const char	*cipher;	/* dial: the same: secret, its key; "": none */
	int64_t		 clock_bound;	/* dial: us that it may be off */
	int64_t		 history_back;	/* dial: us; older ones are left */
	int64_t		 timeout, retries;	/* dial: us for an answer, how often it is
						 * asked again */
	int64_t		 interval, interval_minute;	/* dial: us, it is told to keep
							 * them; 0: its own */
	const char	*end;		/* where it leads, under whatever name */
	const char	*receiver;	/* push */
	const char	*uri;		/* coap */
	struct strings	 paths;		/* coap */
	int64_t		 every;		/* coap: us between two questions */
	const char	*certificate, *key, *ca;	/* coap: PEM files */
	uint64_t	 digest;	/* of what its secrets hold */
	/* Indices of the devices on it, in their order; NULL: not known. */
	const size_t	*devices;
	size_t		 ndevices;
};

enum brought_verdict {
	BROUGHT_TAKEN,
	BROUGHT_NOBODY,			/* none of its devices has such a unit */
	BROUGHT_NO_POINT,		/* its profile has no point for any of it */
	BROUGHT_LOST			/* the store took not all of it */
};

/* What the owner of a link is told, always from within the loop. */
struct link_owner {
	void	(*up)(struct link *, int64_t now);
	/* It was up and is no more, or the first try of all failed; further
	 * tries that fail are not told again. */
	void	(*down)(struct link *, const char *why, int64_t now);
	void	(*heard)(struct link *, const uint8_t *, size_t n, int64_t now);
	/* The far end closed in order, as many do with a line that is idle.  True:
	 * nothing is out, or it may be asked again, and it is no failure; the link
	 * rests, closed, until link_wake, and again or down follows that.  NULL:
	 * never. */
	bool	(*rests)(struct link *);
	/* Up after a rest. */
	void	(*again)(struct link *, int64_t now);
	/* Somebody else claims to be its far end: it should be asked something soon,
	 * and link.answered set when it answered.  NULL: it cannot be. */
	void	(*prove)(struct link *, int64_t now);
	/* A message brought values; all of it is taken when *seq of the telemetry lane
	 * is durable, 0: already.  One that was taken before is not taken anew.  NULL:
	 * none are. */
	enum brought_verdict (*brought)(struct link *, const struct payload *,
		    const struct repeat *, int64_t now, uint64_t *seq);
	/* It answered: who called from there is another one.  NULL: nobody asks. */
	void	(*duplicate)(struct link *, const char *from, int64_t now);
};

enum link_state { LINK_CLOSED, LINK_OPENING, LINK_UP };

/* Who looks on at what goes over a link: whole frames sent, and what was heard in
 * the pieces it came in.  Told before the owner acts on it. */
struct link_tap {
	void	(*told)(void *, const struct link *, bool sent, const uint8_t *, size_t n,
		    int64_t now);
	void	*owner;
};

/* Allocated by the owner at start; one a configured link. */
struct link {
	const struct link_conf	*conf;		/* one that says the same may take its
						 * place at any time */
	const struct link_kind	*kind;
	const struct link_owner	*owner;
	void			*owned_by;	/* the owner's own */
	const struct link_tap	*tap;		/* NULL: nobody looks on */
	struct loop		*loop;
	struct source		 source;
	struct timer		 retry;		/* reopen, or give up opening */
	enum link_state		 state;
	int64_t			 backoff;	/* us to the next try */
	int64_t			 since;		/* mono us: in this state */
	bool			 told_down;	/* the owner knows */
	bool			 resting;	/* closed by the far end, in order, and
						 * not yet open again */
	bool			 unproven;	/* kinds: nothing proves who its far end is */
	bool			 waits;		/* nothing is read: see link_hold */
	char			 why[160];	/* the last failure, in words */
	uint64_t		 rx, tx;	/* bytes */
	uint64_t		 rx_before;	/* of rx: before it last came up */
	uint64_t		 ups, downs;	/* a rest is neither */
	struct meter		 meter;		/* what is on the wire */
	const struct hj212_conf	*hj212;	/* kinds: how it is spoken; NULL */
	const struct noises	*noises;	/* kinds: what belongs to no frame; NULL */
	int64_t			 went_on;	/* mono us: it was read again */
	int64_t			 answered;	/* owner: mono us of the last answer */
	uint64_t		 duplicates;	/* others who claimed to be its far end */
	struct listeners	*listeners;	/* owner: where a DTU may call; NULL */
	struct letterbox		*letterbox;	/* owner: what the door brings; NULL */
	void			*kind_data;	/* the kind's own */
};

const struct link_kind	*link_kind_at(size_t i);	/* NULL past the end */
extern const struct key	 link_keys[];			/* common to all kinds */
/* Time-outs that were not set are those of its network. */
void	link_settle(struct link_conf *, const struct node *group);
/* Its frames tell which question they answer. */
bool	link_has_ids(const struct link_conf *);
/* What one key cannot know: time-outs that contradict each other, a speed that
 * no line has.  -1 after any fault. */
int	link_check(const struct link_conf *, struct errs *);

/* Opens, and keeps reopening with back-off until link_stop.  Takes one source
 * and one timer of the loop. */
void	link_start(struct link *, struct loop *, int64_t now);
void	link_stop(struct link *);
/* Opens one that rests; does nothing where that is under way. */
void	link_wake(struct link *, int64_t now);
/* For kinds: somebody is there although the next try is not due; it is opened. */
void	link_called(struct link *, int64_t now);
/* For owners: nothing more is read of it, so that what its far end says waits there,
 * until link_go_on, or it is down.  What came in one piece is heard all the same. */
void	link_hold(struct link *);
void	link_go_on(struct link *, int64_t now);
/* For owners: so many heartbeats were among what was heard. */
void	link_beats(struct link *, uint64_t n, int64_t now);
/* Up, or only a call away from it. */
bool	link_reachable(const struct link *);
/* It is open to a call, and none has come yet. */
bool	link_awaited(const struct link *);
/* May commands go over it?  Whoever calls himself so might take one, or say that he
 * did. */
bool	link_obeys(const struct link *);
/* All or nothing.  -1: not up, or down from now on; then the owner was told
 * before this returned. */
int	link_send(struct link *, const uint8_t *, size_t n, int64_t now);
/* For kinds: what the owner hears of. */
void	link_is_up(struct link *, int64_t now);
void	link_is_down(struct link *, const char *why, int64_t now);
/* The far end closed: it rests where its owner lets it, and is down elsewhere. */
void	link_is_ended(struct link *, const char *why, int64_t now);
void	link_heard(struct link *, const uint8_t *, size_t n, int64_t now);
/* For kinds: fills link->why and returns -1, the failure path of open and send. */
int	link_fail(struct link *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* For kinds: the words for an error, of the kind's own (the last has none; NULL:
 * no own), else of the system; English whatever the locale, as the log is. */
const char	*link_words(const struct link_words *, int error);
/* For kinds: how long this try to open may last, instead of 10 s. */
void	link_limit(struct link *, int64_t until);
/* The line's timing for the protocol, from the configuration. */
struct line link_line(const struct link *);

#endif
