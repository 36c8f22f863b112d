#include <stdlib.h>

#include "../room.h"
#include "lane.h"

#define PLAIN_ROOM	106	/* prefix and any reading but a text */

void
lane_init(struct lane_writer *l, enum lane lane, size_t bytes, uint64_t boot)
{
	struct ring *r = &l->ring;

	memset(l, 0, sizeof(*l));
	l->lane = lane;
	l->room = l->head_index = segment_room(segment_blocks(lane));
	l->due = INT64_MAX;
	l->codec = room_for(1, sizeof(*l->codec));
	l->codec->boot = boot;
	r->size = bytes / BLOCK < 4 ? 4 : bytes / BLOCK;
	if (r->size > UINT16_MAX)
		r->size = UINT16_MAX;
	r->blocks = room_for(r->size, sizeof(*r->blocks));
	r->unused = room_for(r->size, sizeof(*r->unused));
	r->memory = room_for(r->size, BLOCK);
	for (r->nunused = 0; r->nunused < r->size; r->nunused++)
		r->unused[r->nunused] = (uint16_t)(r->size - 1 - r->nunused);
}

void
lane_free(struct lane_writer *l)
{
	free(l->codec);
	free(l->teller);
	free(l->ring.blocks);
	free(l->ring.unused);
	free(l->ring.memory);
}

struct ring_block *
ring_at(const struct ring *r, uint64_t n)
{
	return &r->blocks[n % r->size];
}

uint8_t *
ring_bytes(const struct ring *r, const struct ring_block *b)
{
	return r->memory + (size_t)b->place * BLOCK;
}

static struct ring_block *
open_one(const struct lane_writer *l)
{
	return l->ring.newest;
}

const struct ring_block *
lane_open_block(const struct lane_writer *l)
{
	return l->open ? open_one(l) : NULL;
}

size_t
lane_held(const struct lane_writer *l)
{
	return (size_t)(l->ring.next - l->ring.head) * BLOCK;
}

void
lane_group(struct lane_writer *l, int64_t mono, int64_t wall, bool trusted)
{
	if (l->group_open)
		return;
	l->group_open = true;
	l->group_put = false;
	l->mono = mono;
	l->wall = wall;
	l->trusted = trusted;
}

static bool
new_block(struct lane_writer *l)
{
	struct ring *r = &l->ring;
	struct ring_block *b;

	if (r->nunused == 0)
		return false;
	b = r->newest = ring_at(r, r->next++);
	*b = (struct ring_block){
		.head = {
			.prev = l->last, .last = l->last, .boot = l->codec->boot,
			.mono = l->mono, .wall = l->wall, .trusted = l->trusted
		},
		.time_min = INT64_MAX, .time_max = INT64_MIN, .stored = l->wall,
		.place = r->unused[--r->nunused]
	};
	memset(ring_bytes(r, b), 0, BLOCK);
	codec_begin(l->codec, &b->head);
	l->open = l->group_put = true;
	return true;
}

/* Does the block being filled stand at the head of a segment? */
static bool
at_segment_head(const struct lane_writer *l)
{
	return (l->head_index + (l->ring.next - 1 - l->ring.head)) % l->room == 0;
}

/* One that fills many segments is followed by as much that is none. */
static bool
worth_restating(const struct lane_writer *l)
{
	return l->ring.next - 1 - l->begun_at >= 2 * l->span;
}

static uint8_t *
put_prefix(struct lane_writer *l, uint8_t *p, const struct entry *e, uint64_t seq)
{
	if (!l->group_put)
		p = codec_put_group(l->codec, p, l->mono, l->wall, l->trusted);
	if (seq != l->codec->seq + 1)
		p = codec_put_seq(l->codec, p, seq);
	if (e->flags != 0)
		p = codec_put_flags(p, e->flags);
	if (e->print != 0)
		p = codec_put_print(p, e->print);
	return codec_put_life(l->codec, p, e);
}

static void
took(struct lane_writer *l, struct ring_block *b, size_t n, uint64_t seq, int64_t time)
{
	b->head.used = (uint16_t)(b->head.used + n);
	b->head.last = seq;
	b->time_min = time < b->time_min ? time : b->time_min;
	b->time_max = time > b->time_max ? time : b->time_max;
	b->stored = l->wall;
	l->group_put = true;
	l->last = seq;
	l->fresh += n;
}

