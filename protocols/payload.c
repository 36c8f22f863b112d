#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lwm2m.h"
#include "number.h"
#include "payload.h"
#include "senml.h"

#define EXACT	9007199254740992	/* 2^53: a double holds all up to here */

struct maker {
	struct payload		*p;
	struct payload_value	*last;
};

static struct payload_value *
add(struct maker *m, const char *key, size_t own)
{
	struct payload_value *v = arena_alloc(m->p->arena, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->push.key = key;
	v->own = own;
	if (m->last != NULL)
		m->last->next = v;
	else
		m->p->first = v;
	m->last = v;
	return v;
}

static int
refuse(struct payload *p, const char *why)
{
	snprintf(p->why, sizeof(p->why), "%s", why);
	p->first = NULL;
	return -1;
}

static int
too_large(struct payload *p)
{
	return refuse(p, "the message is too large");
}

/* An integer that a double would round goes as text. */
static bool
put_whole(struct payload *p, int64_t whole, struct push *push)
{
	char text[NUMBER_TEXT];

	if (whole <= EXACT && whole >= -EXACT) {
		push->kind = PUSH_NUMBER;
		push->number = (double)whole;
		return true;
	}
	push->kind = PUSH_TEXT;
	push->text = arena_text(p->arena, text, number_int(whole, text));
	return push->text != NULL;
}

static void
put_number(double number, double times, struct push *push)
{
	push->kind = isfinite(number) ? PUSH_NUMBER : PUSH_NONE;
	push->number = isfinite(number) ? number * times : 0;
}

static bool
put_record(struct payload *p, const struct senml_record *r, double times,
    struct payload_value *v)
{
	if (r->kind == SENML_WHOLE && times == 1)
		return put_whole(p, r->whole, &v->push);
	if (r->kind == SENML_WHOLE || r->kind == SENML_NUMBER)
		put_number(r->number, times, &v->push);
	else if (r->kind == SENML_BOOL) {
		v->push.kind = PUSH_BOOL;
		v->push.number = r->truth;
	} else if (r->kind == SENML_TEXT) {
		v->push.kind = PUSH_TEXT;
		v->push.text = (const char *)r->bytes;
	} else {
		v->bytes = r->bytes;
		v->n = r->len;
	}
	return true;
}

static bool
put_sum(struct maker *m, const struct senml_record *r)
{
	size_t n = strlen(r->name);
	char key[SENML_NAME_MAX + 8];
	const char *kept;
	struct payload_value *v;

	snprintf(key, sizeof(key), "%s#sum", r->name);
	kept = arena_text(m->p->arena, key, n + 4);
	v = kept != NULL ? add(m, kept, r->own) : NULL;
	if (v == NULL)
		return false;
	put_number(r->sum, 1, &v->push);
	v->push.time = r->time;
	v->dated = r->dated;
	return true;
}

static bool
take_record(struct maker *m, const struct senml_record *r)
{
	double times = 1;
	const char *unit = r->unit[0] != '\0' ? senml_unit(r->unit, &times) : NULL;
	struct payload_value *v;

	if (r->has_sum && !put_sum(m, r))
		return false;
	if (r->kind == SENML_SUM)
		return true;
	v = add(m, r->name, r->own);
	if (v == NULL || !put_record(m->p, r, unit != NULL ? times : 1, v))
		return false;
	v->push.unit = unit != NULL ? unit : r->unit[0] != '\0' ? r->unit : NULL;
	v->push.time = r->time;
	v->dated = r->dated;
	return true;
}

static int
read_senml(struct payload *p, bool cbor, const uint8_t *bytes, size_t n, int64_t now)
{
	struct maker m = { .p = p };
	struct senml pack;
	int rc = cbor ? senml_cbor(&pack, bytes, n, now, p->arena) :
	    senml_json(&pack, bytes, n, now, p->arena);

	if (rc < 0)
		return refuse(p, pack.why);
	for (const struct senml_record *r = pack.first; r != NULL; r = r->next)
		if (!take_record(&m, r))
			return too_large(p);
	return 0;
}

static bool
is_text(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] < ' ' && bytes[i] != '\t' && bytes[i] != '\r' && bytes[i] != '\n')
			return false;
	return true;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int
