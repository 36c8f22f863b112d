#include <string.h>

#include "../../protocols/buf.h"
#include "cursor.h"

#define VERSION_BYTE	1

static void
remove_range(struct cursor *c, size_t i)
{
	c->nmissed--;
	memmove(&c->missed[i], &c->missed[i + 1], (c->nmissed - i) * sizeof(struct range));
}

/* Makes room by closing the smallest hole: what lies in it is sent once more. */
static void
merge_nearest(struct cursor *c)
{
	size_t best = 0;

	for (size_t i = 1; i + 1 < c->nmissed; i++)
		if (c->missed[i + 1].from - c->missed[i].to <
		    c->missed[best + 1].from - c->missed[best].to)
			best = i;
	c->missed[best].to = c->missed[best + 1].to;
	remove_range(c, best + 1);
}

void
cursor_miss(struct cursor *c, uint64_t to)
{
	struct range *last = c->nmissed > 0 ? &c->missed[c->nmissed - 1] : NULL;

	if (to <= c->live)
		return;
	if (last != NULL && last->to >= c->live) {
		last->to = to;
	} else {
		if (c->nmissed == MISSED_MAX)
			merge_nearest(c);
		c->missed[c->nmissed++] = (struct range){ .from = c->live + 1, .to = to,
		    .since = c->live_time };
	}
	c->live = to;
	c->live_time = 0;
}

void
cursor_catch_up(struct cursor *c, uint64_t seq, int64_t time)
{
	/* all up to the place where live goes on: when that was is known again */
	if (seq >= c->live && c->live_time == 0)
		c->live_time = time;
	while (c->nmissed > 0 && c->missed[0].to <= seq)
		remove_range(c, 0);
	if (c->nmissed == 0 || c->missed[0].from > seq)
		return;
	c->missed[0].from = seq + 1;
	c->missed[0].since = time;
}

bool
cursor_cut(struct cursor *c, uint64_t alarm, uint64_t telemetry)
{
	bool cut_alarm = alarm != 0 && c->alarm > alarm;
	bool cut_live = telemetry != 0 && c->live > telemetry;

	if (cut_alarm)
		c->alarm = alarm;
	if (!cut_live)
		return cut_alarm;
	c->live = telemetry;
	while (c->nmissed > 0 && c->missed[c->nmissed - 1].from > telemetry)
		c->nmissed--;
	if (c->nmissed > 0 && c->missed[c->nmissed - 1].to > telemetry)
		c->missed[c->nmissed - 1].to = telemetry;
	return true;
}

uint64_t
cursor_floor(const struct cursor *c)
{
	return c->nmissed > 0 ? c->missed[0].from - 1 : c->live;
}

int64_t
cursor_time(const struct cursor *c, uint64_t alarm, uint64_t telemetry)
{
	int64_t at = c->nmissed > 0 ? c->missed[0].since : c->live_time;
	bool told = alarm != 0 || telemetry != 0;	/* else nobody knows */

	if (told && c->alarm >= alarm)
		return at;
	return c->alarm_time < at ? c->alarm_time : at;
}

uint64_t
cursor_backlog(const struct cursor *c, uint64_t alarm, uint64_t telemetry)
{
	uint64_t n = 0;

	if (alarm > c->alarm)
		n += alarm - c->alarm;
	if (telemetry > c->live)
		n += telemetry - c->live;
	for (size_t i = 0; i < c->nmissed; i++)
		n += c->missed[i].to - c->missed[i].from + 1;
	return n;
}

size_t
cursor_write(const struct cursor *c, uint8_t room[CURSOR_BYTES])
{
	struct buf b = { .at = room, .cap = CURSOR_BYTES };

	buf_put8(&b, VERSION_BYTE);
	buf_putle64(&b, c->store);
	buf_putle64(&b, c->alarm);
	buf_putle64(&b, c->live);
	buf_put8(&b, (uint8_t)c->nmissed);
	for (size_t i = 0; i < c->nmissed; i++) {
		buf_putle64(&b, c->missed[i].from);
		buf_putle64(&b, c->missed[i].to);
	}
	buf_putle64(&b, (uint64_t)c->alarm_time);
	buf_putle64(&b, (uint64_t)c->live_time);
	for (size_t i = 0; i < c->nmissed; i++)
		buf_putle64(&b, (uint64_t)c->missed[i].since);
	return b.len;
}

/* Behind the numbers, where a file of an earlier version ends. */
static void
read_times(struct cursor *c, struct buf *b)
{
	if (b->bad || b->pos == b->len)
		return;
	c->alarm_time = (int64_t)buf_le64(b);
	c->live_time = (int64_t)buf_le64(b);
	for (size_t i = 0; i < c->nmissed; i++)
		c->missed[i].since = (int64_t)buf_le64(b);
}

static bool
sound(const struct cursor *c)
{
	uint64_t before = 0;

	for (size_t i = 0; i < c->nmissed; i++) {
		if (c->missed[i].from <= before || c->missed[i].to < c->missed[i].from)
			return false;
		before = c->missed[i].to;
	}
	return before <= c->live;
}

bool
cursor_read(struct cursor *c, uint8_t *bytes, size_t n)
{
	struct buf b = { .at = bytes, .len = n };
	uint8_t version = buf_u8(&b);

	*c = (struct cursor){ .store = buf_le64(&b) };
	c->alarm = buf_le64(&b);
	c->live = buf_le64(&b);
	c->nmissed = buf_u8(&b);
	if (c->nmissed > MISSED_MAX)
		b.bad = true;
	for (size_t i = 0; !b.bad && i < c->nmissed; i++) {
		c->missed[i].from = buf_le64(&b);
		c->missed[i].to = buf_le64(&b);
	}
	read_times(c, &b);
	if (!b.bad && version == VERSION_BYTE && sound(c))
		return true;
	*c = (struct cursor){ 0 };
	return false;
}
