#include <math.h>
#include <string.h>

#include "../../protocols/json.h"
#include "../../protocols/number.h"
#include "reading_json.h"

#define GATEWAY_MOST	128	/* bytes of its id */

#define PUT(at, literal)	put(at, literal, sizeof(literal) - 1)

static inline uint8_t *
put(uint8_t *at, const char *s, size_t n)
{
	memcpy(at, s, n);
	return at + n;
}

/* Text between quotes that are there already; NULL when it needs escapes. */
static inline uint8_t *
put_plain(uint8_t *at, const char *s)
{
	size_t n = strlen(s);

	return json_copy_plain(at, s, n) ? at + n : NULL;
}

static inline uint8_t *
put_int(uint8_t *at, int64_t i)
{
	return at + number_int(i, (char *)at);
}

/* What is left for entry_json is rare, or says more than its value. */
static bool
simple(const struct entry *e)
{
	const struct value *v = &e->reading.value;

	if (e->kind != ENTRY_READING || e->flags != 0 || e->seq > INT64_MAX ||
	    (e->reading.quality.flags & ~QF_CLOCK_UNTRUSTED) != 0)
		return false;
	if (v->kind == VALUE_F32)
		return isfinite(v->f);
	if (v->kind == VALUE_F64)
		return isfinite(v->d);
	return v->kind == VALUE_NONE || v->kind == VALUE_I64;
}

static uint8_t *
put_head(uint8_t *at, const struct uplink_env *env)
{
	at = PUT(at, "{\"gateway\":\"");
	at = put_plain(at, env->gateway);
	if (at == NULL)
		return NULL;
	at = PUT(at, "\",\"store\":\"");
	for (int shift = 60; shift >= 0; shift -= 4)
		*at++ = (uint8_t)"0123456789abcdef"[env->store >> shift & 15];
	return PUT(at, "\",\"seq\":");
}

static uint8_t *
put_series(uint8_t *at, const struct series *s)
{
	at = PUT(at, "\",\"kind\":\"reading\",\"device\":\"");
	at = put_plain(at, s->device);
	if (at == NULL)
		return NULL;
	at = PUT(at, "\",\"point\":\"");
	at = put_plain(at, s->point);
	if (at == NULL)
		return NULL;
	if (s->unit[0] != '\0') {
		at = PUT(at, "\",\"unit\":\"");
		at = put_plain(at, s->unit);
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

static uint8_t *
put_line(uint8_t *at, const struct entry *e, const struct series *s, const char *stream,
    const struct uplink_env *env)
{
	const char *quality = quality_name(e->reading.quality);

	at = put_head(at, env);
	if (at == NULL)
		return NULL;
	at = put_int(at, (int64_t)e->seq);
	at = PUT(at, ",\"stream\":\"");
	at = put(at, stream, strlen(stream));
	at = put_series(at, s);
	if (at == NULL)
		return NULL;
	at = PUT(at, "\",\"time\":");
	at = put_int(at, e->reading.time);
	at = put_value(at, &e->reading.value);
	at = PUT(at, ",\"quality\":\"");
	at = put(at, quality, strlen(quality));
	if (e->reading.quality.flags != 0)	/* it can be this one only */
		at = PUT(at, "\",\"flags\":[\"clock-untrusted\"],\"stored\":");
	else
		at = PUT(at, "\",\"stored\":");
	at = put_int(at, e->stored);
	return e->clock_trusted ? PUT(at, "}\n") : PUT(at, ",\"clock_trusted\":false}\n");
}

bool
reading_json(struct buf *to, const struct entry *e, const char *stream,
    const struct uplink_env *env)
{
	const struct series *s;
	uint8_t *end;

	if (to->bad || to->cap - to->len < READING_JSON_ROOM || !simple(e) ||
	    strnlen(env->gateway, GATEWAY_MOST) == GATEWAY_MOST)
		return false;
	s = e->reading.series != 0 ? reader_series(env->reader, e->reading.series) : NULL;
	if (s == NULL || s->device[0] == '\0')
		return false;
	end = put_line(to->at + to->len, e, s, stream, env);
	if (end == NULL)
		return false;
	to->len = (size_t)(end - to->at);
	return true;
}
