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
/* The bytes that say whose an address is: all of IPv4; of IPv6 the network of 64 bits,
 * which is given to one. */
const uint8_t *address_network(const union address *, size_t *n);
bool	address_near(const union address *, const union address *);
/* "10.0.0.7"; false: it has no room. */
bool	address_host(const union address *, char *, size_t n);
/* "10.0.0.7:5001", "[2001:db8::7]:5001" */
const char *address_place(const union address *, char buf[64]);
/* The same back, port 0 where there is none; false: it is no address in digits. */
bool	address_placed(const char *, union address *);
/* "10.0.0.7 port 5001" */
const char *address_write(const union address *, char buf[64]);
/* Back; false: it is none. */
bool	address_read(const char *, union address *);
/* A socket of this type, bound, and listening if it is one of streams; address in
 * digits, "": all of this machine.  -1: why is filled. */
int	address_listen(const char *address, uint16_t port, int type, char *why, size_t n);

#endif