static bool
put_reading(struct lane_writer *l, struct ring_block *b, const struct entry *e, uint64_t seq)
{
	uint8_t *from = ring_bytes(&l->ring, b) + BLOCK_HEAD + b->head.used, *p;
	size_t need = e->reading.value.kind == VALUE_TEXT ? READING_ROOM : PLAIN_ROOM;

	if (BLOCK_ROOM - b->head.used < need)
		return false;
	p = put_prefix(l, from, e, seq);
	p = codec_put_reading(l->codec, p, &e->reading);
	took(l, b, (size_t)(p - from), seq, e->reading.time);
	b->head.count++;
	return true;
}

/* Encoded aside, for only then is it known whether it fits. */
static bool
put_other(struct lane_writer *l, struct ring_block *b, const struct entry *e, uint64_t seq)
{
	struct codec *c = l->codec;
	const uint64_t kept_seq = c->seq;
	const int64_t kept_mono = c->mono, kept_wall = c->wall;
	const bool kept_trusted = c->trusted;
	uint8_t *p = put_prefix(l, l->scratch, e, seq);
	size_t n;

	p = codec_put_body(c, p, e);
	n = (size_t)(p - l->scratch);
	if (n > BLOCK_ROOM - b->head.used) {
		c->seq = kept_seq;
		c->mono = kept_mono;
		c->wall = kept_wall;
		c->trusted = kept_trusted;
		return false;
	}
	memcpy(ring_bytes(&l->ring, b) + BLOCK_HEAD + b->head.used, l->scratch, n);
	took(l, b, n, seq, e->kind == ENTRY_ALARM ? e->alarm.time : l->wall);
	b->head.count = (uint16_t)(b->head.count + !(e->flags & ENTRY_SNAPSHOT));
	return true;
}

static bool
put_into(struct lane_writer *l, struct ring_block *b, const struct entry *e, uint64_t seq)
{
	uint32_t series = entry_series(e);

	if (!(e->kind == ENTRY_READING ? put_reading : put_other)(l, b, e, seq))
		return false;
	b->series = series > b->series ? series : b->series;
	return true;
}

static bool
put(struct lane_writer *l, const struct entry *e, uint64_t seq)
{
	return put_into(l, open_one(l), e, seq);
}

/* Does the codec stand in the group that is open? */
static bool
same_group(const struct lane_writer *l)
{
	const struct codec *c = l->codec;

	return c->mono == l->mono && c->wall == l->wall && c->trusted == l->trusted;
}

static void	take_snapshot(struct lane_writer *, uint64_t *seq);

static bool
next_block(struct lane_writer *l, uint64_t *seq)
{
	if (!new_block(l))
		return false;
	if (l->snapshot_due || (at_segment_head(l) && worth_restating(l)))
		take_snapshot(l, seq);
	return true;
}

uint64_t
lane_append(struct lane_writer *l, const struct entry *e, uint64_t *seq)
{
	if (l->open && l->snapshot_due)
		take_snapshot(l, seq);
	if (!l->open && !next_block(l, seq))
		return 0;
	while (!put(l, e, *seq + 1))
		if (!next_block(l, seq))
			return 0;
	return ++*seq;
}

static bool
put_mark(struct lane_writer *l, bool whole)
{
	struct ring_block *b = open_one(l);

	if (b->head.used == BLOCK_ROOM) {
		if (!new_block(l))
			return false;
		b = open_one(l);
	}
	codec_put_snapshot(ring_bytes(&l->ring, b) + BLOCK_HEAD + b->head.used, whole);
	b->head.used++;
	return true;
}

static bool
restate_one(struct lane_writer *l, uint64_t *seq)
{
	struct entry e = { .kind = ENTRY_ALARM, .flags = ENTRY_SNAPSHOT };

	if (!l->standing(l->standing_arg, l->restated, &e.alarm)) {
		if (!put_mark(l, true))
			return false;
		l->restating = false;
		l->span = l->ring.next - l->begun_at;
		l->whole = true;
		l->whole_seq = l->begun_seq;
		return false;
	}
	if (!alarm_closed(&e.alarm.alarm) && lane_append(l, &e, seq) == 0)
		return false;
	l->restated++;
	return true;
}

void
lane_restate(struct lane_writer *l, uint64_t *seq)
{
	l->in_snapshot = true;
	while (l->restating && l->ring.nunused > l->ring.size / 4)
		if (!restate_one(l, seq))
			break;
	l->in_snapshot = false;
}

/* All standing alarms, between two marks.  Until the second one is durable the
 * snapshot before stays in force. */