read_text(struct payload *p, const uint8_t *bytes, size_t n)
{
	struct maker m = { .p = p };
	struct payload_value *v;

	if (!is_text(bytes, n))
		return refuse(p, "it is no text");
	while (n > 0 && is_blank(bytes[n - 1]))
		n--;
	for (; n > 0 && is_blank(bytes[0]); bytes++)
		n--;
	if (n == 0)
		return refuse(p, "it is empty");
	v = add(&m, p->path, 0);
	if (v == NULL || (v->push.text = arena_text(p->arena, (const char *)bytes, n)) == NULL)
		return too_large(p);
	v->push.kind = PUSH_TEXT;
	return 0;
}

static int
read_octets(struct payload *p, const uint8_t *bytes, size_t n)
{
	struct maker m = { .p = p };
	struct payload_value *v = n > 0 ? add(&m, p->path, 0) : NULL;

	if (v == NULL)
		return n > 0 ? too_large(p) : refuse(p, "it is empty");
	v->bytes = (const uint8_t *)arena_text(p->arena, (const char *)bytes, n);
	v->n = n;
	return v->bytes != NULL ? 0 : too_large(p);
}

/* What is of no known type may be laid out by whoever wants it. */
static bool
take_tlv(struct maker *m, const struct lwm2m_tlv *tlv)
{
	const struct lwm2m_resource *r = lwm2m_resource(tlv->path.ids[0], tlv->path.ids[2]);
	enum lwm2m_type type = r != NULL ? r->type : LWM2M_UNKNOWN;
	char text[LWM2M_PATH_TEXT];
	const char *key;
	struct payload_value *v;

	lwm2m_path_text(&tlv->path, text);
	key = arena_text(m->p->arena, text, strlen(text));
	v = key != NULL ? add(m, key, 0) : NULL;
	if (v == NULL)
		return false;
	v->bytes = (const uint8_t *)arena_text(m->p->arena, (const char *)tlv->bytes, tlv->n);
	v->n = tlv->n;
	if (v->bytes == NULL)
		return false;
	if (type == LWM2M_TEXT) {
		v->push.kind = PUSH_TEXT;
		v->push.text = (const char *)v->bytes;
		v->bytes = NULL;
	} else if (lwm2m_number(type, tlv->bytes, tlv->n, &v->push.number)) {
		put_number(v->push.number, 1, &v->push);
		v->push.kind = v->push.kind == PUSH_NUMBER && type == LWM2M_BOOLEAN ? PUSH_BOOL :
		    v->push.kind;
		v->push.unit = r->unit;
		v->bytes = NULL;
	}
	return true;
}

static int
read_tlv(struct payload *p, const uint8_t *bytes, size_t n)
{
	struct maker m = { .p = p };
	struct lwm2m_path path;
	struct lwm2m_reader r;
	struct lwm2m_tlv tlv;
	int got;

	if (!lwm2m_path(p->path, &path))
		return refuse(p, "TLV at a path that is none of LwM2M");
	lwm2m_begin(&r, &path, bytes, n);
	while ((got = lwm2m_next(&r, &tlv)) > 0)
		if (!take_tlv(&m, &tlv))
			return too_large(p);
	if (got < 0)
		return refuse(p, "it is no TLV");
	return m.last != NULL ? 0 : refuse(p, "it is empty");
}

/* Paths of LwM2M in one way of writing, whatever they were written like. */
static const char *
path_of(const char *path, struct arena *arena)
{
	struct lwm2m_path numbers;
	char text[LWM2M_PATH_TEXT];

	if (lwm2m_path(path, &numbers))
		return arena_text(arena, text, strlen(lwm2m_path_text(&numbers, text)));
	return arena_text(arena, path, strlen(path));
}

/* Bytes where nobody said what they are: text if they can be some, but not where
 * LwM2M has bytes. */
