#include <errno.h>
#include <fcntl.h>
#include <modbus/modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "../clock.h"
#include "../log.h"
#include "../room.h"
#include "link.h"

/* Unix98 pseudo terminals: majors 136 to 143.  They take any frame format and
 * keep 8N. */
#define PTY_FIRST	136
#define PTY_LAST	143

struct serial {
	modbus_t	*line;		/* made once, opened again and again */
	int		 lock;		/* -1, or our own descriptor of the line */
	bool		 said_format;	/* the notice about a pseudo terminal */
};

static const struct { int64_t speed; speed_t code; } speeds[] = {
	{ 110, B110 }, { 300, B300 }, { 600, B600 }, { 1200, B1200 }, { 2400, B2400 },
	{ 4800, B4800 }, { 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 },
	{ 57600, B57600 }, { 115200, B115200 }, { 230400, B230400 }, { 460800, B460800 },
	{ 500000, B500000 }, { 576000, B576000 }, { 921600, B921600 },
	{ 1000000, B1000000 }, { 1152000, B1152000 }, { 1500000, B1500000 },
	{ 2000000, B2000000 }, { 2500000, B2500000 }, { 3000000, B3000000 },
	{ 3500000, B3500000 }, { 4000000, B4000000 },
};

static const char *const parities[] = { "none", "even", "odd", NULL };
static const char parity_letters[] = "NEO";

static const struct key keys[] = {
	{ .name = "path", .type = KEY_STRING, .offset = offsetof(struct link_conf, path),
	  .example = "\"/dev/ttyS1\"",
	  .help = "Device file of the line, as /dev/ttyS1 or one of /dev/serial/by-id." },
	{ .name = "speed", .type = KEY_INT, .offset = offsetof(struct link_conf, speed),
	  .fallback = "9600", .min = 110, .max = 4000000, .help = "Bits a second." },
	{ .name = "data_bits", .type = KEY_INT, .offset = offsetof(struct link_conf, data_bits),
	  .fallback = "8", .min = 7, .max = 8, .help = "Bits of a character." },
	{ .name = "parity", .type = KEY_CHOICE, .offset = offsetof(struct link_conf, parity),
	  .fallback = "none", .names = parities, .help = "Parity bit of a character." },
	{ .name = "stop_bits", .type = KEY_INT, .offset = offsetof(struct link_conf, stop_bits),
	  .fallback = "1", .min = 1, .max = 2, .help = "Stop bits of a character." },
	{ .name = "guard", .type = KEY_SPAN, .offset = offsetof(struct link_conf, guard),
	  .fallback = "50ms", .min = 0, .max = 1e6,
	  .help = "Pause between an answer and the next question; 0 for the 3.5 characters." },
	{ .name = "echo", .type = KEY_BOOL, .offset = offsetof(struct link_conf, echo),
	  .fallback = "false", .help = "The line gives back what we send." },
	{ .name = "rs485", .type = KEY_BOOL, .offset = offsetof(struct link_conf, rs485),
	  .fallback = "false", .help = "The driver has to switch the transmitter on and off." },
	{ 0 }
};

static const struct link_words told[] = {
	{ ENOENT, ERR_("no such device") },
	{ ENXIO, ERR_("no such device") },
	{ ENODEV, ERR_("no such device") },
	{ EACCES, ERR_("permission denied: the user must be in the group of the device") },
	{ EBUSY, ERR_("in use by another program") },
	{ EWOULDBLOCK, ERR_("in use by another program") },
	{ ENOTTY, ERR_("not a serial line") },
	{ EIO, ERR_("gone: unplugged or hung up") },
	{ 0 }
};

static const char *
words(int error)
{
	return link_words(told, error);
}

static int
fail(struct link *link, const char *what)
{
	return link_fail(link, "%s: %s", link->conf->path, what);
}

static void
down(struct link *link, const char *what, int64_t now)
{
	char why[sizeof(link->why)];

	snprintf(why, sizeof(why), "%s: %s", link->conf->path, what);
	link_is_down(link, why, now);
}

static const speed_t *
code_of(int64_t speed)
{
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
		if (speeds[i].speed == speed)
			return &speeds[i].code;
	return NULL;
}

static int64_t
speed_of(speed_t code)
{
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
		if (speeds[i].code == code)
			return speeds[i].speed;
	return 0;
}

static int
serial_check(const struct link_conf *conf, struct errs *errs)
{
	if (conf->path[0] == '\0')
		return err_add(errs, conf->place.file, conf->place.line,
		    "%s: path is empty", conf->name);
	if (code_of(conf->speed) != NULL)
		return 0;
	return err_add(errs, conf->place.file, conf->place.line,
	    "%s: no serial line runs at %lld bits a second", conf->name,
	    (long long)conf->speed);
}

/* Our own descriptor comes first: a line that another program holds is left
 * with the settings it has. */
