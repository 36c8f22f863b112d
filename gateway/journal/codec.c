#include <math.h>

#include "codec.h"
#include "codec_body.h"
#include "varint.h"

/* A tag of a reading: 1zzzzzzz is the next series with the stamp and quality
 * in force and a small step of its value; 01stqvvv says what follows. */
enum {
	EASY		= 0x80,
	READING		= 0x40,
	WITH_SERIES	= 0x20,
	WITH_STAMP	= 0x10,
	WITH_QUALITY	= 0x08,
	VALUE_HOW	= 0x07
};

enum value_how {
	HOW_STEP	= 0,	/* signed step from the last value */
	HOW_FORM	= 1,	/* form, then the value */
	HOW_SAME	= 2,
	HOW_NONE	= 3,
	HOW_RAW		= 4	/* the form of the last one, then its bits */
};

/* Of a value: kind | (decimals + 1) << 4; high half 0: raw. */
#define FORM_KIND	0x0f
#define FORM_RAW(kind)	((uint8_t)(kind))
#define FORM_SCALED(kind, decimals) ((uint8_t)((unsigned)(kind) | ((unsigned)(decimals) + 1) << 4))
#define DECIMALS_MAX	9

#define SAME_STEP	1	/* how due went on by the same step as before */
#define NO_STEP		(-1)	/* of due, whose code this is */

static const double power_of_ten[DECIMALS_MAX + 1] = {
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9
};

void
codec_begin(struct codec *c, const struct block_head *h)
{
	c->seq = h->prev;
	c->boot = h->boot;
	c->base_mono = c->mono = h->mono;
	c->base_wall = c->wall = h->wall;
	c->trusted = h->trusted;
	c->last = (struct reading){ .time = h->wall, .due = h->mono, .mono = h->mono };
	c->step = NO_STEP;
	c->flags = 0;
	c->age = 0;
	c->print = 0;
	c->life = (struct alarm_entry){ .why = NULL };
	c->epoch = (c->epoch + 1) & 0xffffff;
	if (c->epoch == 0) {
		memset(c->known, 0, sizeof(c->known));
		c->epoch = 1;
	}
}

/* The wall clock's reading at mono if nobody has set it since. */
static int64_t
expected_wall(int64_t mono, int64_t from_mono, int64_t from_wall)
{
	return plus(from_wall, minus(mono, from_mono) / 1000);
}

static int64_t
f32_bits(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, 4);
	return bits;
}

static int64_t
f64_bits(double d)
{
	int64_t bits;

	memcpy(&bits, &d, 8);
	return bits;
}

/* The nearest whole number, of two the even one: what is behind the point finds
 * no room in the sum.  The library's way is a call for each value. */
static inline int64_t
nearest(double d)
{
	const double most = 2251799813685248.0, room = 6755399441055744.0;

	return fabs(d) < most ? (int64_t)((d + room) - room) : llrint(d);
}

/* Is the value exactly n / 10^decimals?  Bit by bit: -0 is not 0. */
static bool
scaled(const struct value *v, int decimals, int64_t *n)
{
	double number = v->kind == VALUE_F32 ? (double)v->f : v->d;
	double limit = v->kind == VALUE_F32 ? 1e9 : 9e15, back;

	number *= power_of_ten[decimals];
	if (!(fabs(number) < limit))
		return false;
	*n = nearest(number);
	back = (double)*n / power_of_ten[decimals];
	if (v->kind == VALUE_F32)
		return f32_bits((float)back) == f32_bits(v->f);
	return f64_bits(back) == f64_bits(v->d);
}

/* The form of a float; that of the value before is tried first. */
static uint8_t
float_form(const struct value *v, uint8_t hint, int64_t *n)
{
	int most = v->kind == VALUE_F32 ? 6 : DECIMALS_MAX;

	if ((hint & FORM_KIND) == v->kind && hint >> 4 != 0) {
		if (scaled(v, (hint >> 4) - 1, n))
			return hint;
	} else if (hint == FORM_RAW(v->kind)) {
		most = 0;	/* a noisy sensor: do not search each time */
	}
	for (int d = 0; d <= most; d++)
		if (scaled(v, d, n))
			return FORM_SCALED(v->kind, d);
	*n = v->kind == VALUE_F32 ? f32_bits(v->f) : f64_bits(v->d);
	return FORM_RAW(v->kind);
}

