#ifndef PROTOCOLS_DTU_H
#define PROTOCOLS_DTU_H

#include "buf.h"
#include "noise.h"

/* What a DTU (data transfer unit, 数据传输单元) says of itself on a connection that
 * it opened: who it is, that it is still there, and how it wraps what its serial
 * line says.  Pure: bytes in, bytes and events out. */

#define DTU_ID_MAX	40	/* characters of an identity, without the NUL */
#define DTU_WORD_MAX	80	/* bytes of a registration or a heartbeat */
#define DTU_PART_MAX	160	/* bytes of a packet that waits for its end */
#define DTU_BEATS_MAX	4	/* different heartbeats of one format */

/* One packet in words, compiled:
 *   text as it stands, {7E 80} bytes in hex, {id} 1 to 40 of letters, digits and
 *   . _ - : as many as come, {id:11} exactly so many printable ones, {digits:15}
 *   so many digits, {hex:4} so many bytes that are written as hex digits,
 *   {token:8} so many printable ones that must be the token, {any:4} so many
 *   bytes that say nothing. */
struct dtu_pattern {
	struct dtu_piece {
		uint8_t	kind;		/* enum in dtu_pattern.c */
		uint8_t	least, most;	/* bytes */
		uint8_t	byte;		/* of a literal */
	}	pieces[DTU_WORD_MAX];
	uint8_t	n;			/* 0: no pattern */
	bool	open;			/* its last piece takes as many as come */
};

/* What a packet told. */
struct dtu_found {
	char	id[DTU_ID_MAX + 1];	/* "": it names nobody */
	char	token[DTU_ID_MAX + 1];
};

#define DTU_MORE	0		/* it begins so, and its end is not there */
#define DTU_NONE	SIZE_MAX

/* -1: *why says what is wrong with it, *at where in the text. */
int	dtu_compile(const char *text, struct dtu_pattern *, const char **why, size_t *at);
/* The bytes of the packet that begins at p, DTU_MORE or DTU_NONE.  An open one
 * ends where n ends: a DTU sends it as one packet. */
size_t	dtu_match(const struct dtu_pattern *, const uint8_t *p, size_t n,
	    struct dtu_found *);
/* Its bytes as this DTU says them.  False: it has bytes that say nothing, or does
 * not fit. */
bool	dtu_literal(const struct dtu_pattern *, const struct dtu_found *,
	    uint8_t out[DTU_WORD_MAX], size_t *n);
/* Which bytes of a packet of it, that begins at p, say nothing and may be others next
 * time: a bit each.  False: none are. */
bool	dtu_blanks(const struct dtu_pattern *, const uint8_t *p, size_t n,
	    uint8_t bits[DTU_WORD_MAX / 8]);
/* Would it be the same bytes each time? */
bool	dtu_fixed(const struct dtu_pattern *);
/* Does it capture an identity? */
bool	dtu_names(const struct dtu_pattern *);

struct dtu;
struct dtu_out;

/* A way to wrap. */
struct dtu_framing {
	/* Takes bytes of a connection and splits them; false: they are none of
	 * this format, and never will be. */
	bool	(*hear)(struct dtu *, const uint8_t *, size_t n, struct dtu_out *);
	/* What is to be sent for n bytes of a question. */
	void	(*wrap)(struct dtu *, const uint8_t *, size_t n, struct buf *);
};

/* One make's habits: a new format is one row in dtu_formats.h. */
struct dtu_format {
	const char	*name;		/* "usr" */
	const char	*help;		/* make and packet, for the manual */
	const char	*reg;		/* pattern, unless the configuration has one;
					 * NULL: the framing knows */
	const char	*beat;		/* the same */
	bool		 by_address;	/* nobody registers: the address names it */
	const struct dtu_framing *framing;
};

const struct dtu_format *dtu_format_at(size_t i);	/* NULL past the end */

/* A format with what the configuration says of it. */
struct dtu_conf {
	const struct dtu_format	*format;
	struct dtu_pattern	 reg, beats[DTU_BEATS_MAX];
	size_t			 nbeats;
	/* Answers that the DTU waits for; n 0: none. */
	struct dtu_word {
		uint8_t	bytes[DTU_WORD_MAX];
		uint8_t	n;
	}			 reg_reply, beat_reply;
};

/* Of one connection, or of one address that sends datagrams. */
struct dtu {
	const struct dtu_conf	*conf;
	struct dtu_found	 is;	/* id "": not registered */
	struct dtu_word		 said;	/* its registration as it came */
	uint8_t			 blanks[DTU_WORD_MAX / 8];	/* of said, dtu_blanks */
	bool			 changes;	/* said has such bytes */
	struct dtu_part {
		uint8_t	bytes[DTU_PART_MAX];
		uint8_t	n;
	}			 part;	/* a packet whose end is not there yet */
	uint16_t		 left;	/* framings: bytes of data yet to come */
	uint8_t			 state;	/* framings: their own */
	/* Each call of dtu_hear is one datagram.  Its owner sets it after dtu_init. */
	bool			 datagrams;
	bool			 outside;	/* framings: it puts data behind its packets */
	bool			 known;		/* it has sent data: outside is so */
	uint8_t			 asked;		/* since then; framings */
	/* Who it is, where the line itself proves it; "": it does not.  Its owner
	 * sets it, and no format looks at it. */
	char			 proven[DTU_ID_MAX + 1];
};

struct dtu_out {
	struct buf	payload;	/* what the serial line said: room for n + 80 */
	struct buf	reply;		/* to be sent at once: room for 2 n + 80 */
	bool		registered;	/* just now, or again: dtu.is says who */
	bool		left;		/* it takes its leave */
	unsigned	beats;
};

void	dtu_init(struct dtu *, const struct dtu_conf *);
/* False: nothing of this format begins so; of a connection nothing sound will
 * follow.  After the registration all of it is payload but what the framing
 * knows: heartbeats within are seen by who knows its frames, see dtu_noises. */
bool	dtu_hear(struct dtu *, const uint8_t *, size_t n, struct dtu_out *);
/* A wrapped question of n bytes takes 2 n (escaped) or n + this at most. */
#define DTU_AROUND	16
void	dtu_wrap(struct dtu *, const uint8_t *, size_t n, struct buf *);
/* How it puts its data was found out on the line before; what it has shown on this
 * one counts more. */
void	dtu_resume(struct dtu *, const struct dtu *before);
/* What may stand within the payload of this one: its heartbeats and its
 * registration.  Points into dtu and its conf. */
void	dtu_noises(const struct dtu *, struct noises *, struct dtu_word room[DTU_BEATS_MAX]);

extern const struct dtu_framing dtu_plain, dtu_escaped, dtu_ddp, dtu_hj212;

#endif
