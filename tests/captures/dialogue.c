#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/span.h"
#include "../../protocols/proto.h"
#include "dialogue.h"

#define START	1000000000	/* us; no session may lean on a clock from 0 */

struct play {
	const struct proto *proto;
	void		*session;
	struct line	 line;
	struct noises	 noises;	/* of it */
	uint8_t		 noise_bytes[NOISES_MAX][80];
	struct out	 out;
	uint8_t		 frame[300];
	size_t		 nframe;	/* of the last one sent */
	int64_t		 now, deadline;
	uint64_t	 cookies;
	char		*text;
	size_t		 used, cap;
};

static void __attribute__((format(printf, 2, 3)))
write_line(struct play *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	p->used += (size_t)vsnprintf(p->text + p->used, p->cap - p->used, fmt, ap);
	va_end(ap);
	if (p->used >= p->cap)
		abort();
}

static void
write_hex(struct play *p, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		write_line(p, "%02x", bytes[i]);
}

static void
write_reply(struct play *p, const struct reply *r)
{
	char span[32];

	write_line(p, "= %llu ", (unsigned long long)r->cookie);
	switch (r->status) {
	case REPLY_OK:
		write_line(p, "ok ");
		write_hex(p, r->data, r->len);
		break;
	case REPLY_EXCEPTION:
		write_line(p, "exception %d", r->exception);
		break;
	case REPLY_TIMEOUT:
		write_line(p, "timeout");
		break;
	case REPLY_LOST:
		write_line(p, "lost");
		break;
	}
	if (r->status != REPLY_TIMEOUT)
		write_line(p, " %s", span_write(r->heard - r->asked, span, sizeof(span)));
	write_line(p, "%s\n", r->after_barrier ? " after barrier" : "");
}

static void
write_sent(struct play *p)
{
	p->nframe = p->out.send.len;
	write_line(p, "> ");
	write_hex(p, p->frame, p->nframe);
	write_line(p, "\n");
}

static void
begin(struct play *p)
{
	out_clear(&p->out, p->frame, sizeof(p->frame));
}

static void
end(struct play *p)
{
	for (size_t i = 0; i < p->out.nreplies; i++)
		write_reply(p, &p->out.replies[i]);
	p->deadline = p->out.deadline;
}

static int
do_proto(struct play *p, char *args)
{
	p->proto = proto_find(args);
	if (p->proto == NULL)
		return -1;
	p->session = aligned_alloc(16, (p->proto->size + 15) / 16 * 16);
	memset(p->session, 0, p->proto->size);
	p->proto->init(p->session, &p->line, p->now);
	return 0;
}

/* Up to a slash or the end; *text is moved there. */
static int
read_hex(char **text, uint8_t *bytes, size_t cap)
{
	unsigned byte;
	size_t n = 0;

	for (;;) {
		while (**text == ' ')
			++*text;
		if (**text == '\0' || **text == '/')
			return (int)n;
		if (n == cap || sscanf(*text, "%2x", &byte) != 1 || (*text)[1] == '\0')
			return -1;
		bytes[n++] = (uint8_t)byte;
		*text += 2;
	}
}

/* noise=4842: the far end puts it wherever it likes. */
static int
add_noise(struct play *p, char *value)
{
	struct noises *to = &p->noises;
	uint8_t *bytes = p->noise_bytes[to->n];
	int n = to->n < NOISES_MAX ? read_hex(&value, bytes, sizeof(p->noise_bytes[0])) : 0;

	if (n <= 0)
		return -1;
	to->of[to->n++] = (struct noise){ .at = bytes, .len = (size_t)n };
	p->line.noises = to;
	return 0;
}