static uint8_t
form_of(const struct value *v, uint8_t hint, int64_t *n)
{
	switch (v->kind) {
	case VALUE_BOOL:
		*n = v->b;
		return FORM_SCALED(VALUE_BOOL, 0);
	case VALUE_I64:
	case VALUE_U64:
		*n = v->i;
		return FORM_SCALED(v->kind, 0);
	case VALUE_F32:
	case VALUE_F64:
		return float_form(v, hint, n);
	default:
		*n = 0;
		return FORM_RAW(v->kind);
	}
}

static struct codec_last *
slot_of(struct codec *c, uint32_t series)
{
	return &c->known[series % CODEC_SERIES];
}

static bool
remembered(const struct codec *c, const struct codec_last *k, uint32_t series)
{
	return k->series == series && k->mark >> 8 == c->epoch;
}

static void
remember(const struct codec *c, struct codec_last *k, uint32_t series, uint8_t form, int64_t n)
{
	k->series = series;
	k->mark = c->epoch << 8 | form;
	k->n = n;
}

static uint8_t *
put_raw(uint8_t *p, uint8_t form, int64_t n)
{
	unsigned bytes = (form & FORM_KIND) == VALUE_F32 ? 4 : 8;

	put_le(p, (uint64_t)n, bytes);
	return p + bytes;
}

static uint8_t *
put_content(uint8_t *p, const struct value *v, uint8_t form, int64_t n)
{
	size_t len;

	if (form >> 4 != 0)
		return put_signed(p, n);
	if (v->kind != VALUE_TEXT)
		return put_raw(p, form, n);
	len = strnlen(v->text, VALUE_TEXT_MAX - 1);
	*p++ = (uint8_t)len;
	memcpy(p, v->text, len);
	return p + len;
}

/* The value, in the shortest of its writings; how goes into the tag. */
static uint8_t *
put_value(struct codec *c, uint8_t *p, const struct reading *r, uint8_t *tag)
{
	const struct value *v = &r->value;
	struct codec_last *k = slot_of(c, r->series);
	bool hit = remembered(c, k, r->series);
	uint8_t form, before = hit ? (uint8_t)k->mark : 0;
	int64_t n, old = k->n;

	if (v->kind == VALUE_NONE) {
		*tag |= HOW_NONE;
		return p;
	}
	form = form_of(v, before, &n);
	if (v->kind != VALUE_TEXT)
		remember(c, k, r->series, form, n);
	if (!hit || form != before || v->kind == VALUE_TEXT) {
		*tag |= HOW_FORM;
		*p++ = form;
		return put_content(p, v, form, n);
	}
	if (n == old && (*tag != READING || form >> 4 == 0)) {
		*tag |= HOW_SAME;
		return p;
	}
	if (form >> 4 == 0) {
		*tag |= HOW_RAW;
		return put_raw(p, form, n);
	}
	if (*tag == READING && zigzag(minus(n, old)) < EASY) {
		*tag = (uint8_t)(EASY | zigzag(minus(n, old)));
		return p;
	}
	*tag |= HOW_STEP;
	return put_signed(p, minus(n, old));
}

/* Polls follow each other by even steps, and the step before is the shortest
 * code there is but that of 0: the two change places.  Both ways alike. */
static uint64_t
step_code(const struct codec *c, uint64_t code)
{
	uint64_t before = zigzag(c->step);

	return code == before ? SAME_STEP : code == SAME_STEP ? before : code;
}

static void
step_taken(struct codec *c, int64_t step)
{
	if (step != 0)
		c->step = step;
}

static uint8_t *
put_stamp(struct codec *c, uint8_t *p, const struct reading *r)
{
	int64_t step = minus(r->due, c->last.due);

	p = put_varint(p, step_code(c, zigzag(step)));
	step_taken(c, step);
	p = put_signed(p, minus(r->mono, r->due));
	return put_signed(p, minus(r->time, expected_wall(r->mono, c->base_mono, c->base_wall)));
}

uint8_t *
codec_put_reading(struct codec *c, uint8_t *p, const struct reading *r)
{
	struct reading *l = &c->last;
	uint8_t *tag;

	if (r->age != 0) {
		*p++ = OP_AGE;
		p = put_varint(p, r->age);
	}
	tag = p++;
	*tag = READING;
	if (r->series != l->series + 1) {
		*tag |= WITH_SERIES;
		p = put_signed(p, (int32_t)(r->series - (l->series + 1)));
	}
	if (r->due != l->due || r->mono != l->mono || r->time != l->time) {
		*tag |= WITH_STAMP;
		p = put_stamp(c, p, r);
	}
	if (r->quality.code != l->quality.code || r->quality.flags != l->quality.flags) {
		*tag |= WITH_QUALITY;
		*p++ = r->quality.code;
		*p++ = r->quality.flags;
	}
	p = put_value(c, p, r, tag);
	l->series = r->series;
	l->due = r->due;
	l->mono = r->mono;
	l->time = r->time;
	l->quality = r->quality;
	c->seq++;
	return p;
}