static int
lock(struct link *link, struct serial *serial)
{
	int fd = open(link->conf->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return fail(link, words(errno));
	if (!isatty(fd)) {
		close(fd);
		return fail(link, words(ENOTTY));
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		close(fd);
		return fail(link, words(errno));
	}
	serial->lock = fd;
	return 0;
}

static bool
is_pty(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && major(st.st_rdev) >= PTY_FIRST &&
	    major(st.st_rdev) <= PTY_LAST;
}

static bool
format_holds(const struct link_conf *conf, const struct termios *tio)
{
	tcflag_t want = conf->data_bits == 7 ? CS7 : CS8;

	if (conf->parity != 0)
		want |= PARENB;
	if (conf->parity == 2)
		want |= PARODD;
	if (conf->stop_bits == 2)
		want |= CSTOPB;
	return (tio->c_cflag & (CSIZE | PARENB | PARODD | CSTOPB)) == want;
}

/* What the driver made of the settings: libmodbus takes 9600 for a speed that
 * it does not know, and a driver may refuse silently. */
static int
read_back(struct link *link, struct serial *serial, int fd)
{
	const struct link_conf *conf = link->conf;
	struct termios tio;

	if (tcgetattr(fd, &tio) < 0)
		return fail(link, words(errno));
	if (speed_of(cfgetospeed(&tio)) != conf->speed)
		return link_fail(link, "%s: runs at %lld bits a second instead of %lld",
		    conf->path, (long long)speed_of(cfgetospeed(&tio)), (long long)conf->speed);
	if (format_holds(conf, &tio))
		return 0;
	if (!is_pty(fd))
		return link_fail(link, "%s: the driver does not do %lld%c%lld", conf->path,
		    (long long)conf->data_bits, parity_letters[conf->parity],
		    (long long)conf->stop_bits);
	if (!serial->said_format)
		log_info("%s: %s: a pseudo terminal: the frame format means nothing here",
		    conf->name, conf->path);
	serial->said_format = true;
	return 0;
}

static int
set_up(struct link *link, struct serial *serial)
{
	int fd;

	if (modbus_connect(serial->line) < 0)
		return fail(link, words(errno));
	fd = modbus_get_socket(serial->line);
	if (read_back(link, serial, fd) < 0)
		return -1;
	if (link->conf->rs485 &&
	    modbus_rtu_set_serial_mode(serial->line, MODBUS_RTU_RS485) < 0)
		return link_fail(link, "%s: the driver knows no RS-485 mode: %s",
		    link->conf->path, words(errno));
	/* Who is not root is refused from now on; flock keeps our own kind out. */
	ioctl(fd, TIOCEXCL);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	/* What came before we listened answers nothing that we asked. */
	tcflush(fd, TCIOFLUSH);
	link->source.fd = fd;
	return loop_add(link->loop, &link->source, EPOLLIN) == 0 ? 0 : fail(link, words(errno));
}

/* A close waits for output that does not leave (30 s by default), so there is
 * none.  libmodbus gives the line its old settings back. */
static void
release(struct link *link)
{
	struct serial *serial = link->kind_data;
	int fd = modbus_get_socket(serial->line);

	if (link->source.fd >= 0)
		loop_remove(link->loop, &link->source);
	link->source.fd = -1;
	if (fd >= 0) {
		tcflush(fd, TCIOFLUSH);
		ioctl(fd, TIOCNXCL);
	}
	modbus_close(serial->line);
	if (serial->lock >= 0)
		close(serial->lock);
	serial->lock = -1;
}

static void
ready(struct source *source, uint32_t events, int64_t now)
{
	struct link *link = owner_of(source, struct link, source);
	uint8_t bytes[512];
	ssize_t n = read(source->fd, bytes, sizeof(bytes));

	if (n > 0)
		link_heard(link, bytes, (size_t)n, now);
	else if (n == 0 || events & (EPOLLHUP | EPOLLERR))
		down(link, words(EIO), now);
	else if (errno != EAGAIN && errno != EINTR)
		down(link, words(errno), now);
}

static int
make(struct link *link)
{
	const struct link_conf *conf = link->conf;
	modbus_t *line = modbus_new_rtu(conf->path, (int)conf->speed,
	    parity_letters[conf->parity], (int)conf->data_bits, (int)conf->stop_bits);
	struct serial *serial;

	if (line == NULL)
		return fail(link, words(errno));
	serial = room_for(1, sizeof(*serial));
	serial->line = line;
	serial->lock = -1;
	link->kind_data = serial;
	link->source.ready = ready;
	return 0;
}

static int
serial_open(struct link *link, int64_t now)
{
	struct serial *serial;

	if (link->conf->path[0] == '\0')
		return fail(link, words(ENOENT));
	if (code_of(link->conf->speed) == NULL)
		return link_fail(link, "%s: no serial line runs at %lld bits a second",
		    link->conf->path, (long long)link->conf->speed);
	if (link->kind_data == NULL && make(link) < 0)
		return -1;
	serial = link->kind_data;
	if (lock(link, serial) < 0)
		return -1;
	if (set_up(link, serial) < 0) {
		release(link);
		return -1;
	}
	link_is_up(link, now);
	return 0;
}

static void
serial_close(struct link *link)
{
	release(link);
}

/* The driver keeps 4 KiB: a frame that does not fit says that the line has
 * stopped sending. */
static int
serial_send(struct link *link, const uint8_t *bytes, size_t n)
{
	ssize_t sent = write(link->source.fd, bytes, n);

	if (sent == (ssize_t)n)
		return 0;
	if (sent >= 0 || errno == EAGAIN)
		return fail(link, "nothing leaves the line any more");
	return fail(link, words(errno));
}

static void
serial_forget(struct link *link)
{
	struct serial *serial = link->kind_data;

	if (serial == NULL)
		return;
	modbus_free(serial->line);
	free(serial);
}

const struct link_kind link_serial = {
	.name = "serial",
	.proto = "modbus-rtu",
	.keys = keys,
	/* to try costs nothing, and a plugged-in adapter should be back soon */
	.backoff_max = 5 * US_PER_S,
	.check = serial_check,
	.open = serial_open,
	.close = serial_close,
	.send = serial_send,
	.forget = serial_forget,
};
