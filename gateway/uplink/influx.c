#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../clock.h"
#include "../log.h"
#include "aside.h"
#include "conflicts.h"
#include "entry_json.h"
#include "influx_cost.h"
#include "influx_line.h"
#include "influx_target.h"
#include "partly.h"

#define BATCH		2000		/* entries; a request of some 200 KiB */
#define HOPELESS	32		/* lines refused alone, and none taken */

struct influx {
	const struct uplink_env	*env;
	struct influx_target	 target;
	struct influx_writer	 writer;
	struct buf		 out;		/* the batch in hand */
	struct buf		 piece;		/* a part of one of its lines */
	struct influx_part	*parts;		/* what was put into it */
	size_t			 n;
	struct aside		 aside;
	struct conflicts	 conflicts;
	struct partly		 partly;
	/* while a batch is delivered */
	size_t			 taken, refused;	/* parts */
	bool			 about_lines;	/* it said so itself */
	char			*why;
	size_t			 nwhy;
};

/* MOSTLY: but for what is too old, which was set aside. */
enum answer { ANSWER_TAKEN, ANSWER_MOSTLY, ANSWER_REFUSED, ANSWER_FAILED };

/* What stands in every line must not make every line unsayable. */
static int
check_names(struct influx *f, char *why, size_t n)
{
	const struct entry any = { .kind = ENTRY_READING };
	struct influx_part part;
	enum line_result result = influx_line(&f->writer, &f->out, &any, &part);

	f->out.len = 0;
	influx_writer_begin(&f->writer);
	if (result == LINE_WRITTEN)
		return 0;
	snprintf(why, n, "a name that all lines have cannot be written in line protocol: "
	    "measurement, tags, field or the gateway's id");
	return -1;
}

static void
influx_close(void *self)
{
	struct influx *f = self;

	http_far_close(&f->target.far);
	influx_writer_close(&f->writer);
	free(f->out.at);
	free(f->piece.at);
	free(f->parts);
	aside_close(&f->aside);
	conflicts_free(&f->conflicts);
	partly_close(&f->partly);
}

static int
influx_open(void *self, const struct uplink_env *env, char *why, size_t n)
{
	struct influx *f = self;
	const struct uplink_conf *c = env->conf;

	f->env = env;
	f->out.cap = (size_t)c->batch_bytes;
	f->out.at = malloc(f->out.cap);
	f->parts = calloc((size_t)c->batch + 1, sizeof(*f->parts));
	influx_writer_open(&f->writer, env);
	partly_open(&f->partly, STREAMS * (size_t)c->batch);
	if (f->out.at == NULL || f->parts == NULL ||
	    aside_open(&f->aside, env->disk, c->name) < 0)
		snprintf(why, n, "no memory");
	else if (target_open(&f->target, influx_conf_of(c), env->meter, why, n) == 0 &&
	    check_names(f, why, n) == 0)
		return 0;
	influx_close(f);
	return -1;
}

