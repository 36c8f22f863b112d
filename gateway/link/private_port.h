#ifndef GATEWAY_LINK_PRIVATE_PORT_H
#define GATEWAY_LINK_PRIVATE_PORT_H

#include <stdbool.h>
#include <stddef.h>

#include "../loop.h"

/* A Unix socket at which other processes of this user call, and nobody else.
 * Embedded by its owner. */
struct private_port {
	struct source	 source;	/* fd -1: it is not open */
	struct timer	 again;		/* to open it */
	struct loop	*loop;
	char		*path;
	int		 type;		/* SOCK_STREAM or SOCK_SEQPACKET */
	const char	*without;	/* constant text: what is not to be had meanwhile */
};

/* Takes a timer of the loop; nothing is open before it is wanted.  ready: somebody
 * calls. */
void	private_port_init(struct private_port *, struct loop *, const char *path, int type,
	    void (*ready)(struct source *, uint32_t events, int64_t now), const char *without);
/* A stale one gives way; what cannot be opened is told of and tried each minute. */
void	private_port_want(struct private_port *, bool wanted, int64_t now);
/* Shuts it; what it was brought is its owner's. */
void	private_port_end(struct private_port *);
/* Accepts one, with no waiting; -1: nobody is there, or it is somebody else, who is
 * hung up on. */
int	private_accept(int fd);
/* Calls one.  -1: errno. */
int	private_call(const char *path, int type);

#endif
