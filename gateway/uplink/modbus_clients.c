#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../clock.h"
#include "modbus.h"

#define FD_HIGH		1024		/* low ones are left to who uses select(2) */
#define BACKLOG		8
#define GIVES_WAY	(5 * US_PER_S)	/* idle so long, a client makes place */

size_t
modbus_clients_count(const struct modbus *m)
{
	size_t n = 0;

	for (size_t i = 0; i < MODBUS_CLIENTS; i++)
		n += m->clients[i].fd >= 0;
	return n;
}

static int
listen_at(const struct modbus_place *p)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	    .ai_socktype = SOCK_STREAM };
	const int yes = 1;
	struct addrinfo *at;
	int fd, error;

	if (getaddrinfo(p->host, p->port, &hints, &at) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd >= 0 && (bind(fd, at->ai_addr, at->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)) {
		error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	freeaddrinfo(at);
	return fd;
}

int
modbus_listen(struct modbus *m, char *why, size_t n)
{
	m->answerer = answerer_tcp();
	m->listener = m->answerer != NULL ? listen_at(&m->place) : -1;
	if (m->listener >= 0)
		return 0;
	snprintf(why, n, "cannot listen at %s port %s: %s", m->place.host, m->place.port,
	    strerrordesc_np(errno));
	answerer_free(m->answerer);
	m->answerer = NULL;
	return -1;
}

static void
hang_up(struct modbus_client *c)
{
	meter_close(c->meter, c->fd);
	close(c->fd);
	c->fd = -1;
	c->ask.id = 0;
}

void
modbus_clients_close(struct modbus *m)
{
	for (size_t i = 0; i < MODBUS_CLIENTS; i++)
		if (m->clients[i].fd >= 0)
			hang_up(&m->clients[i]);
	if (m->listener >= 0)
		close(m->listener);
	answerer_free(m->answerer);
}

/* All addresses as those of IPv6; and in words. */
static void
read_address(const struct sockaddr_storage *from, uint8_t at[16], char name[ASKER_NAME])
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

	if (from->ss_family == AF_INET) {
		memcpy(at, mapped, sizeof(mapped));
		memcpy(at + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
	} else {
		memcpy(at, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
	}
	if (memcmp(at, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, at + 12, name, ASKER_NAME);
	else
		inet_ntop(AF_INET6, at, name, ASKER_NAME);
}

static bool
allowed(const struct modbus_conf *c, const uint8_t address[16])
{
	struct modbus_network net;

	for (size_t i = 0; i < c->allow.n; i++)
		if (modbus_network_read(c->allow.at[i], &net) && modbus_network_has(&net, address))
			return true;
	return c->allow.n == 0;
}

/* A free place, or that of the client who asked nothing for the longest time, if
 * it was long; NULL: all are at work. */
static struct modbus_client *
place_for_one(struct modbus *m, int64_t now)
{
	struct modbus_client *idlest = NULL;

	for (size_t i = 0; i < (size_t)m->conf->clients; i++) {
		struct modbus_client *c = &m->clients[i];

		if (c->fd < 0)
			return c;
		if (c->ask.id == 0 && (idlest == NULL || c->heard_at < idlest->heard_at))
			idlest = c;
	}
	if (idlest == NULL || now - idlest->heard_at < GIVES_WAY)
		return NULL;
	hang_up(idlest);
	return idlest;
}

static int
move_up(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_HIGH);

	if (high < 0)
		return fd;
	close(fd);
	return high;
}

static void
set_up(const struct modbus *m, int fd)
{
	const int yes = 1;
	const unsigned limit = (unsigned)(m->conf->idle / 1000);

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof(limit));
}

/* False: nobody else is at the door. */
static bool
let_in(struct modbus *m, int64_t now)
{
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof(from);
	char name[ASKER_NAME] = "?";
	struct modbus_client *c;
	uint8_t address[16];
	int fd = accept4(m->listener, (struct sockaddr *)&from, &len,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return errno == EINTR || errno == ECONNABORTED;
	read_address(&from, address, name);
	c = allowed(m->conf, address) ? place_for_one(m, now) : NULL;
	if (c == NULL) {
		modbus_tell(m, name, allowed(m->conf, address) ? "refused: all places are taken" :
		    "refused: not in allow", now);
		close(fd);
		return true;
	}
	fd = move_up(fd);
	set_up(m, fd);
	*c = (struct modbus_client){ .fd = fd, .meter = m->env->meter, .heard_at = now };
	meter_accept(c->meter, fd);
	memcpy(c->ask.name, name, sizeof(name));
	return true;
}

static void
flush(struct modbus_client *c, int64_t now)
{
	struct modbus_asker *a = &c->ask;

	while (a->sent < a->nout) {
		ssize_t n = send(c->fd, a->out + a->sent, a->nout - a->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			hang_up(c);
			return;
		}
		if (n < 0) {
			c->out_at = c->out_at == 0 ? now : c->out_at;
			return;
		}
		a->sent += (size_t)n;
	}
	a->nout = a->sent = 0;
	c->out_at = 0;
}

/* False: no whole request is there, or what is there is none. */
static bool
take_one(struct modbus *m, struct modbus_client *c, int64_t now)
{
	struct modbus_asker *a = &c->ask;
	struct modbus_request *r = &a->request;
	size_t len = modbus_tcp_request(c->in, c->nin, r);

	if (len == 0)
		return false;
	/* from 128 on the codes are those of refusals */
	if (len == SIZE_MAX || r->function == 0 || r->function >= 128) {
		modbus_tell(m, a->name, "hung up: what it says is no Modbus", now);
		hang_up(c);
		return false;
	}
	memcpy(a->frame, c->in, len);
	a->len = len;
	if (r->values != NULL)
		r->values = a->frame + (r->values - c->in);
	c->nin -= len;
	memmove(c->in, c->in + len, c->nin);
	c->heard_at = now;
	modbus_serve(m, m->answerer, a, now);
	return true;
}

static void
work(struct modbus *m, struct modbus_client *c, int64_t now)
{
	do {
		if (c->ask.nout > 0)
			flush(c, now);
	} while (c->fd >= 0 && c->ask.nout == 0 && c->ask.id == 0 && take_one(m, c, now));
}

static void
hear(struct modbus_client *c)
{
	ssize_t n = recv(c->fd, c->in + c->nin, sizeof(c->in) - c->nin, 0);

	if (n > 0)
		c->nin += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		hang_up(c);
}

size_t
modbus_clients_poll(const struct modbus *m, struct pollfd *fds)
{
	for (size_t i = 0; i < MODBUS_CLIENTS; i++) {
		const struct modbus_client *c = &m->clients[i];

		fds[i] = (struct pollfd){ .fd = c->fd,
		    .events = (short)((c->nin < sizeof(c->in) ? POLLIN : 0) |
		    (c->ask.nout > 0 ? POLLOUT : 0)) };
	}
	fds[MODBUS_CLIENTS] = (struct pollfd){ .fd = m->listener, .events = POLLIN };
	return MODBUS_CLIENTS + 1;
}

/* When something of it is over; whatever is, ends. */
static int64_t
deadline(struct modbus *m, struct modbus_client *c, int64_t now)
{
	if (c->ask.id != 0 && now >= c->ask.until) {
		modbus_write_late(m, &c->ask, m->answerer);
		work(m, c, now);
	}
	if (c->fd >= 0 && c->ask.id == 0 && (now - c->heard_at >= m->conf->idle ||
	    (c->out_at != 0 && now - c->out_at >= STUCK_LIMIT)))
		hang_up(c);
	if (c->fd < 0)
		return INT64_MAX;
	if (c->ask.id != 0)
		return c->ask.until;
	if (c->out_at != 0)
		return c->out_at + STUCK_LIMIT;
	return c->heard_at + m->conf->idle;
}

int64_t
modbus_clients_tend(struct modbus *m, const struct pollfd *fds, size_t n, int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < MODBUS_CLIENTS; i++) {
		struct modbus_client *c = &m->clients[i];
		int64_t at;

		if (c->fd >= 0 && c->fd == fds[i].fd && (fds[i].revents & ~POLLOUT) != 0)
			hear(c);
		if (c->fd >= 0)
			work(m, c, now);
		at = c->fd >= 0 ? deadline(m, c, now) : INT64_MAX;
		next = at < next ? at : next;
	}
	if (fds[n - 1].revents != 0)
		while (let_in(m, now))
			;
	return next;
}
