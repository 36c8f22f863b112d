#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "dialler.h"
#include "metered.h"
#include "serve.h"

#define TCP_HEAD	6		/* transaction, protocol, length */
#define RTU_SILENCE	20000		/* us: a frame ends; a pty has no better clock */
#define TURN		100000		/* us: faults begin and end this exactly */
#define SELECT_LIMIT	1024		/* libmodbus selects */

void
serve_init(struct serve *s)
{
	memset(s, 0, sizeof(*s));
}

static struct serve_line *
line_new(struct serve *s, enum framing framing, struct instrument *instruments, size_t n)
{
	struct serve_line *line = &s->lines[s->n];

	if (s->n == LINES_MAX) {
		errno = ENOSPC;
		return NULL;
	}
	memset(line, 0, sizeof(*line));
	line->listener = line->slave = -1;
	line->parity = -1;
	for (size_t i = 0; i < CALLERS_MAX; i++)
		line->callers[i].fd = -1;
	return bench_open(&line->bench, framing, instruments, n) == 0 ? line : NULL;
}

/* Listens on loopback; the port stays the same when it is opened again. */
static int
line_listen(struct serve_line *line)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(line->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, (struct sockaddr *)&at, n) != 0 || listen(fd, CALLERS_MAX) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &n) != 0) {
		close(fd);
		return -1;
	}
	line->listener = fd;
	line->port = ntohs(at.sin_port);
	return 0;
}

struct serve_line *
serve_tcp(struct serve *s, struct instrument *instruments, size_t n, uint16_t port)
{
	struct serve_line *line = line_new(s, FRAMING_TCP, instruments, n);

	if (line == NULL)
		return NULL;
	line->port = port;
	if (line_listen(line) != 0) {
		bench_close(&line->bench);
		return NULL;
	}
	s->n++;
	return line;
}

/* Replaces an older link, but never a file. */
static int
link_to(const char *path, const char *link)
{
	struct stat st;

	if (lstat(link, &st) == 0 && S_ISLNK(st.st_mode))
		unlink(link);
	return symlink(path, link);
}

static int
line_openpty(struct serve_line *line, const char *link)
{
	struct termios raw;
	int master;

	memset(&raw, 0, sizeof(raw));
	cfmakeraw(&raw);
	raw.c_cflag |= CREAD | CLOCAL;
	cfsetspeed(&raw, B9600);
	if (openpty(&master, &line->slave, line->path, &raw, NULL) != 0)
		return -1;
	fcntl(master, F_SETFD, FD_CLOEXEC);
	fcntl(line->slave, F_SETFD, FD_CLOEXEC);
	fcntl(master, F_SETFL, O_NONBLOCK);
	line->callers[0].fd = master;
	snprintf(line->link, sizeof(line->link), "%s", link);
	return link[0] == '\0' ? 0 : link_to(line->path, link);
}

struct serve_line *
serve_pty(struct serve *s, struct instrument *instruments, size_t n, const char *link)
{
	struct serve_line *line = line_new(s, FRAMING_RTU, instruments, n);

	if (line == NULL)
		return NULL;
	if (line_openpty(line, link) == 0) {
		serve_furnish(line, instruments, n);
		s->n++;
		return line;
	}
	if (line->slave >= 0) {
		close(line->slave);
		close(line->callers[0].fd);
	}
	bench_close(&line->bench);
	return NULL;
}

struct serve_line *
serve_dial(struct serve *s, uint16_t port, const char *words)
{
	struct serve_line *line = line_new(s, FRAMING_RTU, NULL, 0);

	if (line == NULL)
		return NULL;
	line->calls = port;
	line->words = words;
	s->n++;
	return line;
}

void
serve_furnish(struct serve_line *line, struct instrument *instruments, size_t n)
{
	int64_t speed = n > 0 ? instruments[0].profile->serial.speed : 0;

	bench_furnish(&line->bench, instruments, n);
	/* start, eight data bits, stop */
	if (line->port == 0)
		line->byte_time = 10 * US_PER_S / (speed > 0 ? speed : 9600);
}

void
serve_format(struct serve_line *line, int64_t speed, int parity)
{
	line->speed = speed;
	line->parity = parity;
	if (speed > 0)
		line->byte_time = (10 + (parity > 0)) * US_PER_S / speed;
}

static const struct { int64_t speed; speed_t code; } speeds[] = {
	{ 300, B300 }, { 600, B600 }, { 1200, B1200 }, { 2400, B2400 }, { 4800, B4800 },
	{ 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 },
	{ 115200, B115200 }, { 230400, B230400 },
};

static bool
runs_at(const struct termios *tio, int64_t speed)
{
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
		if (speeds[i].speed == speed)
			return cfgetospeed(tio) == speeds[i].code;
	return false;
}

static int
parity_of(const struct termios *tio)
{
	if (!(tio->c_cflag & PARENB) && !(tio->c_iflag & INPCK))
		return 0;
	return tio->c_cflag & PARODD ? 2 : 1;
}

