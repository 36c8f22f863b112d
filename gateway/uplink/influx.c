#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../conf/err.h"
#include "../clock.h"
#include "../log.h"
#include "../secret.h"
#include "aside.h"
#include "entry_json.h"
#include "http.h"
#include "influx_line.h"

#define URL_MAX		1024
#define BATCH		2000		/* entries; a request of some 200 KiB */
#define SLOWLY		(60 * US_PER_S)	/* where a person must do something */
#define HOPELESS	32		/* lines refused alone, and none taken */

/* Where a line of the batch begins, and whether it was refused alone. */
struct line_at {
	size_t	at;
	bool	refused;
};

struct influx {
	const struct uplink_env	*env;
	struct http		*http;
	char			 url[URL_MAX];
	char			*authorization, *password;	/* NULL: none */
	struct buf		 out;		/* the batch in hand */
	struct line_at		*lines;
	size_t			 n;
	struct aside		 aside;
	int64_t			 pause;		/* us, after the last failure */
	/* while a batch is delivered */
	size_t			 taken, refused;	/* lines */
	bool			 about_lines;	/* it said so itself */
	char			 said[100];	/* its words, as they came */
	char			*why;
	size_t			 nwhy;
};

enum answer { ANSWER_TAKEN, ANSWER_REFUSED, ANSWER_FAILED };

static char *
copy_of(const char *a, const char *b)
{
	size_t n = strlen(a) + strlen(b) + 1;
	char *copy = malloc(n);

	if (copy != NULL)
		snprintf(copy, n, "%s%s", a, b);
	return copy;
}