static int
do_line(struct play *p, char *args)
{
	const struct { const char *name; int64_t *at; } keys[] = {
		{ "silence", &p->line.silence }, { "guard", &p->line.guard },
		{ "timeout_min", &p->line.timeout_min },
		{ "timeout_max", &p->line.timeout_max },
		{ "max_late", &p->line.max_late },
	};
	size_t i, n = sizeof(keys) / sizeof(keys[0]);
	char *word, *value, *save;

	for (word = strtok_r(args, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		if ((value = strchr(word, '=')) == NULL)
			return -1;
		*value++ = '\0';
		if (strcmp(word, "echo") == 0) {
			p->line.echo = *value == '1';
			continue;
		}
		if (strcmp(word, "noise") == 0) {
			if (add_noise(p, value) < 0)
				return -1;
			continue;
		}
		if (strcmp(word, "seed") == 0) {
			p->line.seed = (uint32_t)strtoul(value, NULL, 10);
			continue;
		}
		for (i = 0; i < n && strcmp(word, keys[i].name) != 0; i++)
			;
		if (i == n || span_parse(value, keys[i].at) != 0)
			return -1;
	}
	p->proto->init(p->session, &p->line, p->now);
	return 0;
}

/* KEY=VALUE, parted by blanks. */
static int
read_options(char *text, struct ask *ask, uint8_t *payload, size_t cap)
{
	char *word, *save, *value;
	int n;

	for (word = strtok_r(text, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		if ((value = strchr(word, '=')) == NULL)
			return -1;
		*value++ = '\0';
		if (strcmp(word, "payload") == 0) {
			if ((n = read_hex(&value, payload, cap)) < 0)
				return -1;
			ask->payload = payload;
			ask->payload_len = (size_t)n;
		} else if (strcmp(word, "write") == 0) {
			ask->write_number = (uint32_t)strtoul(value, NULL, 10);
		} else if (strcmp(word, "loopback") == 0) {
			ask->loopback = *value == '1';
		} else {
			return -1;
		}
	}
	return 0;
}

static int
do_ask(struct play *p, char *args)
{
	struct ask ask = { .cookie = p->cookies + 1 };
	const char *why;
	char unit[ADDRESS_MAX], span[32];
	uint8_t payload[256];
	int function, number, count, used;

	if (sscanf(args, "%31s %i %i %i%n", unit, &function, &number, &count, &used) != 4 ||
	    p->proto->address(unit, ask.address, &why) != 0 ||
	    read_options(args + used, &ask, payload, sizeof(payload)) != 0)
		return -1;
	ask.function = (uint8_t)function;
	ask.number = (uint32_t)number;
	ask.count = (uint16_t)count;
	if (!p->proto->valid(&ask))
		return -1;
	begin(p);
	if (p->proto->ask(p->session, &ask, p->now, &p->out)) {
		p->cookies++;
		write_sent(p);
	} else {
		write_line(p, "busy until +%s\n",
		    span_write(p->out.deadline - p->now, span, sizeof(span)));
	}
	end(p);
	return 0;
}

static int
do_hear(struct play *p, char *args)
{
	uint8_t bytes[2000], *exact;
	int n;

	for (;;) {
		if ((n = read_hex(&args, bytes, sizeof(bytes))) < 0)
			return -1;
		/* of its own, so that a sanitizer sees reads past its end */
		exact = malloc((size_t)n + 1);
		memcpy(exact, bytes, (size_t)n);
		begin(p);
		p->proto->hear(p->session, exact, (size_t)n, p->now, &p->out);
		end(p);
		free(exact);
		if (*args++ == '\0')
			return 0;
	}
}

static int
do_sent(struct play *p, char *args)
{
	uint8_t bytes[300];
	int n = read_hex(&args, bytes, sizeof(bytes));

	return n == (int)p->nframe && memcmp(bytes, p->frame, p->nframe) == 0 ? 0 : -1;
}

static int
do_pass(struct play *p, char *args)
{
	int64_t span, until;

	if (span_parse(args, &span) != 0)
		return -1;
	until = p->now + span;
	while (p->deadline <= until) {
		if (p->deadline > p->now)
			p->now = p->deadline;
		begin(p);
		p->proto->tick(p->session, p->now, &p->out);
		if (p->out.send.len > 0)
			write_sent(p);
		end(p);
		if (p->deadline <= p->now)
			return -1;	/* a tick that leads nowhere */
	}
	p->now = until;
	return 0;
}

static int
do_up(struct play *p, char *args)
{
	p->proto->init(p->session, &p->line, p->now);
	p->deadline = INT64_MAX;
	return *args == '\0' ? 0 : -1;
}

static int
do_tally(struct play *p, char *args)
{
	const struct tally *t = p->proto->tally(p->session);
	const struct { const char *name; uint64_t n; } rows[] = {
		{ "asked", t->asked }, { "answered", t->answered },
		{ "timeouts", t->timeouts }, { "exceptions", t->exceptions },
		{ "late", t->late }, { "foreign", t->foreign },
		{ "garbled", t->garbled }, { "barriers", t->barriers },
		{ "beats", t->beats },
	};

	write_line(p, "tally");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].n > 0)
			write_line(p, " %s %llu", rows[i].name, (unsigned long long)rows[i].n);
	write_line(p, "\n");
	return *args == '\0' ? 0 : -1;
}

static const struct {
	const char *word;
	int (*play)(struct play *, char *args);
} verbs[] = {
	{ "proto ", do_proto }, { "line ", do_line }, { "ask ", do_ask },
	{ "<", do_hear }, { ">", do_sent }, { "+", do_pass }, { "up", do_up },
	{ "tally", do_tally },
};

static int
play_line(struct play *p, char *line)
{
	char *end_of = line + strlen(line);

	while (end_of > line && (end_of[-1] == ' ' || end_of[-1] == '\t'))
		end_of--;
	*end_of = '\0';
	while (*line == ' ' || *line == '\t')
		line++;
	if (*line == '\0')
		return 0;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strncmp(line, verbs[i].word, strlen(verbs[i].word)) == 0)
			return p->proto == NULL && verbs[i].play != do_proto ? -1 :
			    verbs[i].play(p, line + strlen(verbs[i].word));
	return -1;
}

int
dialogue_play(const char *text, char *out, size_t cap)
{
	struct play p = {
		.now = START, .deadline = INT64_MAX, .text = out, .cap = cap,
		.line = { .timeout_min = 200000, .timeout_max = 1000000, .max_late = 3000000 },
	};
	char line[4096];
	int number = 1, rc = 0;

	*out = '\0';
	for (; *text != '\0' && rc == 0; number++) {
		size_t n = strcspn(text, "#;\n");

		if (n >= sizeof(line))
			abort();
		memcpy(line, text, n);
		line[n] = '\0';
		rc = play_line(&p, line);
		if (text[n] == '#')
			n += strcspn(text + n, "\n");
		text += n + (text[n] != '\0');
	}
	free(p.session);
	return rc == 0 ? 0 : number - 1;
}

void
dialogue_check(const char *name, const char *text, const char *wanted)
{
	char got[8192], flat[9000] = "";
	int bad = dialogue_play(text, got, sizeof(got));
	char *save;

	for (char *l = strtok_r(got, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save)) {
		if (flat[0] != '\0')
			strcat(flat, " | ");
		strcat(flat, l);
	}
	if (bad == 0 && strcmp(flat, wanted) == 0) {
		printf("ok %s\n", name);
		return;
	}
	fflush(stdout);
	fprintf(stderr, "%s: line %d\n got    %s\n wanted %s\n", name, bad, flat, wanted);
	exit(1);
}