/* Whether the other end of a pty is set as the instruments are. */
static bool
understood(const struct serve_line *line)
{
	struct termios tio;

	if (line->slave < 0 || tcgetattr(line->slave, &tio) != 0)
		return true;
	return (line->speed == 0 || runs_at(&tio, line->speed)) &&
	    (line->parity < 0 || parity_of(&tio) == line->parity);
}

static void
caller_gone(struct caller *c)
{
	close(c->fd);
	c->fd = -1;
	c->n = 0;
	c->visit++;
}

static void
hold_back(struct serve *s, struct caller *to, int64_t due, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &s->pending[i];

		if (p->to != NULL)
			continue;
		p->to = to;
		p->visit = to->visit;
		p->due = due;
		p->n = n;
		memcpy(p->bytes, bytes, n);
		return;
	}
}

/* An answer that its caller does not take at once is lost, as on a wire. */
static void
release(struct serve *s, int64_t now)
{
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &s->pending[i];

		if (p->to == NULL || now < p->due)
			continue;
		if (p->to->fd >= 0 && p->to->visit == p->visit &&
		    write(p->to->fd, p->bytes, p->n) < 0 && errno == EPIPE)
			caller_gone(p->to);
		p->to = NULL;
	}
}

static void
answer(struct serve *s, struct serve_line *line, struct caller *c, size_t len, int64_t now)
{
	uint8_t bytes[ANSWER_MAX];
	int64_t late;
	size_t n = bench_answer(&line->bench, c->in, len, now - s->started, bytes, &late);

	if (n > 0)
		hold_back(s, c, now + late + line->byte_time * (int64_t)n, bytes, n);
	c->n -= len;
	memmove(c->in, c->in + len, c->n);
}

/* What a receiver at another speed makes of a line: long runs of equal bits.
 * No function code is among these bytes, so that no frame can be found in them. */
static void
answer_garbage(struct serve *s, struct serve_line *line, struct caller *c, int64_t now)
{
	static const uint8_t runs[] = { 0xff, 0xfe, 0xf8, 0xe0, 0x80, 0x00 };
	uint8_t bytes[ANSWER_MAX];

	for (size_t i = 0; i < c->n; i++)
		bytes[i] = runs[c->in[i] % sizeof(runs)];
	hold_back(s, c, now + line->byte_time * (int64_t)c->n, bytes, c->n);
	c->n = 0;
}

/* Bytes of the TCP frame at the start of what was heard; 0: not all there. */
static size_t
tcp_frame(struct caller *c)
{
	size_t len;

	if (c->n < TCP_HEAD)
		return 0;
	len = TCP_HEAD + (size_t)(c->in[4] << 8 | c->in[5]);
	if (c->in[2] != 0 || c->in[3] != 0 || len < TCP_HEAD + 2 || len > sizeof(c->in)) {
		caller_gone(c);		/* this speaks something else */
		return 0;
	}
	return c->n >= len ? len : 0;
}

/* The same on a serial line; an unknown function ends with silence. */
static size_t
rtu_frame(const struct caller *c)
{
	size_t len = 0;

	if (c->n < 2)
		return 0;
	if ((c->in[1] >= 1 && c->in[1] <= 6) || c->in[1] == 8)
		len = 8;
	else if ((c->in[1] == 15 || c->in[1] == 16) && c->n >= 7)
		len = 9U + c->in[6];
	else if (c->in[1] == 17)
		len = 4;
	else if (c->in[1] == 22)
		len = 10;
	else if (c->in[1] == 23 && c->n >= 11)
		len = 13U + c->in[10];
	else if (c->in[1] == 43)
		len = 7;
	return len > 0 && c->n >= len && len <= sizeof(c->in) ? len : 0;
}

/* The same of meters: what is no frame is dropped. */
static size_t
meter_frame(const struct serve_line *line, struct caller *c)
{
	size_t noise, len = metered_frame(line->bench.meter, c->in, c->n, &noise);

	c->n -= noise;
	memmove(c->in, c->in + noise, c->n);
	return len;
}

static size_t
frame_of(const struct serve_line *line, struct caller *c)
{
	switch (line->bench.framing) {
	case FRAMING_TCP:
		return tcp_frame(c);
	case FRAMING_RTU:
		return rtu_frame(c);
	case FRAMING_METER:
		break;
	}
	return meter_frame(line, c);
}

static void
frames(struct serve *s, struct serve_line *line, struct caller *c, int64_t now)
{
	size_t len;

	if (!understood(line))
		return;
	while (c->fd >= 0 && (len = frame_of(line, c)) > 0)
		answer(s, line, c, len, now);
}

/* What came before a silence is a frame, or noise. */
static void
silence(struct serve *s, struct serve_line *line, int64_t now)
{
	struct caller *c = &line->callers[0];

	if (line->bench.framing == FRAMING_TCP || line->port != 0 || c->n == 0 ||
	    now - c->heard < RTU_SILENCE)
		return;
	if (line->bench.framing == FRAMING_METER && understood(line))
		return;			/* a part of a frame */
	if (understood(line))
		answer(s, line, c, c->n, now);
	else
		answer_garbage(s, line, c, now);
}

