#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "senml_own.h"

#define VERSION_MAX		10		/* of RFC 8428 */
#define RELATIVE	268435456.0	/* 2^28: times below are relative to now */
#define LAST_SECOND	253402300799.0	/* of the year 9999 */

#define FIELD(name, label, type)	{ #name, label, SENML_IS_##type, \
	offsetof(struct senml_wire, name) }

static const struct senml_field fields[] = {
	FIELD(bver, -1, FIGURE), FIELD(bn, -2, TEXT), FIELD(bt, -3, FIGURE),
	FIELD(bu, -4, TEXT), FIELD(bv, -5, FIGURE), FIELD(bs, -6, FIGURE),
	FIELD(n, 0, TEXT), FIELD(u, 1, TEXT), FIELD(v, 2, FIGURE), FIELD(vs, 3, TEXT),
	FIELD(vb, 4, FLAG), FIELD(s, 5, FIGURE), FIELD(t, 6, FIGURE), FIELD(ut, 7, FIGURE),
	FIELD(vd, 8, DATA),
};

#define FIELDS	(sizeof(fields) / sizeof(fields[0]))

const struct senml_field *
senml_field(const char *name, size_t n)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (strlen(fields[i].name) == n && memcmp(fields[i].name, name, n) == 0)
			return &fields[i];
	return NULL;
}

const struct senml_field *
senml_label(int64_t label)
{
	for (size_t i = 0; i < FIELDS; i++)
		if (fields[i].label == label)
			return &fields[i];
	return NULL;
}

bool
senml_must_know(const char *name, size_t n)
{
	return n > 0 && name[n - 1] == '_';
}

int
senml_refuse(struct senml_pack *p, const char *fmt, ...)
{
	size_t n = 0;
	va_list args;

	if (p->at > 0)
		n = (size_t)snprintf(p->to->why, sizeof(p->to->why), "record %zu: ", p->at);
	va_start(args, fmt);
	vsnprintf(p->to->why + n, sizeof(p->to->why) - n, fmt, args);
	va_end(args);
	p->to->first = NULL;
	p->to->n = 0;
	return -1;
}

void
senml_begin(struct senml_pack *p, struct senml *to, int64_t now, struct arena *arena)
{
	*to = (struct senml){ .first = NULL };
	*p = (struct senml_pack){ .to = to, .arena = arena, .now = now, .bn = "", .bu = "" };
}

static int
no_room(struct senml_pack *p)
{
	return senml_refuse(p, "the pack is too large");
}

/* NULL: no room, which was said. */
static const char *
keep(struct senml_pack *p, const struct senml_text *text)
{
	const char *kept = arena_text(p->arena, text->at, text->len);

	if (kept == NULL)
		no_room(p);
	return kept;
}

/* Whole seconds are an int64 in the pack, but a version is small. */
static int
take_version(struct senml_pack *p, const struct senml_figure *bver)
{
	if (!bver->is_whole || bver->whole < 1)
		return senml_refuse(p, "bver is no positive whole number");
	if (bver->whole > VERSION_MAX)
		return senml_refuse(p, "bver %lld: only versions up to %d are read",
		    (long long)bver->whole, VERSION_MAX);
	if (p->bver.given && p->bver.whole != bver->whole)
		return senml_refuse(p, "bver differs from that of a record before");
	p->bver = *bver;
	return 0;
}

static int
take_bases(struct senml_pack *p, const struct senml_wire *w)
{
	if (w->bver.given && take_version(p, &w->bver) < 0)
		return -1;
	if (w->bn.at != NULL && (p->bn = keep(p, &w->bn)) == NULL)
		return -1;
	if (w->bu.at != NULL && (p->bu = keep(p, &w->bu)) == NULL)
		return -1;
	if (w->bt.given)
		p->bt = w->bt.d;
	if (w->bv.given)
		p->bv = w->bv;
	if (w->bs.given)
		p->bs = w->bs;
	return 0;
}

/* RFC 8428 §4.5.1, and a slash in front, which the paths of LwM2M have. */
static bool
name_is_good(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = name[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9');

		if (!plain && c != '/' && (i == 0 || strchr("-:._", c) == NULL || c == '\0'))
			return false;
	}
	return true;
}

