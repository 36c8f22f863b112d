#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../conf/utf8.h"
#include "log.h"

#define LINE_MAX_BYTES	1024	/* below PIPE_BUF: lines of two threads never mix */

static const struct {
	const char *journal, *plain;
} prefix[] = {
	[LOG_LEVEL_ERR] = { "<3>", "err: " },
	[LOG_LEVEL_WARN] = { "<4>", "warn: " },
	[LOG_LEVEL_INFO] = { "<6>", "info: " },
	[LOG_LEVEL_DEBUG] = { "<7>", "debug: " },
};

static enum log_level wanted = LOG_LEVEL_INFO;
static bool to_journal, waits = true;
static _Atomic unsigned long dropped;

/* systemd names device and inode of the stream it gave us, so that a stderr
 * that was redirected meanwhile is not taken for the journal. */
static bool
is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream != NULL && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	    fstat(fd, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

void
log_open(enum log_level level)
{
	wanted = level;
	to_journal = is_journal(STDERR_FILENO);
}

void
log_never_wait(void)
{
	waits = false;
}

/* One message is one line, whatever stands in it. */
static void
flatten(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
}

/* A line is below PIPE_BUF: where there is any room it goes in whole. */
static bool
has_room(void)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return waits || poll(&p, 1, 0) != 0;
}

/* A log that cannot be written must not stop the work. */
static void
write_out(const char *line, size_t n)
{
	while (write(STDERR_FILENO, line, n) < 0 && errno == EINTR)
		;
}

static void
tell_dropped(void)
{
	unsigned long n = atomic_exchange(&dropped, 0);
	char line[100];

	if (n > 0)
		write_out(line, (size_t)snprintf(line, sizeof(line),
		    "%slog: %lu lines are missing here: nobody read them\n", to_journal ?
		    prefix[LOG_LEVEL_WARN].journal : prefix[LOG_LEVEL_WARN].plain, n));
}

static void
put(enum log_level level, const char *fmt, va_list ap)
{
	char line[LINE_MAX_BYTES];
	size_t room = sizeof(line) - 1, at;
	int saved = errno, n;

	if (level > wanted)
		return;
	if (!has_room()) {
		dropped++;
		errno = saved;
		return;
	}
	tell_dropped();
	at = (size_t)snprintf(line, room, "%s",
	    to_journal ? prefix[level].journal : prefix[level].plain);
	n = vsnprintf(line + at, room - at, fmt, ap);
	if (n > 0) {
		bool cut = (size_t)n >= room - at;

		flatten(line + at);
		at += strlen(line + at);
		at = cut ? utf8_span(line, at) : at;
	}
	line[at++] = '\n';
	write_out(line, at);
	errno = saved;
}

#define LOG_FUNCTION(name, level) \
void \
name(const char *fmt, ...) \
{ \
	va_list ap; \
 \
	va_start(ap, fmt); \
	put(level, fmt, ap); \
	va_end(ap); \
}

LOG_FUNCTION(log_err, LOG_LEVEL_ERR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

const char *
log_safe(const char *text, char *buf, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t left = strlen(text), at = 0;

	if (n == 0)
		return "";
	while (left > 0) {
		size_t len;
		uint32_t c = utf8_character(text, left, &len);
		bool plain = !utf8_hidden(c) && c != '\\';
		size_t takes = plain ? len : 4;

		if (at + takes >= n)
			break;
		len = plain ? len : 1;
		if (plain)
			memcpy(buf + at, text, len);
		else
			memcpy(buf + at, (char[]){ '\\', 'x', hex[(uint8_t)*text >> 4],
			    hex[*text & 15] }, 4);
		at += takes;
		text += len;
		left -= len;
	}
	buf[at] = '\0';
	return buf;
}
