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

uint8_t *
codec_put_life(const struct codec *c, uint8_t *p, const struct entry *e)
{
	unsigned bits = e->kind == ENTRY_ALARM ? life_bits(&e->alarm) : 0;
	const struct alarm *a = &e->alarm.alarm;
	uint8_t *from = p + HEAD;

	if (bits == 0)
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
}
