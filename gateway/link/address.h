#ifndef GATEWAY_LINK_ADDRESS_H
#define GATEWAY_LINK_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/* An address and a port. */
union address {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
};

socklen_t address_length(const union address *);
bool	address_same(const union address *, const union address *, bool port);
/* "10.0.0.7 port 5001" */
const char *address_write(const union address *, char buf[64]);
/* Back; false: it is none. */
bool	address_read(const char *, union address *);
/* A socket of this type, bound, and listening if it is one of streams; address in
 * digits, "": all of this machine.  -1: why is filled. */
int	address_listen(const char *address, uint16_t port, int type, char *why, size_t n);

#endif
