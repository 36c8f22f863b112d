#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../clock.h"
#include "modbus.h"

#define AGAIN		(2 * US_PER_S)	/* between two tries to open a line */
#define QUIET_LEAST	(20 * 1000)	/* us: adapters deliver in pieces */
#define LEAST_REQUEST	4		/* unit, function, CRC */

/* 3.5 characters of 11 bits (V1.02, 2.5.1.1). */
static int64_t
silence(const struct modbus_conf *c)
{
	return c->speed > 19200 ? 1750 : 77 * US_PER_S / 2 / c->speed;
}

static int64_t
quiet_after(const struct modbus_conf *c)
{
	return silence(c) > QUIET_LEAST ? silence(c) : QUIET_LEAST;
}

int
modbus_line_open(struct modbus *m, int64_t now, char *why, size_t n)
{
	struct modbus_line *l = &m->line;
	const char *name = strrchr(m->place.path, '/') + 1;

	*l = (struct modbus_line){ .fd = -1, .again_at = now + AGAIN };
	l->answerer = answerer_rtu(m->conf, m->place.path, why, n);
	if (l->answerer == NULL)
		return -1;
	l->fd = answerer_line(l->answerer);
	snprintf(l->ask.name, sizeof(l->ask.name), "%s", name);
	return 0;
}

void
modbus_line_close(struct modbus *m)
{
	answerer_free(m->line.answerer);
	m->line.answerer = NULL;
	m->line.fd = -1;
	m->line.ask.id = 0;
}

static void
lost(struct modbus *m, int error, int64_t now)
{
	modbus_line_close(m);
	m->line.again_at = now + AGAIN;
	snprintf(m->line.why, sizeof(m->line.why), "%s: %s", m->place.path,
	    error != 0 ? strerrordesc_np(error) : "hung up");
}

size_t
modbus_line_poll(const struct modbus *m, struct pollfd *fds)
{
	fds[0] = (struct pollfd){ .fd = m->line.fd,
	    .events = (short)(POLLIN | (m->line.ask.sent > 0 ? POLLOUT : 0)) };
	return 1;
}

static bool
ours(const void *of, uint8_t unit)
{
	return map_has_unit(of, unit);
}

static void
drop(struct modbus_line *l, size_t n)
{
	l->nin -= n;
	memmove(l->in, l->in + n, l->nin);
}

static void
take_up(struct modbus *m, size_t at, size_t len, int64_t now)
{
	struct modbus_line *l = &m->line;
	struct modbus_asker *a = &l->ask;

	memcpy(a->frame, l->in + at, len);
	a->len = len;
	if (a->request.values != NULL)
		a->request.values = a->frame + (a->request.values - (l->in + at));
	if (a->request.unit != 0) {
		modbus_serve(m, l->answerer, a, now);
		return;
	}
	m->requests++;
	if (a->request.exception == 0 && a->request.write_count > 0)
		modbus_write_all(m, a, now);
}

/* Behind what makes no sense a request may stand all the same: a transmitter
 * that is switched on often makes a byte. */
static size_t
find_later(struct modbus *m, size_t *len)
{
	struct modbus_line *l = &m->line;

	for (size_t at = 1; at + LEAST_REQUEST <= l->nin; at++) {
		*len = modbus_rtu_request(l->in + at, l->nin - at, false, ours, &m->conf->map,
		    &l->ask.request);
		if (*len != 0 && *len != SIZE_MAX && l->ask.request.function != 0)
			return at;
	}
	return 0;
}

/* False: nothing more can be made of what is there. */
static bool
take_one(struct modbus *m, bool quiet, int64_t now)
{
	struct modbus_line *l = &m->line;
	struct modbus_request *r = &l->ask.request;
	size_t at = 0, len;

	if (l->nin == 0)
		return false;
	len = modbus_rtu_request(l->in, l->nin, quiet, ours, &m->conf->map, r);
	if (len == SIZE_MAX && quiet) {
		m->crc_errors++;
		at = find_later(m, &len);
		if (at == 0) {
			l->nin = 0;
			return false;
		}
	}
	if (len == 0 || len == SIZE_MAX)
		return false;
	/* of what others are asked, and answer, there is nothing to do */
	if (r->function != 0 && r->function < 128)
		take_up(m, at, len, now);
	drop(l, at + len);
	return l->ask.nout == 0 && l->ask.id == 0;
}

/* A master that speaks again has given up waiting: an answer now would be
 * taken for that to its next question. */
static void
hear(struct modbus *m, int64_t now)
{
	struct modbus_line *l = &m->line;
	uint8_t bytes[REQUEST_FRAME_MAX];
	ssize_t n = read(l->fd, bytes, sizeof(bytes));
	size_t skip;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lost(m, n < 0 ? errno : 0, now);
		return;
	}
	meter_add(m->env->meter, (uint64_t)n, 0);
	skip = l->echo < (size_t)n ? l->echo : (size_t)n;
	l->echo -= skip;
	n -= (ssize_t)skip;
	if (n == 0)
		return;
	l->heard_at = now;
	if (l->ask.sent == 0)
		l->ask.nout = 0;
	l->ask.id = 0;
	if (l->nin + (size_t)n > sizeof(l->in)) {
		m->crc_errors++;
		l->nin = 0;
	}
	memcpy(l->in + l->nin, bytes + skip, (size_t)n);
	l->nin += (size_t)n;
}

static void
flush(struct modbus *m, int64_t now)
{
	struct modbus_line *l = &m->line;
	struct modbus_asker *a = &l->ask;
	ssize_t n = write(l->fd, a->out + a->sent, a->nout - a->sent);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		lost(m, errno, now);
		return;
	}
	if (n > 0) {
		meter_add(m->env->meter, 0, (uint64_t)n);
		a->sent += (size_t)n;
		l->echo += m->conf->echo ? (size_t)n : 0;
	}
	if (a->sent == a->nout)
		a->sent = a->nout = 0;
}

/* The line is away: it is looked for from time to time. */
static int64_t
look_for(struct modbus *m, int64_t now)
{
	char why[sizeof(m->line.why)] = "";

	if (now < m->line.again_at)
		return m->line.again_at;
	if (modbus_line_open(m, now, why, sizeof(why)) < 0)
		snprintf(m->line.why, sizeof(m->line.why), "%s", why);
	return m->line.again_at;
}

int64_t
modbus_line_tend(struct modbus *m, const struct pollfd *fds, size_t n, int64_t now)
{
	struct modbus_line *l = &m->line;
	bool quiet;

	(void)n;
	if (l->fd < 0)
		return look_for(m, now);
	if (fds[0].revents & ~POLLOUT)
		hear(m, now);
	if (l->fd < 0)
		return l->again_at;
	quiet = now - l->heard_at >= quiet_after(m->conf);
	while (l->ask.nout == 0 && l->ask.id == 0 && take_one(m, quiet, now))
		;
	if (l->ask.id != 0 && now >= l->ask.until)
		modbus_write_late(m, &l->ask, l->answerer);
	if (l->ask.nout > 0 && now - l->heard_at >= silence(m->conf))
		flush(m, now);
	if (l->fd < 0)
		return l->again_at;
	if (l->ask.nout > 0 && l->ask.sent == 0)
		return l->heard_at + silence(m->conf);
	if (l->ask.id != 0)
		return l->ask.until;
	return l->nin > 0 ? l->heard_at + quiet_after(m->conf) : INT64_MAX;
}