static int
take_name(struct senml_pack *p, const struct senml_wire *w, struct senml_record *r)
{
	size_t base = strlen(p->bn), own = w->n.at != NULL ? w->n.len : 0;
	char *name;

	if (base + own > SENML_NAME_MAX)
		return senml_refuse(p, "a name of more than %d bytes", SENML_NAME_MAX);
	name = arena_alloc(p->arena, base + own + 1);
	if (name == NULL)
		return no_room(p);
	memcpy(name, p->bn, base);
	if (own > 0)
		memcpy(name + base, w->n.at, own);
	if (!name_is_good(name, base + own))
		return senml_refuse(p, "a name is of letters, digits and - : . / _, of which "
		    "only / may be the first");
	r->name = name;
	r->own = own > 0 ? base : 0;
	return 0;
}

/* To the millisecond; what is relative counts from now. */
static int
take_time(struct senml_pack *p, const struct senml_wire *w, struct senml_record *r)
{
	double t = p->bt + (w->t.given ? w->t.d : 0), ms;

	if (t == 0)
		return 0;
	ms = t >= RELATIVE ? t * 1000 : (double)p->now + t * 1000;
	if (!(ms >= 1) || ms > LAST_SECOND * 1000)
		return senml_refuse(p, "a time that is none");
	r->time = llround(ms);
	r->dated = t >= RELATIVE;
	return 0;
}

static void
take_number(const struct senml_pack *p, const struct senml_figure *v, struct senml_record *r)
{
	const struct senml_figure none = { .is_whole = true };
	const struct senml_figure *base = p->bv.given ? &p->bv : &none;

	v = v->given ? v : &none;
	r->number = base->d + v->d;
	r->kind = SENML_NUMBER;
	if (base->is_whole && v->is_whole &&
	    !__builtin_add_overflow(base->whole, v->whole, &r->whole))
		r->kind = SENML_WHOLE;
}

static int
take_bytes(struct senml_pack *p, const struct senml_text *from, enum senml_kind kind,
    struct senml_record *r)
{
	r->kind = kind;
	r->len = from->len;
	r->bytes = (const uint8_t *)keep(p, from);
	return r->bytes != NULL ? 0 : -1;
}

static int
take_value(struct senml_pack *p, const struct senml_wire *w, struct senml_record *r)
{
	int values = w->v.given + (w->vs.at != NULL) + w->vb.given + (w->vd.at != NULL);

	if (values > 1)
		return senml_refuse(p, "it has %d values", values);
	r->kind = SENML_SUM;
	r->has_sum = w->s.given || p->bs.given;
	r->sum = r->has_sum ? p->bs.d + w->s.d : 0;
	if (w->vs.at != NULL)
		return take_bytes(p, &w->vs, SENML_TEXT, r);
	if (w->vd.at != NULL)
		return take_bytes(p, &w->vd, SENML_DATA, r);
	if (w->vb.given) {
		r->kind = SENML_BOOL;
		r->truth = w->vb.is;
		r->number = r->truth;
	} else if (w->v.given || p->bv.given) {
		take_number(p, &w->v, r);
	}
	return 0;
}

/* One of base fields alone says nothing by itself. */
static bool
is_bare(const struct senml_wire *w)
{
	return w->n.at == NULL && w->u.at == NULL && w->vs.at == NULL && w->vd.at == NULL &&
	    !w->v.given && !w->vb.given && !w->s.given && !w->t.given && !w->ut.given;
}

int
senml_add(struct senml_pack *p, const struct senml_wire *w)
{
	const struct senml_text *u = &w->u;
	struct senml_record *r;

	if (take_bases(p, w) < 0)
		return -1;
	if (isnan(w->bt.d + w->bv.d + w->bs.d + w->s.d + w->t.d + w->ut.d))
		return senml_refuse(p, "not a number, in another field than v");
	if (is_bare(w))
		return 0;
	r = arena_alloc(p->arena, sizeof(*r));
	if (r == NULL)
		return no_room(p);
	if (take_value(p, w, r) < 0 || take_time(p, w, r) < 0)
		return -1;
	if (r->kind == SENML_SUM && !r->has_sum)
		return 0;
	if (take_name(p, w, r) < 0)
		return -1;
	r->unit = u->at != NULL ? keep(p, u) : p->bu;
	if (r->unit == NULL)
		return -1;
	r->update = w->ut.given && w->ut.d > 0 ? w->ut.d : 0;
	if (p->last != NULL)
		p->last->next = r;
	else
		p->to->first = r;
	p->last = r;
	p->to->n++;
	return 0;
}

int
senml_end(struct senml_pack *p)
{
	p->at = 0;
	return p->to->n > 0 ? 0 : senml_refuse(p, "no record has a value");
}