uint8_t *
codec_put_group(struct codec *c, uint8_t *p, int64_t mono, int64_t wall, bool trusted)
{
	*p++ = OP_GROUP;
	*p++ = trusted;
	p = put_signed(p, minus(mono, c->mono));
	p = put_signed(p, minus(wall, expected_wall(mono, c->mono, c->wall)));
	c->mono = mono;
	c->wall = wall;
	c->trusted = trusted;
	return p;
}

uint8_t *
codec_put_seq(struct codec *c, uint8_t *p, uint64_t seq)
{
	*p++ = OP_SKIP;
	p = put_varint(p, seq - 1 - c->seq);
	c->seq = seq - 1;
	return p;
}

uint8_t *
codec_put_flags(uint8_t *p, uint8_t flags)
{
	*p++ = OP_FLAGS;
	*p++ = flags;
	return p;
}

uint8_t *
codec_put_print(uint8_t *p, uint64_t print)
{
	*p++ = OP_PRINT;
	put_le(p, print, 8);
	return p + 8;
}

uint8_t *
codec_put_snapshot(uint8_t *p, bool whole)
{
	*p++ = whole ? OP_SNAPSHOT_WHOLE : OP_SNAPSHOT;
	return p;
}

static void
from_number(struct value *v, uint8_t form, int64_t n)
{
	double number;

	v->kind = form & FORM_KIND;
	if (v->kind == VALUE_BOOL) {
		v->b = n != 0;
	} else if (v->kind == VALUE_I64 || v->kind == VALUE_U64) {
		v->i = n;
	} else if (form >> 4 == 0 && v->kind == VALUE_F32) {
		uint32_t bits = (uint32_t)n;

		memcpy(&v->f, &bits, 4);
	} else if (form >> 4 == 0) {
		memcpy(&v->d, &n, 8);
	} else {
		number = (double)n / power_of_ten[(form >> 4) - 1];
		if (v->kind == VALUE_F32)
			v->f = (float)number;
		else
			v->d = number;
	}
}

static bool
form_known(uint8_t form)
{
	unsigned kind = form & FORM_KIND, scale = form >> 4;

	if (kind == VALUE_F32 || kind == VALUE_F64)
		return scale <= DECIMALS_MAX + 1;
	if (kind == VALUE_TEXT)
		return scale == 0;
	return kind >= VALUE_BOOL && kind <= VALUE_U64 && scale == 1;
}

static void
take_text_value(struct window *w, struct value *v)
{
	size_t len = take_byte(w);
	const uint8_t *at = len < VALUE_TEXT_MAX ? take_bytes(w, len) : NULL;

	v->kind = VALUE_TEXT;
	if (at == NULL)
		w->bad = true;
	else
		memcpy(v->text, at, len);
	v->text[at == NULL ? 0 : len] = '\0';
}

static int64_t
take_raw(struct window *w, uint8_t form)
{
	return (int64_t)take_le(w, (form & FORM_KIND) == VALUE_F32 ? 4 : 8);
}

static void
take_formed(struct codec *c, struct window *w, struct reading *r)
{
	uint8_t form = take_byte(w);
	int64_t n;

	if (!form_known(form)) {
		w->bad = true;
		return;
	}
	if (form == FORM_RAW(VALUE_TEXT)) {
		take_text_value(w, &r->value);
		return;
	}
	n = form >> 4 != 0 ? take_signed(w) : take_raw(w, form);
	remember(c, slot_of(c, r->series), r->series, form, n);
	from_number(&r->value, form, n);
}

static void
take_value(struct codec *c, struct window *w, struct reading *r, unsigned how)
{
	struct codec_last *k = slot_of(c, r->series);

	r->value.kind = VALUE_NONE;
	if (how == HOW_NONE)
		return;
	if (how == HOW_FORM) {
		take_formed(c, w, r);
		return;
	}
	if (how > HOW_RAW || !remembered(c, k, r->series) ||
	    (how == HOW_STEP && (uint8_t)k->mark >> 4 == 0) ||
	    (how == HOW_RAW && (uint8_t)k->mark >> 4 != 0)) {
		w->bad = true;
		return;
	}
	if (how == HOW_STEP)
		k->n = plus(k->n, take_signed(w));
	else if (how == HOW_RAW)
		k->n = take_raw(w, (uint8_t)k->mark);
	from_number(&r->value, (uint8_t)k->mark, k->n);
}