static enum put_result
taken(struct influx *f, enum line_result result)
{
	if (result == LINE_FULL)
		return PUT_FULL;
	f->n += result == LINE_WRITTEN;
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

/* A series and which fields it fills, for types are of fields; 0: of no value. */
static uint32_t
what_of(const struct entry *e)
{
	const struct reading *r = &e->reading;
	const struct value *v = &r->value;
	bool wide = (v->kind == VALUE_U64 && v->u > 1ULL << 53) ||
	    (v->kind == VALUE_I64 && (v->i > 1LL << 53 || v->i < -(1LL << 53)));

	if (e->kind != ENTRY_READING || v->kind == VALUE_NONE ||
	    quality_severity(r->quality) == SEVERITY_BAD)
		return 0;
	return r->series << 4 | (uint32_t)wide << 3 | (uint32_t)(v->kind == VALUE_TEXT) << 2 |
	    (uint32_t)(r->quality.flags != 0) << 1 | (r->age != 0);
}

/* Its type was refused before: not asked again. */
static bool
holds_back(struct influx *f, const struct entry *e, uint32_t what)
{
	struct influx_writer apart = f->writer;	/* its line joins no other */
	struct influx_part part;
	uint8_t room[4096];
	struct buf b = { .at = room, .cap = sizeof(room) };

	enum line_result result;

	if (conflicts_look(&f->conflicts, what, system_clock.mono()) != CONFLICT_HOLDS)
		return false;
	influx_writer_begin(&apart);
	result = influx_line(&apart, &b, e, &part);
	f->writer.spare = apart.spare;
	if (result != LINE_WRITTEN)
		return false;
	aside_add(&f->aside, "a field of another type, as it was refused before", b.at, b.len - 1);
	return true;
}

static enum put_result
influx_put(void *self, const struct entry *e, enum stream stream)
{
	struct influx *f = self;
	const uint32_t what = what_of(e);
	enum line_result result;

	if (!influx_line_has(&f->writer, e))
		return PUT_SKIPPED;
	if (full(f))
		return PUT_FULL;
	if (partly_has(&f->partly, e->seq) || holds_back(f, e, what))
		return PUT_TAKEN;
	result = influx_line(&f->writer, &f->out, e, &f->parts[f->n]);
	f->parts[f->n].what = what;
	f->parts[f->n].seq = e->seq;
	if (result == LINE_REFUSED)
		set_entry_aside(f, e, stream);
	if (result == LINE_FULL)	/* the next batch begins with it */
		conflicts_retry(&f->conflicts, what);
	return taken(f, result);
}

static enum put_result
influx_gap(void *self, const struct gap *gap, enum stream stream)
{
	struct influx *f = self;

	if (!influx_line_has_gaps(&f->writer))
		return PUT_SKIPPED;
	if (full(f))
		return PUT_FULL;
	return taken(f, influx_gap_line(&f->writer, &f->out, gap, stream,
	    system_clock.wall(), &f->parts[f->n]));
}

static bool
begins_line(const struct influx *f, size_t i)
{
	return i == 0 || i == f->n || f->parts[i].line != f->parts[i - 1].line;
}

struct text {
	const uint8_t	*at;
	size_t		 n;
};

/* Some of the fields of a line, as a line of its own. */
static struct text
some_of_line(struct influx *f, size_t from, size_t to)
{
	size_t first = from, next = to, end, line = f->parts[from].line;
	struct buf *b = &f->piece;

	while (!begins_line(f, first))
		first--;
	while (!begins_line(f, next))
		next++;
	end = next < f->n ? f->parts[next].line : f->out.len;
	if (b->at == NULL) {
		b->at = malloc(f->out.cap);
		b->cap = b->at != NULL ? f->out.cap : 0;
	}
	b->len = 0;
	b->bad = false;
	buf_putbytes(b, f->out.at + line, f->parts[first].fields - line);
	for (next = end - 1; f->out.at[next - 1] != ' '; )
		next--;			/* the time */
	if (!begins_line(f, to))
		buf_putbytes(b, f->out.at + f->parts[from].fields,
		    f->parts[to].fields - 1 - f->parts[from].fields);
	else
		buf_putbytes(b, f->out.at + f->parts[from].fields,
		    next - 1 - f->parts[from].fields);
	buf_putbytes(b, f->out.at + next - 1, end - next + 1);
	return (struct text){ b->at, b->bad ? 0 : b->len };
}

/* Whole lines, or a part of one. */
static struct text
text_of(struct influx *f, size_t from, size_t to)
{
	size_t at = f->parts[from].line;

	if (!begins_line(f, from) || !begins_line(f, to))
		return some_of_line(f, from, to);
	return (struct text){ f->out.at + at,
	    (to < f->n ? f->parts[to].line : f->out.len) - at };
}

static int
post(struct influx *f, size_t from, size_t to, struct http_reply *reply)
{
	const struct text text = text_of(f, from, to);
	struct http_request q = target_request(&f->target, influx_conf_of(f->env->conf));

	if (text.n == 0) {
		snprintf(f->why, f->nwhy, "no memory");
		return -1;
	}
	q.body = text.at;
	q.len = text.n;
	return http_far_post(&f->target.far, &q, reply, f->why, f->nwhy);
}

/* What is different from others. */
static const struct http_status statuses[] = {
	{ 404, 404, HTTP_SLOWLY, true, ERR_("has no such database or path") },
	{ 0, 0, 0, false, NULL }
};

static enum answer
failed(struct influx *f, const struct http_reply *reply)
{
	http_far_refused(&f->target.far, statuses, reply, f->why, f->nwhy);
	return ANSWER_FAILED;
}

/* Servers that take the good lines and name what was wrong with others. */
static bool
speaks_of_lines(const char *words)
{
	static const char *const known[] = { "partial write", "unable to parse",
	    "field type conflict", "failed to parse line", "parsing failed",
	    "beyond retention policy" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(words, known[i]) != NULL)
			return true;
	return false;
}

/* It has stored the request but for what is older than it keeps, and says how many
 * that is.  To look for them one by one would take two requests each, and live
 * data would wait for it. */
static bool
stored_but_the_old(struct influx *f, size_t from, size_t to, const char *words)
{
	const char *dropped = strstr(words, "dropped=");
	char safe[2 * sizeof(f->target.far.said)];
	struct text line;
	uint64_t n;

	if (strstr(words, "points beyond retention policy") == NULL || dropped == NULL)
		return false;
	n = strtoull(dropped + strlen("dropped="), NULL, 10);
	if (n == 0 || n > to - from)
		return false;
	log_safe(f->target.far.said, safe, sizeof(safe));
	line = text_of(f, from, to);
	aside_add_one_of(&f->aside, n, safe, line.at,
	    (size_t)((const uint8_t *)memchr(line.at, '\n', line.n) - line.at));
	f->about_lines = true;
	f->refused += n;
	return true;
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
	if (reply.status != 400 && reply.status != 413 && reply.status != 422)
		return failed(f, &reply);
	if (stored_but_the_old(f, from, to, reply.words))
		return ANSWER_MOSTLY;
	if (reply.status == 413 || speaks_of_lines(reply.words))
		f->about_lines = true;
	return ANSWER_REFUSED;
}

/* Words that hold for every value with this type. */
static bool
speaks_of_types(const char *words)
{
	return strstr(words, "field type conflict") != NULL ||
	    strstr(words, "invalid column type") != NULL;
}

/* One reading or step, refused by itself.  -1: everything seems to be. */
static int
refuse(struct influx *f, size_t i)
{
	const struct text text = text_of(f, i, i + 1);
	char safe[2 * sizeof(f->target.far.said)];

	log_safe(f->target.far.said, safe, sizeof(safe));
	aside_add(&f->aside, safe, text.at, text.n > 0 ? text.n - 1 : 0);
	if (speaks_of_types(f->target.far.said))
		conflicts_add(&f->conflicts, f->parts[i].what, system_clock.mono());
	f->refused++;
	return !f->about_lines && f->taken == 0 && f->refused >= HOPELESS ? -1 : 0;
}

/* Between lines, unless there is but one. */
static size_t
middle_of(const struct influx *f, size_t from, size_t to)
{
	size_t middle = from + (to - from) / 2, up = middle, down = middle;

	while (up < to && !begins_line(f, up))
		up++;
	while (down > from && !begins_line(f, down))
		down--;
	if (down > from)
		return down;
	return up < to ? up : middle;
}

/* Halves what is refused until the bad ones stand alone.  A half that was
 * taken is never sent again.  -1: it cannot be delivered now. */
static int
deliver(struct influx *f, size_t from, size_t to)
{
	enum answer answer = ask(f, from, to);
	size_t middle;

	switch (answer) {
	case ANSWER_TAKEN:
	case ANSWER_MOSTLY:
		f->taken += to - from;
		for (size_t i = from; i < to; i++) {
			f->parts[i].taken = answer == ANSWER_TAKEN;
			conflicts_settle(&f->conflicts, f->parts[i].what);
		}
		return 0;
	case ANSWER_FAILED:
		return -1;
	case ANSWER_REFUSED:
		break;
	}
	if (to - from == 1)
		return refuse(f, from);
	middle = middle_of(f, from, to);
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
	f->target.far.pause = HTTP_SLOWLY;
	snprintf(f->why, f->nwhy, "it refuses every line (400): %s", f->target.far.said);
	return -1;
}

/* The batch comes again without what was taken of it. */
static void
give_up(struct influx *f)
{
	http_far_forget(&f->target.far);
	aside_forget(&f->aside);
	partly_failed(&f->partly);
	for (size_t i = 0; i < f->n; i++) {
		conflicts_retry(&f->conflicts, f->parts[i].what);
		if (f->parts[i].taken && f->parts[i].seq != 0)
			partly_add(&f->partly, f->parts[i].seq);
	}
}

static int
influx_send(void *self, char *why, size_t n)
{
	struct influx *f = self;
	int result = 0;

	f->taken = f->partly.met;	/* the last time */
	f->refused = 0;
	f->about_lines = false;
	f->target.far.said[0] = '\0';
	f->target.far.pause = 0;
	f->why = why;
	f->nwhy = n;
	why[0] = '\0';
	if (f->n > 0)
		result = http_far_secrets(&f->target.far, why, n);
	if (f->n > 0 && result == 0)
		result = deliver(f, 0, f->n);
	/* given up half-way because all was refused: said below */
	if (result == 0 || (f->refused > 0 && why[0] == '\0'))
		result = settle(f);
	if (result < 0)
		give_up(f);
	else
		partly_delivered(&f->partly);
	f->out.len = f->n = 0;
	influx_writer_begin(&f->writer);
	return result;
}

static int64_t
influx_pause(const void *self)
{
	const struct influx *f = self;

	return f->target.far.pause;
}

static uint64_t
influx_refused(const void *self)
{
	const struct influx *f = self;

	return f->aside.count;
}

const struct uplink influx_uplink = {
	.name = "influx",
	.keys = influx_keys,
	.conf_size = sizeof(struct influx_conf),
	.check = influx_check,
	.size = sizeof(struct influx),
	.batch = BATCH,
	.open = influx_open,
	.put = influx_put,
	.send = influx_send,
	.close = influx_close,
	.gap = influx_gap,
	.pause = influx_pause,
	.refused = influx_refused,
	.cost = influx_cost,
};
