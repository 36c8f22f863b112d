#include <assert.h>
#include <math.h>

#include "codec.h"
#include "codec_body.h"
#include "codec_value.h"

/* Most bytes of a text; longer ones are cut between characters. */
#define NAME_MOST	(NAME_MAX_BYTES - 1)
#define ALARM_TEXT_MOST	400
#define WHY_MOST	400
#define NOTE_MOST	3000
#define KEY_MOST	200
#define FIELD_MOST	3000
#define FIELD_TIGHT	160	/* where all together are too long */

#define HEAD		3	/* kind and length */

static uint8_t *
put_quality(uint8_t *p, struct quality q)
{
	*p++ = q.code;
	*p++ = q.flags;
	return p;
}

static struct quality
take_quality(struct window *w)
{
	struct quality q = { .code = take_byte(w) };

	q.flags = take_byte(w);
	return q;
}

#define FIGURES		4	/* bits of them; above, what the amount is */

/* Those of the four figures that there are, behind a byte that says which. */
static uint8_t *
put_figures(uint8_t *p, const struct statistic *s)
{
	const double figures[FIGURES] = { s->mean, s->min, s->max, s->amount };
	uint8_t *which = p++;

	*which = (uint8_t)(s->amount_kind << FIGURES);
	for (unsigned i = 0; i < FIGURES; i++) {
		if (isnan(figures[i]))
			continue;
		*which = (uint8_t)(*which | 1U << i);
		p = put_double(p, figures[i]);
	}
	return p;
}

static void
take_figures(struct window *w, struct statistic *s)
{
	double *const figures[FIGURES] = { &s->mean, &s->min, &s->max, &s->amount };
	uint8_t which = take_byte(w);

	s->amount_kind = which >> FIGURES;
	for (unsigned i = 0; i < FIGURES; i++)
		*figures[i] = which & 1U << i ? take_double(w) : NAN;
}

static uint8_t *
put_statistic(uint8_t *p, const struct entry *e, int64_t wall)
{
	const struct statistic *s = &e->statistic;

	p = put_varint(p, s->series);
	p = put_signed(p, minus(s->from, wall));
	p = put_signed(p, minus(s->to, s->from));
	p = put_figures(p, s);
	p = put_varint(p, s->samples);
	p = put_varint(p, s->valid);
	*p++ = (uint8_t)s->mark;
	*p++ = s->span;
	return p;
}

static void
take_statistic(struct window *w, struct entry *e, int64_t wall)
{
	struct statistic *s = &e->statistic;

	s->series = (uint32_t)take_varint(w);
	s->from = plus(wall, take_signed(w));
	s->to = plus(s->from, take_signed(w));
	take_figures(w, s);
	s->samples = (uint32_t)take_varint(w);
	s->valid = (uint16_t)take_varint(w);
	s->mark = (char)take_byte(w);
	s->span = take_byte(w);
}

enum { ACTIVE = 1, UNACKED = 2, LATCHING = 4, IS_HELD = 8, UNTOLD = 16 };

static uint8_t *
put_facts(uint8_t *p, const struct alarm *a, int64_t wall)
{
	*p++ = (uint8_t)((a->active ? ACTIVE : 0) | (a->unacked ? UNACKED : 0) |
	    (a->latching ? LATCHING : 0) | (a->held ? IS_HELD : 0) | (a->untold ? UNTOLD : 0));
	*p++ = a->masks;
	p = put_signed(p, minus(a->since, wall));
	return put_varint(p, a->count);
}

static void
take_facts(struct window *w, struct alarm *a, int64_t wall)
{
	uint8_t bits = take_byte(w);

	a->active = bits & ACTIVE;
	a->unacked = bits & UNACKED;
	a->latching = bits & LATCHING;
	a->held = bits & IS_HELD;
	a->untold = bits & UNTOLD;
	a->masks = take_byte(w);
	a->since = plus(wall, take_signed(w));
	a->count = (uint32_t)take_varint(w);
}

static uint8_t *
put_alarm(uint8_t *p, const struct entry *e, int64_t wall)
{
	const struct alarm_entry *a = &e->alarm;

	p = put_text(p, a->rule, NAME_MOST);
	p = put_text(p, a->device, NAME_MOST);
	p = put_varint(p, a->series);
	p = put_facts(p, &a->alarm, wall);
	*p++ = a->event;
	*p++ = a->mask;
	*p++ = a->priority;
	*p++ = a->class;
	p = put_signed(p, minus(a->time, wall));
	p = put_value(p, &a->value);
	p = put_quality(p, a->quality);
	p = put_text(p, a->text_en, ALARM_TEXT_MOST);
	p = put_text(p, a->text_zh, ALARM_TEXT_MOST);
	return put_text(p, a->who, NAME_MOST);
}

