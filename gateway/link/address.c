#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolve.h"

#define BACKLOG		4096

socklen_t
address_length(const union address *a)
{
	return a->sa.sa_family == AF_INET ? sizeof(a->in) : sizeof(a->in6);
}

bool
address_same(const union address *a, const union address *b, bool port)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr &&
		    (!port || a->in.sin_port == b->in.sin_port);
	return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) == 0 &&
	    (!port || a->in6.sin6_port == b->in6.sin6_port);
}

const uint8_t *
address_network(const union address *a, size_t *n)
{
	const uint8_t *six = a->in6.sin6_addr.s6_addr;

	if (a->sa.sa_family == AF_INET) {
		*n = sizeof(a->in.sin_addr);
		return (const uint8_t *)&a->in.sin_addr;
	}
	*n = IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr) ? 4 : 8;
	return *n == 4 ? six + 12 : six;
}

bool
address_near(const union address *a, const union address *b)
{
	size_t na, nb;
	const uint8_t *x = address_network(a, &na), *y = address_network(b, &nb);

	return na == nb && memcmp(x, y, na) == 0;
}

bool
address_host(const union address *a, char *to, size_t n)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (a->sa.sa_family == AF_INET)
		inet_ntop(AF_INET, &a->in.sin_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET6, &a->in6.sin6_addr, text, sizeof(text));
	/* IPv4 heard by a socket of both */
	return (size_t)snprintf(to, n, "%s",
	    strncmp(text, "::ffff:", 7) == 0 ? text + 7 : text) < n;
}

static unsigned
port_of(const union address *a)
{
	return ntohs(a->sa.sa_family == AF_INET ? a->in.sin_port : a->in6.sin6_port);
}

const char *
address_place(const union address *a, char buf[64])
{
	char host[INET6_ADDRSTRLEN];

	address_host(a, host, sizeof(host));
	snprintf(buf, 64, strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port_of(a));
	return buf;
}

bool
address_placed(const char *text, union address *a)
{
	const char *end = strrchr(text, ':');
	bool six = text[0] == '[';
	char host[64], *close;
	unsigned port = 0;
	int used = 0;

	if (end != NULL && !six && strchr(text, ':') != end)
		end = NULL;			/* IPv6 without a port */
	if (strlen(text) >= sizeof(host) || (six && end == NULL))
		return false;
	if (end != NULL && (sscanf(end, ":%5u%n", &port, &used) != 1 || end[used] != '\0' ||
	    port == 0 || port > 65535))
		return false;
	strcpy(host, text + six);
	if (end != NULL)
		host[end - text - six] = '\0';
	close = strchr(host, ']');
	if (six && (close == NULL || close[1] != '\0'))
		return false;
	if (six)
		*close = '\0';
	return resolve_numeric(host, (uint16_t)port, a);
}

const char *
address_write(const union address *a, char buf[64])
{
	char host[INET6_ADDRSTRLEN];

	address_host(a, host, sizeof(host));
	snprintf(buf, 64, "%s port %u", host, port_of(a));
	return buf;
}

bool
address_read(const char *text, union address *a)
{
	const char *port = strstr(text, " port ");
	char digits[64];

	if (port == NULL || (size_t)(port - text) >= sizeof(digits))
		return false;
	memcpy(digits, text, (size_t)(port - text));
	digits[port - text] = '\0';
	return resolve_numeric(digits, (uint16_t)atoi(port + 6), a);
}

/* IPv4 too, where it may be all addresses. */
static int
bind_to(const union address *at, int type)
{
	int on = 1, off = 0, error;
	int fd = socket(at->sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (at->sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, &at->sa, address_length(at)) == 0 &&
	    (type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
address_listen(const char *address, uint16_t port, int type, char *why, size_t n)
{
	bool all = address[0] == '\0';
	union address at;
	int fd = -1;

	if (!resolve_numeric(all ? "::" : address, port, &at)) {
		snprintf(why, n, "%s port %u: no address in digits", address, port);
		return -1;
	}
	fd = bind_to(&at, type);
	if (fd < 0 && errno == EAFNOSUPPORT && all &&	/* a kernel without IPv6 */
	    resolve_numeric("0.0.0.0", port, &at))
		fd = bind_to(&at, type);
	if (fd < 0)
		snprintf(why, n, "%s port %u: %s", all ? "all addresses" : address, port,
		    strerrordesc_np(errno));
	return fd;
}
