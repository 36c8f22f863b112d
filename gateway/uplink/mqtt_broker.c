#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mqtt_broker.h"

#define PLAIN	"mqtt://"
#define SECURE	"mqtts://"

static bool
take_port(const char *text, int *port)
{
	char *end;
	long n;

	if (text[0] < '0' || text[0] > '9')
		return false;
	n = strtol(text, &end, 10);
	*port = (int)n;
	return (*end == '\0' || strcmp(end, "/") == 0) && n >= 1 && n <= 65535;
}

bool
mqtt_broker_parse(struct mqtt_broker *b, const char *url)
{
	const char *host = url, *end;
	size_t n;

	*b = (struct mqtt_broker){ .tls = strncmp(url, SECURE, strlen(SECURE)) == 0 };
	if (!b->tls && strncmp(url, PLAIN, strlen(PLAIN)) != 0)
		return false;
	b->port = b->tls ? 8883 : 1883;
	host += strlen(b->tls ? SECURE : PLAIN);
	if (host[0] == '[')
		end = strchr(++host, ']');
	else
		end = host + strcspn(host, ":/");
	n = end != NULL ? (size_t)(end - host) : 0;
	if (n == 0 || n >= sizeof(b->host) || strcspn(host, " @\t") < n)
		return false;
	snprintf(b->host, sizeof(b->host), "%.*s", (int)n, host);
	if (*end == ']')
		end++;
	if (*end == ':')
		return take_port(end + 1, &b->port);
	return *end == '\0' || strcmp(end, "/") == 0;
}

enum look { LOOK_THERE, LOOK_REFUSED, LOOK_SILENT };

/* REFUSED: at once, where the library goes on to the next address. */
static enum look
look_at(const struct addrinfo *to, int64_t us, struct meter *meter)
{
	int fd = socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    to->ai_protocol);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	enum look look = LOOK_SILENT;
	int error = 0;
	socklen_t n = sizeof(error);

	if (fd < 0)
		return LOOK_REFUSED;
	meter_dial(meter, fd);
	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
		look = LOOK_THERE;
	else if (errno != EINPROGRESS)
		look = LOOK_REFUSED;
	else if (poll(&p, 1, (int)(us / 1000)) == 1 &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0)
		look = LOOK_THERE;
	meter_close(meter, fd);
	close(fd);
	return look;
}

bool
mqtt_broker_listens(const struct mqtt_broker *b, int64_t us, struct meter *meter)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all;
	char port[8];
	enum look look = LOOK_REFUSED;

	snprintf(port, sizeof(port), "%d", b->port);
	if (getaddrinfo(b->host, port, &hints, &all) != 0)
		return false;
	/* the one that the library would take, too */
	for (const struct addrinfo *to = all; to != NULL && look == LOOK_REFUSED; to = to->ai_next)
		look = look_at(to, us, meter);
	freeaddrinfo(all);
	return look == LOOK_THERE;
}