static void
take_alarm(struct window *w, struct entry *e, int64_t wall)
{
	struct alarm_entry *a = &e->alarm;

	a->rule = take_text(w);
	a->device = take_text(w);
	a->series = (uint32_t)take_varint(w);
	take_facts(w, &a->alarm, wall);
	a->event = take_byte(w);
	a->mask = take_byte(w);
	a->priority = take_byte(w);
	a->class = take_byte(w);
	a->time = plus(wall, take_signed(w));
	take_value(w, &a->value);
	a->quality = take_quality(w);
	a->text_en = take_text(w);
	a->text_zh = take_text(w);
	a->who = take_text(w);
}

static uint8_t *
put_command(uint8_t *p, const struct entry *e, int64_t wall)
{
	const struct command_entry *c = &e->command;

	(void)wall;
	p = put_varint(p, c->id);
	p = put_varint(p, c->series);
	*p++ = c->phase;
	p = put_value(p, &c->value);
	p = put_text(p, c->source, WHY_MOST);
	return put_text(p, c->why, WHY_MOST);
}

static void
take_command(struct window *w, struct entry *e, int64_t wall)
{
	struct command_entry *c = &e->command;

	(void)wall;
	c->id = take_varint(w);
	c->series = (uint32_t)take_varint(w);
	c->phase = take_byte(w);
	take_value(w, &c->value);
	c->source = take_text(w);
	c->why = take_text(w);
}

/* Field texts have the room there is; too many long ones are all cut. */
static size_t
field_most(const struct record *r, size_t n)
{
	size_t bytes = 3 * NAME_MAX_BYTES + KEY_MOST;

	for (size_t i = 0; i < n; i++) {
		bytes += NAME_MAX_BYTES + 4;
		bytes += r->fields[i].value == NULL ? 0 :
		    fitting(r->fields[i].value, FIELD_MOST);
	}
	return bytes <= BODY_ROOM - HEAD ? FIELD_MOST : FIELD_TIGHT;
}

static uint8_t *
put_record(uint8_t *p, const struct entry *e, int64_t wall)
{
	const struct record *r = &e->record;
	size_t n = r->nfields < FIELDS_MAX ? r->nfields : FIELDS_MAX, most = field_most(r, n);

	(void)wall;
	p = put_text(p, r->kind, NAME_MOST);
	p = put_text(p, r->key, KEY_MOST);
	*p++ = (uint8_t)n;
	for (size_t i = 0; i < n; i++) {
		p = put_text(p, r->fields[i].name, NAME_MOST);
		p = put_text(p, r->fields[i].value, most);
	}
	return p;
}

static void
take_record(struct window *w, struct entry *e, int64_t wall)
{
	struct record *r = &e->record;

	(void)wall;
	memset(r, 0, sizeof(*r));
	r->kind = take_text(w);
	r->key = take_text(w);
	r->nfields = take_byte(w);
	if (r->nfields > FIELDS_MAX) {
		r->nfields = 0;
		w->bad = true;
	}
	for (size_t i = 0; i < r->nfields; i++) {
		r->fields[i].name = take_text(w);
		r->fields[i].value = take_text(w);
	}
}

static uint8_t *
put_note(uint8_t *p, const struct entry *e, int64_t wall)
{
	(void)wall;
	p = put_text(p, e->note.who, NAME_MOST);
	return put_text(p, e->note.text, NOTE_MOST);
}

static void
take_note(struct window *w, struct entry *e, int64_t wall)
{
	(void)wall;
	e->note.who = take_text(w);
	e->note.text = take_text(w);
}

static const struct body {
	uint8_t	*(*put)(uint8_t *, const struct entry *, int64_t wall);
	void	 (*take)(struct window *, struct entry *, int64_t wall);
} bodies[] = {
	[ENTRY_STATISTIC] = { put_statistic, take_statistic },
	[ENTRY_ALARM] = { put_alarm, take_alarm },
	[ENTRY_COMMAND] = { put_command, take_command },
	[ENTRY_RECORD] = { put_record, take_record },
	[ENTRY_NOTE] = { put_note, take_note },
};

/* The entries that are no readings: kind, u16 length, content.  Times are
 * steps from wall. */
static uint8_t *
put(uint8_t *p, const struct entry *e, int64_t wall)
{
	uint8_t *end;

	assert(e->kind >= ENTRY_STATISTIC && e->kind <= ENTRY_NOTE);
	end = bodies[e->kind].put(p + HEAD, e, wall);
	*p = (uint8_t)e->kind;
	put_le(p + 1, (uint64_t)(end - p - HEAD), 2);
	assert(end - p <= BODY_ROOM);
	return end;
}

void
body_take(struct window *w, struct entry *e, int64_t wall)
{
	size_t n = take_le(w, 2);
	const uint8_t *at = take_bytes(w, n);
	struct window body = { at, at == NULL ? NULL : at + n, false };

	if (at == NULL)
		return;
	bodies[e->kind].take(&body, e, wall);
	if (body.bad || body.at != body.end)
		w->bad = true;
}

uint8_t *
codec_put_body(struct codec *c, uint8_t *p, const struct entry *e)
{
	c->seq++;
	return put(p, e, c->base_wall);
}