static void
hear(struct serve *s, struct serve_line *line, struct caller *c, int64_t now)
{
	ssize_t n = read(c->fd, c->in + c->n, sizeof(c->in) - c->n);

	if (n > 0) {
		c->n += (size_t)n;
		c->heard = now;
		if (bench_refuses(&line->bench, now - s->started))
			c->n = 0;
		frames(s, line, c, now);
		if (c->n == sizeof(c->in))	/* nothing but noise is so long */
			c->n = 0;
		return;
	}
	if ((line->port != 0 || line->calls != 0) &&
	    (n == 0 || (errno != EAGAIN && errno != EINTR)))
		caller_gone(c);
}

static void
welcome(struct serve_line *line)
{
	int yes = 1;
	int fd = accept4(line->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	for (size_t i = 0; fd < SELECT_LIMIT && i < CALLERS_MAX; i++) {
		if (line->callers[i].fd >= 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
		line->callers[i].fd = fd;
		return;
	}
	close(fd);
}

/* Opens and shuts the port as the scripts say. */
static void
door(struct serve *s, struct serve_line *line, int64_t now)
{
	bool refuses = bench_refuses(&line->bench, now - s->started);

	if (line->port == 0 || refuses == (line->listener < 0))
		return;
	if (!refuses) {
		line_listen(line);
		return;
	}
	close(line->listener);
	line->listener = -1;
	for (size_t i = 0; i < CALLERS_MAX; i++)
		if (line->callers[i].fd >= 0)
			caller_gone(&line->callers[i]);
}

static int64_t
next_moment(const struct serve *s, int64_t now, int64_t deadline)
{
	int64_t at = now + TURN;

	for (size_t i = 0; i < PENDING_MAX; i++)
		if (s->pending[i].to != NULL && s->pending[i].due < at)
			at = s->pending[i].due;
	for (size_t i = 0; i < s->n; i++)
		if (s->lines[i].port == 0 && s->lines[i].callers[0].n > 0)
			at = now + RTU_SILENCE / 2 < at ? now + RTU_SILENCE / 2 : at;
	return deadline < at ? deadline : at;
}

/* Who stands behind each descriptor of one turn. */
struct ear {
	struct serve_line	*line;
	struct caller		*caller;	/* NULL: the listener */
};

#define EARS_MAX	(LINES_MAX * (CALLERS_MAX + 1))

static size_t
ears_of(struct serve *s, struct pollfd *fds, struct ear *ears)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct serve_line *line = &s->lines[i];

		if (line->listener >= 0) {
			fds[n] = (struct pollfd){ .fd = line->listener, .events = POLLIN };
			ears[n++] = (struct ear){ line, NULL };
		}
		for (size_t k = 0; k < CALLERS_MAX; k++) {
			if (line->callers[k].fd < 0)
				continue;
			fds[n] = (struct pollfd){ .fd = line->callers[k].fd, .events = POLLIN };
			ears[n++] = (struct ear){ line, &line->callers[k] };
		}
	}
	return n;
}

static void
turn(struct serve *s, const struct clock *clock, int64_t deadline)
{
	struct pollfd fds[EARS_MAX];
	struct ear ears[EARS_MAX];
	size_t n = ears_of(s, fds, ears);
	int64_t now = clock->mono();
	int64_t wait = next_moment(s, now, deadline) - now;
	struct timespec ts = { .tv_nsec = wait > 0 ? wait * 1000 : 0 };

	if (ppoll(fds, n, &ts, NULL) < 0)
		n = 0;
	now = clock->mono();
	for (size_t i = 0; i < n; i++) {
		if (fds[i].revents == 0)
			continue;
		if (ears[i].caller == NULL)
			welcome(ears[i].line);
		else if (ears[i].caller->fd == fds[i].fd)
			hear(s, ears[i].line, ears[i].caller, now);
	}
	release(s, now);
	for (size_t i = 0; i < s->n; i++) {
		dialler_turn(&s->lines[i], now);
		silence(s, &s->lines[i], now);
		door(s, &s->lines[i], now);
	}
}

void
serve_run(struct serve *s, const struct clock *clock, int64_t deadline,
    volatile sig_atomic_t *stop)
{
	if (s->started == 0)
		s->started = clock->mono();
	while (!*stop && clock->mono() < deadline)
		turn(s, clock, deadline);
}

void
serve_leave(struct serve *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct serve_line *line = &s->lines[i];

		for (size_t k = 0; k < CALLERS_MAX; k++)
			if (line->callers[k].fd >= 0)
				caller_gone(&line->callers[k]);
		if (line->listener >= 0)
			close(line->listener);
		if (line->slave >= 0)
			close(line->slave);
		line->listener = line->slave = -1;
	}
}

void
serve_close(struct serve *s)
{
	serve_leave(s);
	for (size_t i = 0; i < s->n; i++) {
		struct serve_line *line = &s->lines[i];

		if (line->link[0] != '\0')
			unlink(line->link);
		bench_close(&line->bench);
	}
}
