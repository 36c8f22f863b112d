#ifndef GATEWAY_LINK_LINK_H
#define GATEWAY_LINK_LINK_H

#include "../../conf/key.h"
#include "../../protocols/proto.h"
#include "../loop.h"

struct link;

/* A way to carry bytes.  No slot may block. */
struct link_kind {
	const char		*name;		/* "tcp", "serial" */
	const char		*proto;		/* spoken by default */
	const struct key	*keys;		/* of struct link_conf, its own only */
	/* Starts to connect; up or down is told later.  -1: why is filled. */
	int	(*open)(struct link *);
	void	(*close)(struct link *);
	/* All n bytes or nothing; -1: the link is down now. */
	int	(*send)(struct link *, const uint8_t *, size_t n);
};

/* Keys of all kinds; each kind reads only its own. */
struct link_conf {
	const char	*name;
	int		 kind;		/* index of link_kind_at */
	struct place	 place;
	const char	*proto;		/* "" : the kind's */
	int64_t		 guard, timeout_min, timeout_max, max_late;
	const char	*host;		/* tcp */
	int64_t		 port;
	const char	*path;		/* serial */
	int64_t		 speed, data_bits, stop_bits;
	int		 parity;	/* none even odd */
	bool		 echo, rs485;
};

/* What the owner of a link is told. */
struct link_owner {
	void	(*up)(struct link *, int64_t now);
	void	(*down)(struct link *, const char *why, int64_t now);
	void	(*heard)(struct link *, const uint8_t *, size_t n, int64_t now);
};

enum link_state { LINK_CLOSED, LINK_OPENING, LINK_UP };

/* Allocated by the owner at start; one a configured link. */
struct link {
	const struct link_conf	*conf;
	const struct link_kind	*kind;
	const struct link_owner	*owner;
	void			*owned_by;	/* the owner's own */
	struct loop		*loop;
	struct source		 source;
	struct timer		 retry;		/* reopen, or give up opening */
	enum link_state		 state;
	int64_t			 backoff;	/* us to the next try */
	char			 why[160];	/* the last failure, in words */
	uint64_t		 rx, tx;	/* bytes */
	uint64_t		 ups, downs;
	void			*kind_data;	/* the kind's own */
};

const struct link_kind	*link_kind_at(size_t i);	/* NULL past the end */
extern const struct key	 link_keys[];			/* common to all kinds */

/* Opens, and keeps reopening with back-off until link_stop. */
void	link_start(struct link *, struct loop *, int64_t now);
void	link_stop(struct link *);
int	link_send(struct link *, const uint8_t *, size_t n, int64_t now);
/* For kinds: state changes that the owner hears of. */
void	link_is_up(struct link *, int64_t now);
void	link_is_down(struct link *, const char *why, int64_t now);
/* The line's timing for the protocol, from the configuration. */
struct line link_line(const struct link *);

#endif