static void
take_snapshot(struct lane_writer *l, uint64_t *seq)
{
	if (l->standing == NULL || l->in_snapshot)
		return;
	l->snapshot_due = false;
	if (l->restating)
		return;
	l->begun_at = l->ring.next - 1;
	l->begun_seq = l->last;
	l->restated = 0;
	l->restating = put_mark(l, false);
	lane_restate(l, seq);
}

void
lane_reordered(struct lane_writer *l)
{
	l->snapshot_due |= l->restating;
	l->restating = false;
}

void
lane_restart(struct lane_writer *l, uint64_t *seq)
{
	l->head_index = l->ring.head == l->ring.next ? l->room : 0;
	if (l->standing == NULL || l->ring.head == l->ring.next)
		return;
	l->snapshot_due = true;
	if (l->open)
		take_snapshot(l, seq);
}

static void
tell_some(struct lane_writer *l, const uint8_t *bytes, size_t used,
    void (*told)(void *, const struct entry *), void *arg)
{
	struct entry e;

	while (l->tell_pos < used &&
	    codec_next(l->teller, bytes + BLOCK_HEAD, used, &l->tell_pos, &e) == CODEC_ENTRY)
		if (e.seq > l->told) {
			l->told = e.seq;
			told(arg, &e);
		}
}

void
lane_tell(struct lane_writer *l, uint64_t full, size_t used,
    void (*told)(void *, const struct entry *), void *arg)
{
	for (uint64_t n = l->tell_block; n <= full && n < l->ring.next; n++) {
		const struct ring_block *b = ring_at(&l->ring, n);

		if (n == full && used == 0)
			break;
		if (!l->tell_begun || n != l->tell_block) {
			codec_begin(l->teller, &b->head);
			l->tell_begun = true;
			l->tell_pos = 0;
		}
		l->tell_block = n;
		tell_some(l, ring_bytes(&l->ring, b), n == full ? used : b->head.used, told, arg);
	}
}

void
lane_release(struct lane_writer *l, uint64_t n)
{
	struct ring *r = &l->ring;

	for (; r->head < n; r->head++) {
		r->unused[r->nunused++] = ring_at(r, r->head)->place;
		l->head_index = l->head_index % l->room + 1;
	}
	if (l->tell_block < r->head) {
		l->tell_block = r->head;
		l->tell_begun = false;
		l->tell_pos = 0;
	}
}

/* Writes one block anew, behind the seq of the one before.  What was durable of
 * it stands before what goes, and comes out the same. */
static uint64_t
sift_block(struct lane_writer *l, struct ring_block *b, struct codec *from, uint32_t series)
{
	const struct ring_block was = *b;
	struct block_head *head = &b->head;
	uint8_t copy[BLOCK], *bytes = ring_bytes(&l->ring, b);
	uint64_t dropped = 0;
	struct entry e;
	size_t pos = 0;

	memcpy(copy, bytes, BLOCK);
	memset(bytes, 0, BLOCK);
	codec_begin(from, head);
	head->prev = head->last = l->last;
	head->used = head->count = 0;
	b->series = 0;
	b->time_min = INT64_MAX;
	b->time_max = INT64_MIN;
	codec_begin(l->codec, head);
	while (codec_next(from, copy + BLOCK_HEAD, was.head.used, &pos, &e) == CODEC_ENTRY) {
		l->mono = from->mono;
		l->wall = from->wall;
		l->trusted = from->trusted;
		l->group_put = same_group(l);
		dropped += entry_series(&e) > series || !put_into(l, b, &e, e.seq);
	}
	b->stored = was.stored;
	return dropped;
}

uint64_t
lane_sift(struct lane_writer *l, struct codec *codec, uint32_t series)
{
	const int64_t mono = l->mono, wall = l->wall;
	const bool trusted = l->trusted;
	const size_t fresh = l->fresh;
	uint64_t n = l->ring.head, dropped = 0;

	while (n < l->ring.next && ring_at(&l->ring, n)->series <= series)
		n++;
	if (n == l->ring.next)
		return 0;
	l->last = ring_at(&l->ring, n)->head.prev;
	for (; n < l->ring.next; n++)
		dropped += sift_block(l, ring_at(&l->ring, n), codec, series);
	l->mono = mono;
	l->wall = wall;
	l->trusted = trusted;
	l->fresh = fresh;
	l->group_put = same_group(l);
	return dropped;
}
