#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include "../clock.h"
#include "modem_line.h"

#define SAY_LIMIT	5000	/* ms: for a line that takes nothing */

static const struct { int64_t speed; speed_t code; } speeds[] = {
	{ 1200, B1200 }, { 2400, B2400 }, { 4800, B4800 }, { 9600, B9600 },
	{ 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 },
	{ 230400, B230400 }, { 460800, B460800 }, { 921600, B921600 },
};

static const speed_t *
code_of(int64_t speed)
{
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
		if (speeds[i].speed == speed)
			return &speeds[i].code;
	return NULL;
}

int
modem_line_speed(int64_t speed)
{
	return code_of(speed) != NULL ? 0 : -1;
}

static int
set_up(int fd, int64_t speed)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return -1;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	cfsetspeed(&t, *code_of(speed));
	if (tcsetattr(fd, TCSANOW, &t) < 0)
		return -1;
	return tcflush(fd, TCIOFLUSH);
}

int
modem_line_open(const char *path, int64_t speed, char *why, size_t n)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		snprintf(why, n, "cannot open %.100s: %s", path, strerrordesc_np(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		snprintf(why, n, "%.100s is in use by another program", path);
	else if (set_up(fd, speed) < 0)
		snprintf(why, n, "%.100s: %s", path, errno == ENOTTY ?
		    "not a serial line" : strerrordesc_np(errno));
	else
		return fd;
	close(fd);
	return -1;
}

ssize_t
modem_line_hear(int fd, const int wakes[MODEM_WAKES], int64_t us, uint8_t *to, size_t n)
{
	struct pollfd fds[1 + MODEM_WAKES] = { { .fd = fd, .events = POLLIN } };
	int64_t ms = us > 0 ? (us + 999) / 1000 : 0;
	ssize_t got;

	for (int i = 0; i < MODEM_WAKES; i++)
		fds[1 + i] = (struct pollfd){ .fd = wakes[i], .events = POLLIN };
	if (poll(fds, 1 + MODEM_WAKES, ms < 60000 ? (int)ms : 60000) < 0)
		return errno == EINTR ? 0 : -1;
	if (fds[0].revents == 0)
		return 0;
	got = read(fd, to, n);
	if (got < 0 && errno == EAGAIN)
		return 0;
	if (got == 0)			/* it was pulled out */
		errno = ENODEV;
	return got > 0 ? got : -1;
}

int
modem_line_say(int fd, const uint8_t *bytes, size_t n)
{
	int64_t until = system_clock.mono() + SAY_LIMIT * 1000LL;

	while (n > 0) {
		struct pollfd room = { .fd = fd, .events = POLLOUT };
		ssize_t k = write(fd, bytes, n);

		if (k > 0) {
			bytes += k;
			n -= (size_t)k;
		} else if (k < 0 && errno != EAGAIN && errno != EINTR) {
			return -1;
		} else if (system_clock.mono() > until) {
			errno = ETIMEDOUT;
			return -1;
		} else {
			poll(&room, 1, 100);
		}
	}
	return 0;
}