static int
read_unsaid(struct payload *p, const uint8_t *bytes, size_t n)
{
	struct lwm2m_path path;
	bool binary = lwm2m_path(p->path, &path) && path.ids[0] == LWM2M_BINARY;

	return !binary && is_text(bytes, n) ? read_text(p, bytes, n) : read_octets(p, bytes, n);
}

static int
read_as(struct payload *p, int format, const uint8_t *bytes, size_t n, int64_t now)
{
	switch (format) {
	case PAYLOAD_JSON:
	case PAYLOAD_SENML_JSON:
		return read_senml(p, false, bytes, n, now);
	case PAYLOAD_CBOR:
	case PAYLOAD_SENML_CBOR:
		return read_senml(p, true, bytes, n, now);
	case PAYLOAD_TEXT:
		return read_text(p, bytes, n);
	case PAYLOAD_OCTETS:
		return read_octets(p, bytes, n);
	case PAYLOAD_TLV:
		return read_tlv(p, bytes, n);
	case PAYLOAD_UNSAID:
		return read_unsaid(p, bytes, n);
	}
	return 1;
}

/* Of all that an instance has, what its unit is of. */
static bool
measured(const char *resource)
{
	return strncmp(resource, "56", 2) == 0 || strncmp(resource, "57", 2) == 0;
}

/* What one resource says of the others of its instance. */
static void
apply(struct payload *p, const char *instance, size_t len, uint16_t resource,
    const struct push *said)
{
	double times = 1;
	const char *unit = said->kind == PUSH_TEXT ? senml_unit(said->text, &times) : NULL;

	for (const struct payload_value *i = p->first; i != NULL; i = i->next) {
		struct payload_value *v = (struct payload_value *)i;
		struct push *push = &v->push;

		v->dated |= push == said && resource == LWM2M_STAMP;
		if (push == said || strncmp(push->key, instance, len) != 0)
			continue;
		if (resource == LWM2M_STAMP && push->time == 0) {
			push->time = (int64_t)(said->number * 1000);
			v->dated = true;
		} else if (resource == LWM2M_QUALITY) {
			push->mark = "D";
		} else if (resource == LWM2M_UNIT && push->unit == NULL &&
		    push->kind == PUSH_NUMBER && measured(push->key + len)) {
			push->unit = unit != NULL ? unit : said->text;
			push->number *= times;
		}
	}
}

#define SAYING_MAX	32	/* of a message: all else would be work for nothing */

static void
tell_each_other(struct payload *p)
{
	int left = SAYING_MAX;

	for (const struct payload_value *v = p->first; v != NULL && left > 0; v = v->next) {
		const struct push *said = &v->push;
		const char *end = strrchr(said->key, '/');
		struct lwm2m_path path;
		bool number = said->kind == PUSH_NUMBER;

		if (end == NULL || !lwm2m_path(said->key, &path) || path.n != 3)
			continue;
		if ((path.ids[2] == LWM2M_STAMP && number && said->number > 0 &&
		    said->number < 253402300800.0) ||
		    (path.ids[2] == LWM2M_QUALITY && number &&
		    (said->number == 1 || said->number == 2)) ||
		    (path.ids[2] == LWM2M_UNIT && said->kind == PUSH_TEXT)) {
			apply(p, said->key, (size_t)(end - said->key) + 1, path.ids[2], said);
			left--;
		}
	}
}

enum payload_verdict
payload_read(struct payload *p, int format, const char *path, const uint8_t *bytes, size_t n,
    int64_t now, struct arena *arena)
{
	int rc;

	*p = (struct payload){ .arena = arena };
	p->path = path_of(path, arena);
	rc = p->path != NULL ? read_as(p, format, bytes, n, now) : too_large(p);
	if (rc > 0) {
		snprintf(p->why, sizeof(p->why), "content format %d is not read", format);
		return PAYLOAD_UNREADABLE;
	}
	if (rc < 0)
		return PAYLOAD_UNSOUND;
	tell_each_other(p);
	return PAYLOAD_READ;
}
