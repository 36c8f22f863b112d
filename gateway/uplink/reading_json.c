#include <math.h>
#include <string.h>

#include "../../devices/basis.h"
#include "../../protocols/json.h"
#include "../../protocols/number.h"
#include "reading_json.h"

#define GATEWAY_MOST	128	/* bytes of its id */

#define PUT(at, literal)	put(at, literal, sizeof(literal) - 1)

#define STREAM_TEXT(name) \
	",\"stream\":\"" name "\",\"kind\":\"reading\",\"device\":\""
#define STREAM(name)	{ STREAM_TEXT(name), sizeof(STREAM_TEXT(name)) - 1 }

static const struct piece {
	const char	*text;
	size_t		 len;
} kinds[] = {
	[STREAM_ALARM] = STREAM("alarm"),
	[STREAM_LIVE] = STREAM("live"),
	[STREAM_BACKFILL] = STREAM("backfill"),
};

static inline uint8_t *
put(uint8_t *at, const char *s, size_t n)
{
	memcpy(at, s, n);
	return at + n;
}

static inline uint8_t *
put_int(uint8_t *at, int64_t i)
{
	return at + number_int(i, (char *)at);
}

/* Those of one poll share it. */
static inline uint8_t *
put_moment(uint8_t *at, struct moment_text *m, int64_t ms)
{
	if (m->len == 0 || m->ms != ms) {
		m->len = number_int(ms, (char *)m->text);
		m->ms = ms;
	}
	memcpy(at, m->text, sizeof(m->text));	/* there is room: the length is fixed */
	return at + m->len;
}

/* A text of the dictionary, eight bytes at a time up to its NUL: more of them
 * follow to the next whole eight.  NULL when it needs escapes. */
static inline uint8_t *
put_name(uint8_t *at, const char *name, size_t room)
{
	for (size_t i = 0; i < room; i += 8) {
		size_t n = json_plain_run(name + i);

		memcpy(at, name + i, 8);
		at += n;
		if (n < 8)
			return name[i + n] == '\0' ? at : NULL;
	}
	return NULL;
}

/* What is left for entry_json is rare, or says more than its value. */
static bool
simple(const struct entry *e)
{
	const struct value *v = &e->reading.value;

	if (e->kind != ENTRY_READING || e->flags != 0 || e->seq > INT64_MAX ||
	    e->reading.age != 0 ||
	    (e->reading.quality.flags & ~QF_CLOCK_UNTRUSTED) != 0)
		return false;
	if (v->kind == VALUE_F32)
		return isfinite(v->f);
	if (v->kind == VALUE_F64)
		return isfinite(v->d);
	return v->kind == VALUE_NONE || v->kind == VALUE_I64;
}

/* Up to the seq.  False: the gateway's id needs escapes. */
static bool
make_head(struct line_parts *p, const struct uplink_env *env)
{
	size_t n = strlen(env->gateway);
	uint8_t *at = p->head;

	p->gateway = env->gateway;
	p->store = env->store;
	p->nhead = 0;
	if (n > GATEWAY_MOST)
		return false;
	at = PUT(at, "{\"gateway\":\"");
	if (!json_copy_plain(at, env->gateway, n))
		return false;
	at = PUT(at + n, "\",\"store\":\"");
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = (uint8_t)"0123456789abcdef"[env->store >> shift & 15];
	at = PUT(at, "\",\"seq\":");
	p->nhead = (size_t)(at - p->head);
	return true;
}

static bool
head_ready(struct line_parts *p, const struct uplink_env *env)
{
	if (p->gateway == env->gateway && p->store == env->store)
		return p->nhead > 0;
	return make_head(p, env);
}

static uint8_t *
put_series(uint8_t *at, const struct series *s)
{
	at = put_name(at, s->device, NAME_MAX_BYTES);
	if (at == NULL)
		return NULL;
	at = PUT(at, "\",\"point\":\"");
	at = put_name(at, s->point, NAME_MAX_BYTES);
	if (at == NULL)
		return NULL;
	if (s->unit[0] != '\0') {
		at = PUT(at, "\",\"unit\":\"");
		at = put_name(at, s->unit, SERIES_WORD);
	}
	if (at != NULL && s->basis != BASIS_NONE) {
		at = PUT(at, "\",\"basis\":\"");
		at = put(at, basis_name(s->basis), strlen(basis_name(s->basis)));
	}
	return at;
}

static uint8_t *
put_value(uint8_t *at, const struct value *v)
{
	if (v->kind == VALUE_NONE)
		return at;
	at = PUT(at, ",\"value\":");
	if (v->kind == VALUE_I64)
		return put_int(at, v->i);
	if (v->kind == VALUE_F32)
		return at + number_real32(v->f, (char *)at);
	return at + number_real(v->d, (char *)at);
}

static inline uint8_t *
put_quality(uint8_t *at, struct quality q)
{
	const char *name;

	if (q.code == Q_GOOD && q.flags == 0)
		return PUT(at, ",\"quality\":\"good\",\"stored\":");
	name = quality_name(q);
	at = PUT(at, ",\"quality\":\"");
	at = put(at, name, strlen(name));
	if (q.flags != 0)			/* it can be this one only */
		return PUT(at, "\",\"flags\":[\"clock-untrusted\"],\"stored\":");
	return PUT(at, "\",\"stored\":");
}

static uint8_t *
put_line(struct line_parts *p, uint8_t *at, const struct entry *e, const struct series *s,
    enum stream stream)
{
	at = put(at, (const char *)p->head, p->nhead);
	at = put_int(at, (int64_t)e->seq);
	at = put(at, kinds[stream].text, kinds[stream].len);
	at = put_series(at, s);
	if (at == NULL)
		return NULL;
	at = PUT(at, "\",\"time\":");
	at = put_moment(at, &p->time, e->reading.time);
	at = put_value(at, &e->reading.value);
	at = put_quality(at, e->reading.quality);
	at = put_moment(at, &p->stored, e->stored);
	return e->clock_trusted ? PUT(at, "}\n") : PUT(at, ",\"clock_trusted\":false}\n");
}

bool
reading_json(struct line_parts *p, struct buf *to, const struct entry *e, enum stream stream,
    const struct uplink_env *env)
{
	const struct series *s;
	uint8_t *end;

	if (to->bad || to->cap - to->len < READING_JSON_ROOM || !simple(e) || !head_ready(p, env))
		return false;
	s = e->reading.series != 0 ? reader_series(env->reader, e->reading.series) : NULL;
	if (s == NULL || s->device[0] == '\0')
		return false;
	end = put_line(p, to->at + to->len, e, s, stream);
	if (end == NULL)
		return false;
	to->len = (size_t)(end - to->at);
	return true;
}
