#include <string.h>

#include "snapshot.h"

static void
put_text(struct buf *b, const char *s)
{
	size_t n = s != NULL ? strlen(s) : 0;

	if (n > 255)
		n = 255;
	buf_put8(b, (uint8_t)n);
	buf_putbytes(b, s, n);
}

/* In place: the bytes move one to the left over their length, so that a NUL
 * fits behind them without other room. */
static const char *
get_text(struct buf *b)
{
	size_t n = buf_u8(b);
	char *at;

	if (b->bad || b->len - b->pos < n) {
		b->bad = true;
		return "";
	}
	at = (char *)b->at + b->pos - 1;
	memmove(at, at + 1, n);
	at[n] = '\0';
	b->pos += n;
	return at;
}

static void
put_value(struct buf *b, const struct value *v)
{
	uint64_t bits = 0;

	buf_put8(b, (uint8_t)v->kind);
	if (v->kind == VALUE_TEXT) {
		put_text(b, v->text);
		return;
	}
	if (v->kind == VALUE_BOOL)
		bits = v->b;
	else if (v->kind == VALUE_F32)
		memcpy(&bits, &v->f, sizeof(v->f));
	else if (v->kind != VALUE_NONE)
		memcpy(&bits, &v->u, sizeof(v->u));
	buf_putle64(b, bits);
}

static void
get_value(struct buf *b, struct value *v)
{
	uint8_t kind = buf_u8(b);
	uint64_t bits;

	memset(v, 0, sizeof(*v));
	if (kind > VALUE_TEXT)
		b->bad = true;
	v->kind = (enum value_kind)(b->bad ? VALUE_NONE : kind);
	if (v->kind == VALUE_TEXT) {
		strncpy(v->text, get_text(b), sizeof(v->text) - 1);
		return;
	}
	bits = buf_le64(b);
	if (v->kind == VALUE_BOOL)
		v->b = bits != 0;
	else if (v->kind == VALUE_F32)
		memcpy(&v->f, &bits, sizeof(v->f));
	else if (v->kind != VALUE_NONE)
		v->u = bits;
}

void
snapshot_put_reading(struct buf *b, const struct reading *r, uint64_t seq)
{
	buf_put8(b, ENTRY_READING);
	buf_putle64(b, seq);
	buf_putle32(b, r->series);
	buf_putle64(b, (uint64_t)r->time);
	buf_putle64(b, (uint64_t)r->due);
	buf_putle64(b, (uint64_t)r->mono);
	buf_put8(b, r->quality.code);
	buf_put8(b, r->quality.flags);
	buf_putle32(b, r->age);
	put_value(b, &r->value);
}

static void
get_reading(struct buf *b, struct reading *r)
{
	r->series = buf_le32(b);
	r->time = (int64_t)buf_le64(b);
	r->due = (int64_t)buf_le64(b);
	r->mono = (int64_t)buf_le64(b);
	r->quality.code = buf_u8(b);
	r->quality.flags = buf_u8(b);
	r->age = buf_le32(b);
	get_value(b, &r->value);
}

static uint8_t
facts(const struct alarm *a)
{
	return (uint8_t)(a->active | a->unacked << 1 | a->latching << 2 | a->held << 3 |
	    a->untold << 4);
}

void
snapshot_put_alarm(struct buf *b, const struct alarm_entry *a, uint64_t seq)
{
	buf_put8(b, ENTRY_ALARM);
	buf_putle64(b, seq);
	buf_putle32(b, a->series);
	buf_put8(b, facts(&a->alarm));
	buf_put8(b, a->alarm.masks);
	buf_putle64(b, (uint64_t)a->alarm.since);
	buf_putle32(b, a->alarm.count);
	buf_put8(b, (uint8_t)(a->alarm.event | a->alarm.first << 1 | a->alarm.chattering << 2 |
	    a->alarm.overdue << 3));
	buf_putle64(b, (uint64_t)a->alarm.handle_by);
	buf_putle64(b, (uint64_t)a->alarm.until);
	buf_putle64(b, (uint64_t)a->alarm.removed);
	buf_put8(b, a->priority);
	buf_put8(b, a->class);
	buf_putle64(b, (uint64_t)a->time);
	buf_put8(b, a->quality.code);
	buf_put8(b, a->quality.flags);
	put_value(b, &a->value);
	put_text(b, a->rule);
	put_text(b, a->device);
	put_text(b, a->text_en);
	put_text(b, a->text_zh);
	put_text(b, a->who);
	put_text(b, a->why);
}

static void
get_alarm(struct buf *b, struct alarm_entry *a)
{
	uint8_t f;

	a->series = buf_le32(b);
	f = buf_u8(b);
	a->alarm.active = f & 1;
	a->alarm.unacked = f >> 1 & 1;
	a->alarm.latching = f >> 2 & 1;
	a->alarm.held = f >> 3 & 1;
	a->alarm.untold = f >> 4 & 1;
	a->alarm.masks = buf_u8(b);
	a->alarm.since = (int64_t)buf_le64(b);
	a->alarm.count = buf_le32(b);
	f = buf_u8(b);
	a->alarm.event = f & 1;
	a->alarm.first = f >> 1 & 1;
	a->alarm.chattering = f >> 2 & 1;
	a->alarm.overdue = f >> 3 & 1;
	a->alarm.handle_by = (int64_t)buf_le64(b);
	a->alarm.until = (int64_t)buf_le64(b);
	a->alarm.removed = (int64_t)buf_le64(b);
	a->priority = buf_u8(b);
	a->class = buf_u8(b);
	a->time = (int64_t)buf_le64(b);
	a->quality.code = buf_u8(b);
	a->quality.flags = buf_u8(b);
	get_value(b, &a->value);
	a->rule = get_text(b);
	a->device = get_text(b);
	a->text_en = get_text(b);
	a->text_zh = get_text(b);
	a->who = get_text(b);
	a->why = get_text(b);
}

bool
snapshot_get(struct buf *b, struct entry *e)
{
	uint8_t kind;

	memset(e, 0, sizeof(*e));
	if (b->bad || b->pos >= b->len)
		return false;
	kind = buf_u8(b);
	e->seq = buf_le64(b);
	e->kind = (enum entry_kind)kind;
	e->flags = ENTRY_SNAPSHOT;
	if (kind == ENTRY_READING)
		get_reading(b, &e->reading);
	else if (kind == ENTRY_ALARM)
		get_alarm(b, &e->alarm);
	else
		b->bad = true;
	return !b->bad;
}
