#ifndef GATEWAY_UPLINK_MODBUS_H
#define GATEWAY_UPLINK_MODBUS_H

#include <poll.h>

#include "modbus_server.h"

#define MODBUS_CLIENTS	16
#define MODBUS_POLLS	(MODBUS_CLIENTS + 3)	/* and listener, orders, bell */
#define STUCK_LIMIT	5000000		/* us that an answer may wait for its reader */
#define ASKER_NAME	56

struct modbus;

/* Who asks: a connection, or the master of the serial line.  One request at a
 * time: others wait in its input. */
struct modbus_asker {
	char		 name[ASKER_NAME];	/* "192.168.1.9", "ttyS1" */
	uint8_t		 frame[REQUEST_FRAME_MAX];
	size_t		 len;
	struct modbus_request request;		/* its values point into frame */
	uint32_t	 id;			/* of the write that it waits for; 0: none */
	uint32_t	 written;		/* of the values, so many are done */
	int64_t		 until;			/* mono us: longer it does not wait */
	uint8_t		 out[REQUEST_FRAME_MAX];
	size_t		 nout, sent;
};

struct modbus_client {
	int		 fd;			/* -1: free */
	struct meter	*meter;
	struct modbus_asker ask;
	uint8_t		 in[2 * REQUEST_FRAME_MAX];
	size_t		 nin;
	int64_t		 heard_at;		/* mono us: its last request */
	int64_t		 out_at;		/* since when an answer waits */
};

struct modbus_line {
	struct answerer	*answerer;		/* NULL: the line is closed */
	int		 fd;
	struct modbus_asker ask;
	uint8_t		 in[REQUEST_FRAME_MAX];
	size_t		 nin;
	size_t		 echo;			/* bytes of ours still to come back */
	int64_t		 heard_at;		/* mono us of the last byte */
	int64_t		 again_at;		/* to open it, after that failed */
	char		 why[120];		/* it is closed */
};

struct modbus {
	const struct uplink_env	*env;
	const struct modbus_conf *conf;
	struct modbus_place	 place;

	/* what is shown */
	struct map_value	*values;	/* of the slots */
	uint32_t		*by_name;	/* slots, by device and point */
	uint32_t		*places;	/* by series - 1: in by_name + 1; 0: none */
	uint32_t		 nplaces;
	int64_t			 since;		/* mono us: it serves */
	uint64_t		 requests, exceptions, crc_errors;

	struct answerer		*answerer;	/* TCP */
	int			 listener;	/* -1: a serial line */
	struct modbus_client	 clients[MODBUS_CLIENTS];
	struct modbus_line	 line;

	/* commands: modbus_write.c */
	int			 orders;	/* -1: not connected */
	uint32_t		 next_id;
	int64_t			 credit, credit_at;
	int64_t			 tell_at;	/* of what is refused, again */
};

/* modbus.c.  Takes up a whole frame that asker holds: its answer stands in out,
 * or it waits for a write. */
void	modbus_serve(struct modbus *, struct answerer *, struct modbus_asker *, int64_t now);
/* Nothing is done for a refused one but to tell, not too often. */
void	modbus_tell(struct modbus *, const char *who, const char *why, int64_t now);

/* modbus_write.c.  0: asker waits, or all is done; else the exception. */
uint8_t	modbus_write_begin(struct modbus *, struct modbus_asker *, int64_t now);
/* To every unit that has such registers, and nobody waits. */
void	modbus_write_all(struct modbus *, const struct modbus_asker *, int64_t now);
/* Answers came: told to those who wait for them. */
void	modbus_write_hear(struct modbus *, int64_t now);
/* Its time is over: the answer to it stands in out. */
void	modbus_write_late(struct modbus *, struct modbus_asker *, struct answerer *);
void	modbus_write_close(struct modbus *);

/* The end of a write: its answer, or an exception, into out. */
void	modbus_end_write(struct modbus *, struct modbus_asker *, struct answerer *,
	    uint8_t exception);

/* modbus_clients.c: of TCP. */
int	modbus_listen(struct modbus *, char *why, size_t n);
size_t	modbus_clients_poll(const struct modbus *, struct pollfd *);
int64_t	modbus_clients_tend(struct modbus *, const struct pollfd *, size_t n, int64_t now);
void	modbus_clients_close(struct modbus *);
size_t	modbus_clients_count(const struct modbus *);

/* modbus_line.c: slave of a serial line. */
int	modbus_line_open(struct modbus *, int64_t now, char *why, size_t n);
size_t	modbus_line_poll(const struct modbus *, struct pollfd *);
int64_t	modbus_line_tend(struct modbus *, const struct pollfd *, size_t n, int64_t now);
void	modbus_line_close(struct modbus *);

#endif