static void
forget(char **secret)
{
	if (*secret != NULL)
		secret_clear(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

static bool
given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* NULL: why is filled. */
static char *
read_secret(const char *written, const char *before, char *why, size_t n)
{
	char secret[SECRET_MAX + 1], path[SECRET_PATH_MAX];
	enum secret_fault fault = secret_read(written, secret, path);
	char *copy = NULL;

	if (fault != SECRET_OK)
		snprintf(why, n, secret_words(fault), path);
	else if ((copy = copy_of(before, secret)) == NULL)
		snprintf(why, n, "no memory");
	secret_clear(secret, sizeof(secret));
	return copy;
}

/* Read again after a refusal, for they may have been changed. */
static int
read_secrets(struct influx *f, char *why, size_t n)
{
	const struct uplink_conf *c = f->env->conf;

	if (given(c->token) && f->authorization == NULL &&
	    (f->authorization = read_secret(c->token, "Token ", why, n)) == NULL)
		return -1;
	if (given(c->password) && f->password == NULL &&
	    (f->password = read_secret(c->password, "", why, n)) == NULL)
		return -1;
	return 0;
}

static bool
is_http(const char *url)
{
	return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

/* http://host:8086 means the /write of v1; a path that is given stands. */
static int
make_url(struct influx *f, char *why, size_t n)
{
	const struct uplink_conf *c = f->env->conf;
	const char *host = strstr(c->url, "://"), *path, *query = strchr(c->url, '?');
	char database[3 * 128 + 1] = "";
	int len;

	if (!is_http(c->url)) {
		snprintf(why, n, "url begins neither with http:// nor with https://");
		return -1;
	}
	path = strchr(host + 3, '/');
	if (given(c->database) && !http_escape(c->database, database, sizeof(database))) {
		snprintf(why, n, "the name of the database is too long");
		return -1;
	}
	len = snprintf(f->url, sizeof(f->url), "%s%s%cprecision=ms%s%s", c->url,
	    path == NULL ? "/write" : path[1] == '\0' ? "write" : "",
	    query == NULL ? '?' : '&', given(c->database) ? "&db=" : "", database);
	if (len < (int)sizeof(f->url))
		return 0;
	snprintf(why, n, "url is too long");
	return -1;
}

/* What stands in every line must not make every line unsayable. */
static int
check_names(struct influx *f, char *why, size_t n)
{
	const struct entry any = { .kind = ENTRY_READING };
	enum line_result result = influx_line(&f->out, &any, f->env);

	f->out.len = 0;
	if (result == LINE_WRITTEN)
		return 0;
	snprintf(why, n, "measurement or the gateway's id cannot be written in line protocol");
	return -1;
}

static void
influx_close(void *self)
{
	struct influx *f = self;

	http_free(f->http);
	forget(&f->authorization);
	forget(&f->password);
	free(f->out.at);
	free(f->lines);
	aside_close(&f->aside);
}

static int
influx_open(void *self, const struct uplink_env *env, char *why, size_t n)
{
	struct influx *f = self;
	const struct uplink_conf *c = env->conf;

	f->env = env;
	f->out.cap = (size_t)c->batch_bytes;
	f->out.at = malloc(f->out.cap);
	f->lines = calloc((size_t)c->batch + 1, sizeof(*f->lines));
	f->http = http_new();
	if (f->out.at == NULL || f->lines == NULL || f->http == NULL ||
	    aside_open(&f->aside, env->disk, c->name) < 0)
		snprintf(why, n, "no memory, or no libcurl");
	else if (make_url(f, why, n) == 0 && read_secrets(f, why, n) == 0 &&
	    check_names(f, why, n) == 0)
		return 0;
	influx_close(f);
	return -1;
}

static enum put_result
taken(struct influx *f, enum line_result result, size_t at)
{
	if (result == LINE_FULL)
		return PUT_FULL;
	if (result == LINE_WRITTEN)
		f->lines[f->n++] = (struct line_at){ .at = at };
	return PUT_TAKEN;
}

static bool
full(const struct influx *f)
{
	return f->n == (size_t)f->env->conf->batch;
}

/* No line can say it: kept aside as JSON. */
static void
set_entry_aside(struct influx *f, const struct entry *e, enum stream stream)
{
	uint8_t room[8192];
	struct buf json = { .at = room, .cap = sizeof(room) };

	if (entry_json(&json, e, stream, f->env))
		json.len--;
	aside_add(&f->aside, "no line of line protocol can say this", json.at, json.len);
}

static enum put_result
influx_put(void *self, const struct entry *e, enum stream stream)
{
	struct influx *f = self;
	size_t at = f->out.len;
	enum line_result result;

	if (!influx_line_has(e))
		return PUT_SKIPPED;
	if (full(f))
		return PUT_FULL;
	result = influx_line(&f->out, e, f->env);
	if (result == LINE_REFUSED)
		set_entry_aside(f, e, stream);
	return taken(f, result, at);
}

static enum put_result
influx_gap(void *self, const struct gap *gap, enum stream stream)
{
	struct influx *f = self;
	size_t at = f->out.len;

	if (full(f))
		return PUT_FULL;
	return taken(f, influx_gap_line(&f->out, gap, stream, f->env, system_clock.wall()), at);
}

static size_t
line_end_at(const struct influx *f, size_t i)
{
	return i < f->n ? f->lines[i].at : f->out.len;
}

static int
post(struct influx *f, size_t from, size_t to, struct http_reply *reply)
{
	const struct uplink_conf *c = f->env->conf;
	size_t at = line_end_at(f, from);
	const struct http_request q = { .url = f->url, .type = "text/plain; charset=utf-8",
	    .authorization = f->authorization, .user = given(c->user) ? c->user : NULL,
	    .password = f->password, .ca = given(c->ca) ? c->ca : NULL, .gzip = c->gzip,
	    .timeout = c->timeout,
	    .body = f->out.at + at, .len = line_end_at(f, to) - at };

	return http_post(f->http, &q, reply, f->why, f->nwhy);
}

/* What each status means and how soon it may be different. */
static const struct status {
	int		 from, to;
	int64_t		 pause;
	bool		 body;		/* its words help: they are shown */
	const char	*words;
} statuses[] = {
	{ 200, 299, SLOWLY, false,
	  ERR_("answers with a page, as a log-in page of a network does") },
	{ 300, 399, SLOWLY, false, ERR_("sends us elsewhere: url must name the last place") },
	{ 401, 401, SLOWLY, false, ERR_("does not know us: user, password or token") },
	{ 403, 403, SLOWLY, false, ERR_("does not let us write") },
	{ 404, 404, SLOWLY, true,  ERR_("has no such database or path") },
	{ 408, 408, 0,      false, ERR_("waited too long for us") },
	{ 429, 429, 0,      false, ERR_("asks us to slow down") },
	{ 503, 503, 0,      false, ERR_("is not ready") },
	{ 500, 599, 0,      false, ERR_("has trouble of its own") },
	{ 0,   999, SLOWLY, true,  ERR_("refuses") },
};

static enum answer
failed(struct influx *f, const struct http_reply *reply)
{
	const struct status *s = statuses;

	while (reply->status < s->from || reply->status > s->to)
		s++;
	f->pause = reply->retry_after > s->pause ? reply->retry_after : s->pause;
	if (s->body && f->said[0] != '\0')
		snprintf(f->why, f->nwhy, "it %s (%d): %s", s->words, reply->status, f->said);
	else
		snprintf(f->why, f->nwhy, "it %s (%d)", s->words, reply->status);
	return ANSWER_FAILED;
}

/* Servers that take the good lines and name what was wrong with others. */
static bool
speaks_of_lines(const char *words)
{
	static const char *const known[] = { "partial write", "unable to parse",
	    "field type conflict", "failed to parse line", "beyond retention policy" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(words, known[i]) != NULL)
			return true;
	return false;
}

/* Only a database says 204; a 2xx with a page comes from something between. */
static enum answer
ask(struct influx *f, size_t from, size_t to)
{
	struct http_reply reply;

	if (post(f, from, to, &reply) < 0)
		return ANSWER_FAILED;
	if (reply.status == 204 || (reply.status / 100 == 2 && reply.len == 0))
		return ANSWER_TAKEN;
	reply.words[strcspn(reply.words, "\r\n")] = '\0';
	snprintf(f->said, sizeof(f->said), "%.99s", reply.words);
	if (reply.status != 400 && reply.status != 413)
		return failed(f, &reply);
	if (reply.status == 413 || speaks_of_lines(reply.words))
		f->about_lines = true;
	return ANSWER_REFUSED;
}

/* One line, refused by itself.  -1: everything seems to be. */
static int
refuse(struct influx *f, size_t i)
{
	const uint8_t *line = f->out.at + f->lines[i].at;
	char safe[2 * sizeof(f->said)];

	log_safe(f->said, safe, sizeof(safe));
	aside_add(&f->aside, safe, line, line_end_at(f, i + 1) - f->lines[i].at - 1);
	f->refused++;
	return !f->about_lines && f->taken == 0 && f->refused >= HOPELESS ? -1 : 0;
}

/* Halves what is refused until the bad lines stand alone.  A half that was
 * taken is never sent again.  -1: it cannot be delivered now. */
static int
deliver(struct influx *f, size_t from, size_t to)
{
	size_t middle = from + (to - from) / 2;

	switch (ask(f, from, to)) {
	case ANSWER_TAKEN:
		f->taken += to - from;
		return 0;
	case ANSWER_FAILED:
		return -1;
	case ANSWER_REFUSED:
		break;
	}
	if (to - from == 1)
		return refuse(f, from);
	if (deliver(f, from, middle) < 0)
		return -1;
	return deliver(f, middle, to);
}

/* Refusals are final when something of the batch was taken, or the database
 * named a line; else the fault may be ours and nothing is given up. */
static int
settle(struct influx *f)
{
	if (f->refused == 0 || f->taken > 0 || f->about_lines) {
		aside_keep(&f->aside);
		return 0;
	}
	f->pause = SLOWLY;
	snprintf(f->why, f->nwhy, "it refuses every line (400): %s", f->said);
	return -1;
}

static int
influx_send(void *self, char *why, size_t n)
{
	struct influx *f = self;
	int result = 0;

	f->taken = f->refused = 0;
	f->about_lines = false;
	f->said[0] = '\0';
	f->pause = 0;
	f->why = why;
	f->nwhy = n;
	why[0] = '\0';
	if (f->n > 0)
		result = read_secrets(f, why, n);
	if (f->n > 0 && result == 0)
		result = deliver(f, 0, f->n);
	/* given up half-way because all was refused: said below */
	if (result == 0 || (f->refused > 0 && why[0] == '\0'))
		result = settle(f);
	if (result < 0) {
		forget(&f->authorization);
		forget(&f->password);
		aside_forget(&f->aside);
	}
	f->out.len = f->n = 0;
	return result;
}

static int64_t
influx_pause(const void *self)
{
	const struct influx *f = self;

	return f->pause;
}

static uint64_t
influx_refused(const void *self)
{
	const struct influx *f = self;

	return f->aside.count;
}

#define AT(field)	offsetof(struct uplink_conf, field)

static const struct key influx_keys[] = {
	{ .name = "url", .type = KEY_STRING, .offset = AT(url),
	  .help = "http://HOST:8086 or https://...; without a path it is /write." },
	{ .name = "database", .type = KEY_STRING, .offset = AT(database), .fallback = "",
	  .help = "The db of the request; may be absent where url says it all." },
	{ .name = "user", .type = KEY_STRING, .offset = AT(user), .fallback = "",
	  .help = "Of basic authentication." },
	{ .name = "password", .type = KEY_SECRET, .offset = AT(password), .fallback = "",
	  .help = "Of the user: @/path of a file or cred:NAME of a credential." },
	{ .name = "token", .type = KEY_SECRET, .offset = AT(token), .fallback = "",
	  .help = "Sent as \"Authorization: Token ...\"; written like password." },
	{ .name = "ca", .type = KEY_STRING, .offset = AT(ca), .fallback = "",
	  .help = "File of the authorities (PEM) that vouch for an https server." },
	{ .name = "measurement", .type = KEY_STRING, .offset = AT(measurement),
	  .fallback = "tidegate", .help = "What readings are called in the database." },
	{ .name = "gzip", .type = KEY_BOOL, .offset = AT(gzip), .fallback = "true",
	  .help = "Pack requests; a fifth of the bytes." },
	{ .name = "timeout", .type = KEY_SPAN, .offset = AT(timeout), .fallback = "20s",
	  .min = 100e3, .max = 600e6, .help = "For one request, all of it." },
	{ .name = NULL }
};

const struct uplink influx_uplink = {
	.name = "influx",
	.keys = influx_keys,
	.size = sizeof(struct influx),
	.batch = BATCH,
	.open = influx_open,
	.put = influx_put,
	.send = influx_send,
	.close = influx_close,
	.gap = influx_gap,
	.pause = influx_pause,
	.refused = influx_refused,
};
