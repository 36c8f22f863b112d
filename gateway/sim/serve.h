#ifndef GATEWAY_SIM_SERVE_H
#define GATEWAY_SIM_SERVE_H

#include <limits.h>
#include <signal.h>

#include "../clock.h"
#include "instrument.h"

#define LINES_MAX	16
#define CALLERS_MAX	32	/* connections of one line */
#define PENDING_MAX	64	/* answers held back, of all lines */

/* Somebody who asks: a connection, or the one master of a serial line. */
struct caller {
	int		fd;			/* -1: nobody */
	uint32_t	visit;			/* tells one caller here from the next */
	uint8_t		in[ANSWER_MAX];
	size_t		n;
	int64_t		heard;			/* mono us of the last byte */
};

/* A TCP port, a pty or a DTU with the instruments on it. */
struct serve_line {
	struct bench	bench;
	struct caller	callers[CALLERS_MAX];	/* the first is that of a pty */
	int		listener;		/* -1: a pty, or refusing now */
	uint16_t	port;			/* 0: a pty, or a DTU, which */
	uint16_t	calls;			/* calls this port and says: */
	const char	*words;
	int64_t		next;			/* mono us: then, or beats */
	int		slave;			/* kept open, or the pty would hang up */
	char		path[64];		/* of the pty's other end */
	char		link[PATH_MAX];		/* a symbolic link to it; "": none */
	int64_t		byte_time;		/* us a byte takes on the wire; 0: none */
	int64_t		speed;			/* bits a second; 0: any */
	int		parity;			/* 0 none 1 even 2 odd; -1: any */
};

struct pending {
	struct caller	*to;			/* NULL: free */
	uint32_t	 visit;
	int64_t		 due;			/* mono us */
	uint8_t		 bytes[ANSWER_MAX];
	size_t		 n;
};

/* All simulated lines of one process, served from one poll(2). */
struct serve {
	struct serve_line	lines[LINES_MAX];
	size_t			n;
	struct pending		pending[PENDING_MAX];
	int64_t			started;	/* mono us: moment 0 of all scripts */
};

void	serve_init(struct serve *);
/* Both return the new line, or NULL with errno.  port 0: any that is free.
 * link may be "". */
struct serve_line *serve_tcp(struct serve *, struct instrument *, size_t n, uint16_t port);
struct serve_line *serve_pty(struct serve *, struct instrument *, size_t n, const char *link);
/* Puts (other) instruments on a line; a pty keeps the time that bytes take at
 * the speed of the first profile. */
void	serve_furnish(struct serve_line *, struct instrument *, size_t n);
/* The instruments of a pty are set so: whoever opens it otherwise is not
 * understood and hears garbage.  A pty keeps no parity bit, but that a parity is
 * checked (INPCK), which libmodbus asks for and pyserial does not. */
void	serve_format(struct serve_line *, int64_t speed, int parity);
/* Answers until *stop or until mono passes the deadline. */
void	serve_run(struct serve *, const struct clock *, int64_t deadline,
	    volatile sig_atomic_t *stop);
/* Another process serves it: this one keeps no end of it, so that what is shut
 * there is shut. */
void	serve_leave(struct serve *);
void	serve_close(struct serve *);

#endif