static void
take_easy(struct codec *c, struct window *w, uint8_t tag, struct reading *r)
{
	struct codec_last *k;

	r->series = ++c->last.series;
	k = slot_of(c, r->series);
	if (!remembered(c, k, r->series) || (uint8_t)k->mark >> 4 == 0) {
		w->bad = true;
		return;
	}
	k->n = plus(k->n, unzigzag(tag & 0x7f));
	from_number(&r->value, (uint8_t)k->mark, k->n);
}

static void
take_stamp(struct codec *c, struct window *w)
{
	struct reading *l = &c->last;
	int64_t step = unzigzag(step_code(c, take_varint(w)));

	step_taken(c, step);
	l->due = plus(l->due, step);
	l->mono = plus(l->due, take_signed(w));
	l->time = plus(expected_wall(l->mono, c->base_mono, c->base_wall), take_signed(w));
}

static void
take_reading(struct codec *c, struct window *w, uint8_t tag, struct reading *r)
{
	struct reading *l = &c->last;

	if (tag & EASY) {
		take_easy(c, w, tag, r);
	} else {
		l->series++;
		if (tag & WITH_SERIES)
			l->series += (uint32_t)take_signed(w);
		if (tag & WITH_STAMP)
			take_stamp(c, w);
		if (tag & WITH_QUALITY) {
			l->quality.code = take_byte(w);
			l->quality.flags = take_byte(w);
		}
		r->series = l->series;
		take_value(c, w, r, tag & VALUE_HOW);
	}
	r->time = l->time;
	r->due = l->due;
	r->mono = l->mono;
	r->quality = l->quality;
	r->age = c->age;
	c->age = 0;
}

static void
take_op(struct codec *c, struct window *w, uint8_t tag)
{
	switch (tag) {
	case OP_GROUP:
		c->trusted = take_byte(w) != 0;
		int64_t mono = plus(c->mono, take_signed(w));
		c->wall = plus(expected_wall(mono, c->mono, c->wall), take_signed(w));
		c->mono = mono;
		break;
	case OP_SKIP:
		c->seq += take_varint(w);
		break;
	case OP_FLAGS:
		c->flags = take_byte(w);
		break;
	case OP_AGE:
		c->age = (uint32_t)take_varint(w);
		break;
	case OP_PRINT:
		c->print = take_le(w, 8);
		break;
	case OP_LIFE:
		life_take(w, &c->life, c->base_wall);
		break;
	case OP_SNAPSHOT:
		c->snapshot_began = c->seq;
		break;
	case OP_SNAPSHOT_WHOLE:
		if (c->snapshot_began == NOT_BEGUN)
			break;		/* its beginning was not read */
		c->snapshot_whole = c->snapshot_began;
		c->snapshot_began = NOT_BEGUN;
		c->snapshot_found = true;
		break;
	default:
		w->bad = true;
	}
}

static void
fill_head(struct codec *c, struct entry *e)
{
	e->seq = ++c->seq;
	e->flags = c->flags;
	e->clock_trusted = c->trusted;
	e->boot = c->boot;
	e->stored = c->wall;
	e->stored_mono = c->mono;
	e->print = c->print;
	/* its group was begun before it came, and none is stored before it is made */
	if (e->kind == ENTRY_READING && e->reading.time > e->stored)
		e->stored = e->reading.time;
	c->flags = 0;
	c->print = 0;
	if (e->kind != ENTRY_ALARM)
		return;
	life_add(&e->alarm, &c->life);
	c->life = (struct alarm_entry){ .why = NULL };
}

enum codec_result
codec_next(struct codec *c, const uint8_t *payload, size_t used, size_t *pos, struct entry *e)
{
	struct window w = { payload + *pos, payload + used, false };
	bool found = false;

	while (!found && !w.bad && w.at < w.end) {
		uint8_t tag = take_byte(&w);

		found = true;
		if (tag & (EASY | READING)) {
			e->kind = ENTRY_READING;
			take_reading(c, &w, tag, &e->reading);
		} else if (tag >= ENTRY_STATISTIC && tag <= ENTRY_NOTE) {
			e->kind = tag;
			body_take(&w, e, c->base_wall);
		} else {
			take_op(c, &w, tag);
			found = false;
		}
	}
	*pos = (size_t)(w.at - payload);
	if (w.bad)
		return CODEC_BAD;
	if (found)
		fill_head(c, e);
	return found ? CODEC_ENTRY : CODEC_END;
}
