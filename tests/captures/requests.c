#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/uplink/modbus_server.h"
#include "requests.h"

#define ROOM	4096
#define END	2000		/* of the addresses that there are */

struct play {
	struct answerer	*answerer;
	bool		 rtu;
	bool		 ours[256];
	uint8_t		 in[ROOM];
	size_t		 nin;
	uint8_t		 answers[ROOM];
	size_t		 nanswers;
	char		*text;
	size_t		 used, cap;
};

static void __attribute__((format(printf, 2, 3)))
say(struct play *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	p->used += (size_t)vsnprintf(p->text + p->used, p->cap - p->used, fmt, ap);
	va_end(ap);
	if (p->used >= p->cap)
		abort();
}

static bool
is_ours(const void *of, uint8_t unit)
{
	return ((const bool *)of)[unit];
}

static void
say_request(struct play *p, const struct modbus_request *r)
{
	say(p, "%u %u", r->unit, r->function);
	if (r->count > 0)
		say(p, " read %u %u", r->first, r->count);
	if (r->write_count > 0)
		say(p, " write %u:", r->write_first);
	for (size_t i = 0; i < r->write_count; i++)
		say(p, " %u", request_value(r, i));
	if (r->exception != 0)
		say(p, " exception %u", r->exception);
	say(p, "\n");
}

static void
answer(struct play *p, struct modbus_request *r, const uint8_t *frame, size_t n)
{
	uint8_t out[REQUEST_FRAME_MAX];
	size_t len;

	if (r->unit == 0 && p->rtu)
		return;
	if (r->first + r->count > END || r->write_first + r->write_count > END)
		r->exception = EXCEPTION_ADDRESS;
	for (size_t i = 0; r->exception == 0 && i < r->count; i++)
		answerer_room(p->answerer)[i] = (uint16_t)(request_is_bits(r) ?
		    (r->first + i) & 1 : r->first + i);
	len = r->exception != 0 ? answerer_refuse(p->answerer, frame, n, r->exception, out) :
	    answerer_reply(p->answerer, r, frame, n, out);
	if (p->nanswers + len > sizeof(p->answers))
		abort();
	memcpy(p->answers + p->nanswers, out, len);
	p->nanswers += len;
}

/* As many as there are whole.  -1: it is no Modbus. */
static int
take(struct play *p, bool quiet)
{
	struct modbus_request r;
	size_t len;

	while (p->nin > 0) {
		/* of its own, so that a sanitizer sees reads past its end */
		uint8_t *exact = malloc(p->nin);

		memcpy(exact, p->in, p->nin);
		len = p->rtu ? modbus_rtu_request(exact, p->nin, quiet, is_ours, p->ours, &r) :
		    modbus_tcp_request(exact, p->nin, &r);
		if (len != 0 && len != SIZE_MAX) {
			if (r.function == 0)
				say(p, "others\n");
			else {
				say_request(p, &r);
				answer(p, &r, exact, len);
			}
			p->nin -= len;
			memmove(p->in, p->in + len, p->nin);
		}
		free(exact);
		if (len == 0 || (len == SIZE_MAX && p->rtu && !quiet))
			return 0;
		if (len == SIZE_MAX)
			return -1;
	}
	return 0;
}

/* Up to a slash or the end; *text is moved there.  -1: no such bytes. */
static int
read_hex(const char **text, uint8_t *bytes, size_t cap)
{
	unsigned byte;
	size_t n = 0;

	for (;;) {
		*text += strspn(*text, " ");
		if (**text == '\0' || **text == '/')
			return (int)n;
		if (n == cap || sscanf(*text, "%2x", &byte) != 1)
			return -1;
		bytes[n++] = (uint8_t)byte;
		*text += 2;
	}
}

/* libmodbus frames for a line that it has opened. */
static struct answerer *
on_a_terminal(void)
{
	const struct modbus_conf conf = { .speed = 19200, .stop_bits = 1 };
	struct answerer *a = NULL;
	char why[200], name[64];
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	if (fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0 &&
	    ptsname_r(fd, name, sizeof(name)) == 0)
		a = answerer_rtu(&conf, name, why, sizeof(why));
	if (fd >= 0)
		close(fd);
	return a;
}

static int
do_serve(struct play *p, const char *args)
{
	int used;
	unsigned unit;

	if (p->answerer != NULL || (strncmp(args, "tcp", 3) != 0 && strncmp(args, "rtu", 3) != 0))
		return -1;
	p->rtu = args[0] == 'r';
	for (args += 3; sscanf(args, " %u%n", &unit, &used) == 1 && unit < 256; args += used)
		p->ours[unit] = true;
	p->answerer = p->rtu ? on_a_terminal() : answerer_tcp();
	return *args == '\0' && p->answerer != NULL ? 0 : -1;
}

static int
do_hear(struct play *p, const char *args)
{
	int n;

	p->nanswers = 0;
	for (;;) {
		n = read_hex(&args, p->in + p->nin, sizeof(p->in) - p->nin);
		if (n < 0)
			return -1;
		p->nin += (size_t)n;
		if (take(p, false) < 0)
			return -1;
		if (*args++ == '\0')
			return 0;
	}
}

static int
do_answered(struct play *p, const char *args)
{
	uint8_t said[ROOM];
	size_t have = 0;

	for (;;) {
		int n = read_hex(&args, said + have, sizeof(said) - have);

		if (n < 0)
			return -1;
		have += (size_t)n;
		if (*args++ == '\0')
			break;
	}
	return have == p->nanswers && memcmp(said, p->answers, have) == 0 ? 0 : -1;
}

static int
do_pass(struct play *p, const char *args)
{
	(void)args;
	return take(p, true) < 0 || p->nin > 0 ? -1 : 0;
}

static int
do_open(struct play *p, const char *args)
{
	(void)args;
	return p->rtu || p->nin > 0 ? -1 : 0;
}

static const struct {
	const char *word;
	int (*play)(struct play *, const char *args);
} verbs[] = {
	{ "serve ", do_serve }, { "open", do_open }, { "<", do_hear }, { ">", do_answered },
	{ "+", do_pass },
};

static int
play_line(struct play *p, char *line)
{
	line[strcspn(line, "#")] = '\0';
	for (size_t n = strlen(line); n > 0 && line[n - 1] == ' ';)
		line[--n] = '\0';
	if (*line == '\0')
		return 0;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strncmp(line, verbs[i].word, strlen(verbs[i].word)) == 0)
			return p->answerer == NULL && verbs[i].play != do_serve ? -1 :
			    verbs[i].play(p, line + strlen(verbs[i].word));
	return -1;
}

int
requests_play(const char *text, char *out, size_t cap)
{
	struct play p = { .text = out, .cap = cap };
	char line[4096];
	int number = 0, rc = 0;

	*out = '\0';
	while (*text != '\0' && rc == 0) {
		size_t n = strcspn(text, "\n");

		if (n >= sizeof(line))
			abort();
		memcpy(line, text, n);
		line[n] = '\0';
		number++;
		rc = play_line(&p, line);
		text += n + (text[n] != '\0');
	}
	answerer_free(p.answerer);
	return rc == 0 ? 0 : number;
}
