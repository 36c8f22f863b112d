#ifndef GATEWAY_LINK_PRIVATE_PORT_H
#define GATEWAY_LINK_PRIVATE_PORT_H

#include <stddef.h>

/* A Unix socket at which other processes of this user call, and nobody else: a
 * stale one gives way.  Type: SOCK_STREAM or SOCK_SEQPACKET.  -1: why is filled. */
int	private_port(const char *path, int type, char *why, size_t n);
/* Accepts one, with no waiting; -1: nobody is there, or it is somebody else, who is
 * hung up on. */
int	private_accept(int fd);
/* Calls one.  -1: errno. */
int	private_call(const char *path, int type);

#endif
