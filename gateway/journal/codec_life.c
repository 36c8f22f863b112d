#include <math.h>
#include <string.h>

#include "codec.h"
#include "codec_body.h"
#include "codec_value.h"

#define HEAD		3	/* tag and length */
#define REASON_MOST	200

/* Of OP_LIFE; those from HANDLE_BY on bring a moment or a text. */
enum {
	IS_EVENT = 1, IS_FIRST = 2, CHATTERING = 4, OVERDUE = 8, HANDLE_BY = 16, UNTIL = 32,
	WITH_REMOVED = 64, WITH_REASON = 128
};

static unsigned
life_bits(const struct alarm_entry *e)
{
	const struct alarm *a = &e->alarm;
	bool why = e->why != NULL && e->why[0] != '\0';

	return (a->event ? IS_EVENT : 0) | (a->first ? IS_FIRST : 0) |
	    (a->chattering ? CHATTERING : 0) | (a->overdue ? OVERDUE : 0) |
	    (a->handle_by != 0 ? HANDLE_BY : 0) | (a->until != 0 ? UNTIL : 0) |
	    (a->removed != 0 ? WITH_REMOVED : 0) | (why ? WITH_REASON : 0);
}

/* Behind them: what of the ground follows, and what the entry itself has. */
enum { VALUE_HERE = 1, LIMIT_HERE = 2, FIGURE_HERE = 4, VALUE_IN_ENTRY = 8, FIGURE_IS_VALUE = 16 };

static bool
is_figure(const struct value *v, double figure)
{
	double number;

	return value_number(v, &number) && memcmp(&number, &figure, sizeof(figure)) == 0;
}

static bool
same_value(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == VALUE_TEXT ? strcmp(a->text, b->text) == 0 :
	    memcmp(&a->u, &b->u, a->kind == VALUE_BOOL ? 1 : a->kind == VALUE_F32 ? 4 : 8) == 0;
}

/* Of one that is over nothing is told any more. */
static unsigned
ground_bits(const struct alarm_entry *e)
{
	const struct alarm_ground *b = &e->ground;
	bool value = b->known & GROUND_VALUE;
	bool is = value && b->series == e->series && same_value(&b->value, &e->value);
	bool same = (b->known & GROUND_FIGURE) && value && is_figure(&b->value, b->figure);

	if (alarm_closed(&e->alarm))
		return 0;
	return (value && !is ? VALUE_HERE : 0) | (is ? VALUE_IN_ENTRY : 0) |
	    (b->known & GROUND_LIMIT ? LIMIT_HERE : 0) | (same ? FIGURE_IS_VALUE : 0) |
	    ((b->known & GROUND_FIGURE) && !same ? FIGURE_HERE : 0);
}

static uint8_t *
put_ground(uint8_t *p, const struct alarm_ground *b, unsigned bits)
{
	*p++ = (uint8_t)bits;
	if (bits & VALUE_HERE) {
		p = put_varint(p, b->series);
		p = put_value(p, &b->value);
	}
	if (bits & LIMIT_HERE)
		p = put_double(p, b->limit);
	return bits & FIGURE_HERE ? put_double(p, b->figure) : p;
}

static void
take_ground(struct window *w, struct alarm_ground *b)
{
	unsigned bits = take_byte(w);

	b->known = (uint8_t)(bits & (VALUE_IN_ENTRY | FIGURE_IS_VALUE));
	if (bits & VALUE_HERE) {
		b->known |= GROUND_VALUE;
		b->series = (uint32_t)take_varint(w);
		take_value(w, &b->value);
	}
	if (bits & LIMIT_HERE) {
		b->known |= GROUND_LIMIT;
		b->limit = take_double(w);
	}
	if (bits & FIGURE_HERE) {
		b->known |= GROUND_FIGURE;
		b->figure = take_double(w);
	}
}

/* What stands in the entry itself. */
static void
fill_ground(struct alarm_entry *e, const struct alarm_ground *b)
{
	e->ground = *b;
	e->ground.known &= GROUND_VALUE | GROUND_LIMIT | GROUND_FIGURE;
	if ((b->known & VALUE_IN_ENTRY) && e->value.kind != VALUE_NONE) {
		e->ground.known |= GROUND_VALUE;
		e->ground.series = e->series;
		e->ground.value = e->value;
	}
	if ((b->known & FIGURE_IS_VALUE) && value_number(&e->ground.value, &e->ground.figure))
		e->ground.known |= GROUND_FIGURE;
}

uint8_t *
codec_put_life(const struct codec *c, uint8_t *p, const struct entry *e)
{
	unsigned bits = e->kind == ENTRY_ALARM ? life_bits(&e->alarm) : 0;
	unsigned ground = e->kind == ENTRY_ALARM ? ground_bits(&e->alarm) : 0;
	const struct alarm *a = &e->alarm.alarm;
	uint8_t *from = p + HEAD;

	if ((bits | ground) == 0)
		return p;
	*from = (uint8_t)bits;
	p = from + 1;
	if (bits & HANDLE_BY)
		p = put_signed(p, minus(a->handle_by, c->base_wall));
	if (bits & UNTIL)
		p = put_signed(p, minus(a->until, c->base_wall));
	if (bits & WITH_REMOVED)
		p = put_signed(p, minus(a->removed, c->base_wall));
	if (bits & WITH_REASON)
		p = put_text(p, e->alarm.why, REASON_MOST);
	if (ground != 0)
		p = put_ground(p, &e->alarm.ground, ground);
	from[-HEAD] = OP_LIFE;
	put_le(from - 2, (uint64_t)(p - from), 2);
	return p;
}

void
life_take(struct window *w, struct alarm_entry *e, int64_t wall)
{
	size_t n = take_le(w, 2);
	const uint8_t *at = take_bytes(w, n);
	struct window life = { at, at == NULL ? NULL : at + n, false };
	struct alarm *a = &e->alarm;
	unsigned bits;

	*e = (struct alarm_entry){ .why = NULL };
	if (at == NULL)
		return;
	bits = take_byte(&life);
	a->event = bits & IS_EVENT;
	a->first = bits & IS_FIRST;
	a->chattering = bits & CHATTERING;
	a->overdue = bits & OVERDUE;
	a->handle_by = bits & HANDLE_BY ? plus(wall, take_signed(&life)) : 0;
	a->until = bits & UNTIL ? plus(wall, take_signed(&life)) : 0;
	a->removed = bits & WITH_REMOVED ? plus(wall, take_signed(&life)) : 0;
	e->why = bits & WITH_REASON ? take_text(&life) : NULL;
	if (life.at < life.end)
		take_ground(&life, &e->ground);
	w->bad |= life.bad;
}

void
life_add(struct alarm_entry *to, const struct alarm_entry *life)
{
	const struct alarm *a = &life->alarm;

	to->alarm.event = a->event;
	to->alarm.first = a->first;
	to->alarm.chattering = a->chattering;
	to->alarm.overdue = a->overdue;
	to->alarm.handling = 0;
	to->alarm.handle_by = a->handle_by;
	to->alarm.until = a->until;
	to->alarm.removed = a->removed;
	to->why = life->why;
	fill_ground(to, &life->ground);
}
