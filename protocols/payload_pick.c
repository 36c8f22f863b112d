#include <math.h>
#include <string.h>

#include "payload.h"

static bool
number(const char **text, size_t most, size_t *to)
{
	const char *at = *text;

	for (*to = 0; *at >= '0' && *at <= '9' && *to <= most; at++)
		*to = *to * 10 + (size_t)(*at - '0');
	if (at == *text || *to > most)
		return false;
	*text = at;
	return true;
}

bool
payload_place(const char *text, struct payload_place *p)
{
	size_t bits, bit;

	*p = (struct payload_place){ .bit = -1 };
	if (!number(&text, 65535, &p->at) || *text++ != ':' || strchr("uif", *text) == NULL ||
	    *text == '\0')
		return false;
	p->kind = *text++;
	if (!number(&text, 64, &bits) || bits % 8 != 0 || bits == 0 ||
	    (p->kind == 'f' && bits != 32 && bits != 64))
		return false;
	p->bits = (unsigned)bits;
	if (strncmp(text, "le", 2) == 0) {
		p->little = true;
		text += 2;
	}
	if (*text == '.') {
		text++;
		if (p->kind != 'u' || !number(&text, bits - 1, &bit))
			return false;
		p->bit = (int)bit;
	}
	return *text == '\0';
}

static uint64_t
bits_at(const struct payload_place *p, const uint8_t *bytes)
{
	size_t n = p->bits / 8;
	uint64_t u = 0;

	for (size_t i = 0; i < n; i++)
		u = u << 8 | bytes[p->at + (p->little ? n - 1 - i : i)];
	return u;
}

static double
real_of(const struct payload_place *p, uint64_t u)
{
	uint32_t half = (uint32_t)u;
	double d;
	float f;

	if (p->bits == 64) {
		memcpy(&d, &u, sizeof(d));
		return d;
	}
	memcpy(&f, &half, sizeof(f));
	return (double)f;
}

/* False: the bytes end before it. */
static bool
look_in(const struct payload_place *p, const uint8_t *bytes, size_t n, struct push *to)
{
	uint64_t u;

	if (n < p->at || n - p->at < p->bits / 8)
		return false;
	u = bits_at(p, bytes);
	to->kind = PUSH_NUMBER;
	if (p->bit >= 0) {
		to->kind = PUSH_BOOL;
		to->number = (double)(u >> p->bit & 1);
	} else if (p->kind == 'f') {
		to->number = real_of(p, u);
		to->kind = isfinite(to->number) ? PUSH_NUMBER : PUSH_NONE;
	} else if (p->kind == 'i') {
		to->number = (double)((int64_t)(u << (64 - p->bits)) >> (64 - p->bits));
	} else {
		to->number = (double)u;
	}
	return true;
}

/* The name of a value for who has this unit; NULL: it is another's. */
static const char *
name_for(const struct payload *p, const struct payload_value *v, const char *unit)
{
	const char *key = v->push.key;
	size_t n = strlen(unit);

	if (strncmp(key, unit, n) != 0)
		return NULL;
	if (n == 0 && key[v->own] != '\0' && key[0] != '/')
		n = v->own;
	if (key[n] == '#')
		return key + n;
	return key[n] != '\0' ? key + n : p->path;
}

/* One value of bytes for each key that looks into them. */
static size_t
look(const struct payload_want *w, const struct payload_value *v, const char *name,
    struct push *to, size_t room)
{
	size_t len = strlen(name), n = 0;

	for (size_t i = 0; i < w->nkeys && n < room; i++) {
		const char *key = w->keys[i];
		struct payload_place place;

		if (strncmp(key, name, len) != 0 || key[len] != '#' ||
		    !payload_place(key + len + 1, &place))
			continue;
		to[n] = v->push;
		to[n].key = key;
		n += look_in(&place, v->bytes, v->n, &to[n]);
	}
	return n;
}

size_t
payload_pick(const struct payload *p, const struct payload_want *w, struct push *to,
    size_t room)
{
	size_t n = 0;

	for (const struct payload_value *v = p->first; v != NULL && n < room; v = v->next) {
		const char *name = name_for(p, v, w->unit);

		if (name == NULL)
			continue;
		if (v->bytes != NULL) {
			n += look(w, v, name, to + n, room - n);
			continue;
		}
		to[n] = v->push;
		to[n++].key = name;
	}
	return n;
}

bool
payload_dated(const struct payload *p, int64_t latest, int64_t *last)
{
	*last = 0;
	for (const struct payload_value *v = p->first; v != NULL; v = v->next) {
		if (!v->dated || v->push.time > latest)
			return false;
		*last = v->push.time != 0 ? v->push.time : *last;
	}
	return *last != 0;
}

const char *
payload_says(const struct payload *p, const char *unit)
{
	const char *name = NULL;

	for (const struct payload_value *v = p->first; v != NULL && name == NULL; v = v->next)
		name = name_for(p, v, unit);
	return name;
}
