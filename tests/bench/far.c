#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "../../protocols/crc.h"
#include "far.h"
#include "stand.h"

#define EVENTS		64
#define LISTENER	(UINT64_C(1) << 32)

double
far_draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

static void
watch(struct far *far, int fd, uint64_t what)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = what };

	NEED(epoll_ctl(far->epoll, EPOLL_CTL_ADD, fd, &ev) == 0);
}

static void
open_port(struct far *far, struct far_channel *c)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);

	c->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	NEED(bind(c->listener, (struct sockaddr *)&a, n) == 0 && listen(c->listener, 4) == 0);
	NEED(getsockname(c->listener, (struct sockaddr *)&a, &n) == 0);
	c->port = ntohs(a.sin_port);
	watch(far, c->listener, LISTENER | c->number);
}

static void
open_pty(struct far *far, struct far_channel *c)
{
	struct termios tio;
	int other;

	c->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	NEED(c->fd >= 0 && grantpt(c->fd) == 0 && unlockpt(c->fd) == 0);
	NEED(ptsname_r(c->fd, c->path, sizeof(c->path)) == 0);
	/* kept open: without anybody there the master says nothing but "hung up" */
	other = open(c->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	NEED(other >= 0 && tcgetattr(other, &tio) == 0);
	cfmakeraw(&tio);
	NEED(tcsetattr(other, TCSANOW, &tio) == 0);
	c->listener = other;
	watch(far, c->fd, c->number);
}

static bool
calls(enum far_kind kind)
{
	return kind == FAR_TCP_CALLS || kind == FAR_RTU_CALLS;
}

/* Has it the frames of Modbus TCP? */
static bool
has_head(const struct far_channel *c)
{
	return c->kind == FAR_TCP || c->kind == FAR_TCP_CALLS;
}

void
far_open(struct far *far, size_t n, enum far_kind (*kind_of)(size_t i))
{
	far->channels = calloc(n, sizeof(*far->channels));
	far->nchannels = n;
	far->next = calloc(n, sizeof(*far->next));
	far->epoll = epoll_create1(EPOLL_CLOEXEC);
	NEED(far->channels != NULL && far->next != NULL && far->epoll >= 0);
	for (size_t i = 0; i < n; i++) {
		struct far_channel *c = &far->channels[i];

		far->next[i] = INT64_MAX;
		*c = (struct far_channel){ .kind = kind_of(i), .number = i, .fd = -1,
		    .listener = -1 };
		if (c->kind == FAR_RTU_PTY)
			open_pty(far, c);
		else if (!calls(c->kind))
			open_port(far, c);
	}
}

static void
accept_one(struct far *far, struct far_channel *c)
{
	int fd = accept4(c->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;

	NEED(fd >= 0);
	if (c->fd >= 0)
		close(c->fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->fd = fd;
	c->got = 0;
	memset(c->pending, 0, sizeof(c->pending));
	watch(far, fd, c->number);
}

/* Head and tail of the frame around the registers, which stand where they will. */
static void
frame(struct far_answer *a, const struct far_channel *c, const struct far_ask *ask)
{
	uint8_t bytes = (uint8_t)(2 * ask->count);
	uint16_t crc;

	if (has_head(c)) {
		memcpy(a->frame, c->in, 8);
		a->frame[5] = (uint8_t)(3 + bytes);
		a->frame[8] = bytes;
		a->n = (uint16_t)(9 + bytes);
		return;
	}
	a->frame[0] = ask->unit;
	a->frame[1] = 3;
	a->frame[2] = bytes;
	crc = crc16_modbus(a->frame, 3U + bytes);
	a->frame[3 + bytes] = (uint8_t)crc;
	a->frame[4 + bytes] = (uint8_t)(crc >> 8);
	a->n = (uint16_t)(5 + bytes);
}

static struct far_answer *
room(struct far_channel *c)
{
	for (size_t i = 0; i < FAR_PENDING; i++)
		if (c->pending[i].due == 0)
			return &c->pending[i];
	NEED(!"room for one more answer");
	return NULL;
}

static void
question(struct far *far, struct far_channel *c)
{
	const uint8_t *pdu = c->in + (has_head(c) ? 7 : 1);
	struct far_ask ask = {
		.heard = mono_us(), .unit = pdu[-1], .ordinal = c->asked,
		.first = (uint16_t)(pdu[1] << 8 | pdu[2]),
		.count = (uint16_t)(pdu[3] << 8 | pdu[4]),
	};
	struct far_answer *a = room(c);

	if (pdu[0] != 3 || ask.count > 120 ||
	    (!has_head(c) && crc16_modbus(c->in, 8) != 0)) {
		far->broken++;
		return;
	}
	c->asked++;
	far->asked++;
	a->ordinal = ask.ordinal;
	a->due = far->answer(far, c, &ask, a->frame + (has_head(c) ? 9 : 3));
	frame(a, c, &ask);
	if (a->due < far->next[c->number])
		far->next[c->number] = a->due;
}

static void
hear(struct far *far, struct far_channel *c)
{
	size_t whole = has_head(c) ? 12 : 8;
	ssize_t n = read(c->fd, c->in + c->got, sizeof(c->in) - c->got);

	if (n <= 0 && c->kind != FAR_RTU_PTY && (n == 0 || errno != EAGAIN)) {
		close(c->fd);
		c->fd = -1;
		c->closed++;
		return;
	}
	c->got += n > 0 ? (size_t)n : 0;
	while (c->got >= whole) {
		question(far, c);
		c->got -= whole;
		memmove(c->in, c->in + whole, c->got);
	}
}

/* What is due on this channel goes; returns when the next is (mono us). */
static int64_t
send_answers(struct far *far, struct far_channel *c, int64_t now)
{
	int64_t next = INT64_MAX;

	for (struct far_answer *a = c->pending; a < c->pending + FAR_PENDING; a++) {
		if (a->due == 0)
			continue;
		if (a->due > now) {
			next = a->due < next ? a->due : next;
			continue;
		}
		if (c->fd >= 0 && write(c->fd, a->frame, a->n) == a->n && far->sent != NULL)
			far->sent(far, c, a->ordinal);
		a->due = 0;
	}
	return next;
}

static int64_t
send_due(struct far *far, int64_t now)
{
	int64_t next = now + 100000;

	for (size_t i = 0; i < far->nchannels; i++) {
		if (far->next[i] <= now)
			far->next[i] = send_answers(far, &far->channels[i], now);
		next = far->next[i] < next ? far->next[i] : next;
	}
	return next;
}

static void *
serve(void *arg)
{
	struct far *far = arg;
	struct epoll_event ev[EVENTS];
	int64_t next = mono_us();

	prctl(PR_SET_TIMERSLACK, 1);
	while (!far->stop) {
		int64_t left = next - mono_us();
		const struct timespec ts = { .tv_nsec = left > 0 ? left * 1000 : 0 };
		int n = epoll_pwait2(far->epoll, ev, EVENTS, &ts, NULL);

		NEED(n >= 0 || errno == EINTR);
		for (int i = 0; i < n; i++) {
			struct far_channel *c = &far->channels[ev[i].data.u64 & UINT32_MAX];

			if (ev[i].data.u64 & LISTENER)
				accept_one(far, c);
			else if (c->fd >= 0)
				hear(far, c);
		}
		next = send_due(far, mono_us());
	}
	return NULL;
}

void
far_start(struct far *far)
{
	NEED(pthread_create(&far->thread, NULL, serve, far) == 0);
}

void
far_stop(struct far *far)
{
	far->stop = true;
	pthread_join(far->thread, NULL);
	for (size_t i = 0; i < far->nchannels; i++) {
		if (far->channels[i].fd >= 0)
			close(far->channels[i].fd);
		if (far->channels[i].listener >= 0)
			close(far->channels[i].listener);
	}
	close(far->epoll);
	free(far->channels);
	free(far->next);
}

/* A control socket is open a moment before the ports are. */
static int
call(uint16_t port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = -1, one = 1;

	for (int i = 0; i < 30000; i++, usleep(1000)) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		NEED(fd >= 0);
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
			break;
		close(fd);
		fd = -1;
	}
	NEED(fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

void
far_call(struct far *far, uint16_t port)
{
	char text[32];

	for (size_t i = 0; i < far->nchannels; i++) {
		struct far_channel *c = &far->channels[i];
		int n = snprintf(text, sizeof(text), "LOGIN:%08zu", i);

		if (!calls(c->kind))
			continue;
		c->fd = call(port);
		NEED(send(c->fd, text, (size_t)n, MSG_NOSIGNAL) == n);
		watch(far, c->fd, i);
	}
}

static void
far_link(const struct far_channel *c, FILE *f)
{
	switch (c->kind) {
	case FAR_RTU_PTY:
		fprintf(f, " kind = \"serial\"; path = \"%s\";", c->path);
		break;
	case FAR_TCP:
	case FAR_RTU_TCP:
		fprintf(f, " kind = \"tcp\"; host = \"127.0.0.1\"; port = %u;", c->port);
		break;
	case FAR_TCP_CALLS:
	case FAR_RTU_CALLS:
		fprintf(f, " kind = \"dial\"; listener = \"dtu\"; identity = \"%08zu\";",
		    c->number);
		break;
	}
	fprintf(f, " proto = \"%s\"; }", has_head(c) ? "modbus-tcp" : "modbus-rtu");
}

void
far_links(const struct far *far, const char *settings, FILE *f)
{
	fprintf(f, "links = (\n");
	for (size_t i = 0; i < far->nchannels; i++) {
		fprintf(f, "%s{ name = \"l%zu\"; %s", i > 0 ? ",\n" : "", i, settings);
		far_link(&far->channels[i], f);
	}
	fprintf(f, "\n);\n");
}
