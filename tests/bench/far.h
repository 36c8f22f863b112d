#ifndef TESTS_BENCH_FAR_H
#define TESTS_BENCH_FAR_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define FAR_PENDING	32	/* answers of one channel that are still to be sent */
#define FAR_FRAME	264

/* The last two call, as DTUs do. */
enum far_kind { FAR_TCP, FAR_RTU_TCP, FAR_RTU_PTY, FAR_TCP_CALLS, FAR_RTU_CALLS };

/* A question as an instrument hears it: FC 3. */
struct far_ask {
	int64_t		heard;		/* mono us */
	uint8_t		unit;
	uint16_t	first, count;
	uint32_t	ordinal;	/* of the channel's questions, from 0 */
};

struct far_answer {
	int64_t		due;		/* mono us; 0: none here */
	uint32_t	ordinal;
	uint16_t	n;
	uint8_t		frame[FAR_FRAME];
};

/* One line with instruments on it. */
struct far_channel {
	enum far_kind	  kind;
	size_t		  number;
	int		  listener, fd;	/* -1: none */
	uint16_t	  port;
	char		  path[32];	/* of the pty */
	uint8_t		  in[64];
	size_t		  got;
	uint32_t	  asked;
	uint32_t	  closed;	/* one that calls: by the gateway, so often */
	struct far_answer pending[FAR_PENDING];
};

/* Instruments on sockets and pseudo terminals, served by one thread. */
struct far {
	struct far_channel *channels;
	size_t		  nchannels;
	int64_t		 *next;		/* mono us: a pending answer of each is due */
	/* Fills the registers and says when the answer is to be sent (mono us). */
	int64_t		(*answer)(struct far *, struct far_channel *, const struct far_ask *,
			    uint8_t *registers);
	/* The answer to this question has gone; may be NULL. */
	void		(*sent)(struct far *, struct far_channel *, uint32_t ordinal);
	_Atomic uint64_t  asked;
	_Atomic uint64_t  broken;	/* bytes that were no question */
	atomic_bool	  stop;
	pthread_t	  thread;
	int		  epoll;
};

/* So many channels; kind_of says which kind the i-th is. */
void	far_open(struct far *, size_t n, enum far_kind (*kind_of)(size_t i));
void	far_start(struct far *);
void	far_stop(struct far *);
/* Those that call do so at this port, the i-th as LOGIN:%08zu, as soon as it listens. */
void	far_call(struct far *, uint16_t port);
/* The links of them, named l0 and up, as a configuration has them, with these
 * settings in each; those that call do it at the listener "dtu". */
void	far_links(const struct far *, const char *settings, FILE *);

/* Good enough draws that are the same in every run (splitmix64): below 1. */
double	far_draw(uint64_t *state);

#endif
