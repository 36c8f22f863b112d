#include <errno.h>
#include <stddef.h>

#include "scan.h"

/* The data block at index, if it is sound and where it belongs. */
static bool
get_block(const struct disk *d, int fd, const struct segment_head *h, uint32_t index,
    uint8_t *b, struct block_head *head, struct scan *s)
{
	if (segment_read(d, fd, AT_DATA + index, b) != 0) {
		s->unreadable++;
		return false;
	}
	return block_open(b, block_seed(h->salt), head) && head->index == index;
}

static void
take_slot(struct extent *e, const uint8_t *b, const struct block_head *head)
{
	e->blocks = head->index;
	e->commit = head->commit;
	e->has_tail = head->used > 0;
	e->tail_head = *head;
	memcpy(e->tail, b, BLOCK);
}

/* Both slots; where both are sound, by says which is taken. */
static int
find_slots(const struct disk *d, int fd, const struct segment_head *h, enum extent_by by,
    struct extent *e)
{
	struct block_head head;
	uint8_t b[BLOCK];
	bool any = false;

	errno = EBADMSG;
	for (uint32_t i = 0; i < 2; i++) {
		if (segment_read(d, fd, AT_SLOT + i, b) != 0) {
			e->unreadable++;
			continue;
		}
		e->slot[i] = block_open(b, block_seed(h->salt), &head) && head.commit % 2 == i &&
		    head.index <= segment_room(h->blocks) &&
		    (head.used == 0 || head.index < segment_room(h->blocks));
		if (!e->slot[i])
			continue;
		if (!any || (by == BY_NEWEST) == (head.commit > e->commit))
			take_slot(e, b, &head);
		any = true;
	}
	return any ? 0 : -1;
}

int
extent_find(const struct disk *d, int fd, const struct segment_head *h, enum extent_by by,
    struct extent *e)
{
	memset(e, 0, offsetof(struct extent, tail));
	if (segment_read_foot(d, fd, h, &e->foot)) {
		e->sealed = true;
		e->blocks = e->foot.blocks;
		return 0;
	}
	return find_slots(d, fd, h, by, e);
}

static int64_t
time_of(const struct entry *e)
{
	switch (e->kind) {
	case ENTRY_READING:
		return e->reading.time;
	case ENTRY_ALARM:
		return e->alarm.time;
	default:
		return e->stored;
	}
}

static void
count_block(struct scan *s, const uint8_t *b, const struct block_head *head, uint64_t from,
    struct codec *c)
{
	enum codec_result result;
	struct entry e;
	size_t pos = 0;

	codec_begin(c, head);
	while ((result = codec_next(c, b + BLOCK_HEAD, head->used, &pos, &e)) == CODEC_ENTRY) {
		int64_t time = time_of(&e);

		if (entry_series(&e) > s->series)
			s->series = entry_series(&e);
		if (e.seq <= s->foot.last)
			continue;	/* was in the segment or block before */
		s->foot.last = e.seq;
		s->foot.stored = e.stored;
		s->foot.time_min = time < s->foot.time_min ? time : s->foot.time_min;
		s->foot.time_max = time > s->foot.time_max ? time : s->foot.time_max;
		if (e.seq >= from && (e.flags & ENTRY_SNAPSHOT))
			s->restated++;
		else
			s->foot.count += e.seq >= from;
	}
	s->damaged += result == CODEC_BAD;
	if (head->last > s->foot.last)
		s->foot.last = head->last;
}

/* Blocks that the commit after the slot chosen wrote before it was cut short,
 * up to the first that is missing. */
static uint32_t
blocks_after(const struct disk *d, int fd, const struct segment_head *h, struct scan *s,
    uint32_t limit)
{
	struct block_head head;
	uint8_t b[BLOCK];
	uint32_t i = s->extent.blocks;

	while (i < limit && get_block(d, fd, h, i, b, &head, s) &&
	    head.commit > s->extent.commit)
		i++;
	return i;
}

static void
drop_tail(struct extent *e, uint32_t blocks)
{
	e->has_tail = e->has_tail && blocks == e->blocks;
	e->blocks = blocks;
}

/* The older sound slot is what was flushed for sure.  What is missing after
 * it was never whole, and all that follows the first hole is left out. */
void
scan_end(const struct disk *d, int fd, const struct segment_head *h, struct scan *s)
{
	struct extent newest;
	uint32_t end;

	if (extent_find(d, fd, h, BY_PROVEN, &s->extent) != 0) {
		/* no slot: the data blocks tell what they can */
		s->unsure = true;
		drop_tail(&s->extent, blocks_after(d, fd, h, s, segment_room(h->blocks)));
		return;
	}
	if (s->extent.sealed)
		return;
	if (!s->extent.slot[0] || !s->extent.slot[1]) {
		s->unsure = true;
		drop_tail(&s->extent, blocks_after(d, fd, h, s, segment_room(h->blocks)));
		return;
	}
	if (extent_find(d, fd, h, BY_NEWEST, &newest) != 0) {
		s->extent.unreadable = newest.unreadable;
		return;
	}
	s->seen = newest.tail_head.last;
	s->top_commit = newest.commit;
	end = blocks_after(d, fd, h, s, newest.blocks);
	if (end == newest.blocks)
		s->extent = newest;
	else
		drop_tail(&s->extent, end);
}

/* What lies beyond the end was never flushed, but its numbers are used up. */
static void
look_beyond(const struct disk *d, int fd, const struct segment_head *h, struct scan *s)
{
	struct block_head head;
	uint8_t b[BLOCK];

	for (uint32_t i = s->extent.blocks; i < segment_room(h->blocks); i++) {
		if (!get_block(d, fd, h, i, b, &head, s))
			continue;
		s->seen = head.last > s->seen ? head.last : s->seen;
		s->top_commit = head.commit > s->top_commit ? head.commit : s->top_commit;
	}
}

void
scan_segment(const struct disk *d, int fd, const struct segment_head *h, uint64_t from,
    struct codec *c, struct scan *s)
{
	struct block_head head;
	uint8_t b[BLOCK];

	memset(s, 0, sizeof(*s));
	s->foot = (struct segment_foot){
		.last = h->prev, .time_min = INT64_MAX, .time_max = INT64_MIN, .stored = h->made
	};
	s->seen = h->prev;
	scan_end(d, fd, h, s);
	s->damaged += s->extent.unreadable;
	s->unreadable += s->extent.unreadable +
	    (segment_read(d, fd, h->blocks - 1, b) != 0);
	if (s->extent.commit > s->top_commit)
		s->top_commit = s->extent.commit;
	for (uint32_t i = 0; i < s->extent.blocks; i++) {
		if (get_block(d, fd, h, i, b, &head, s)) {
			count_block(s, b, &head, from, c);
			s->top_commit = head.commit > s->top_commit ? head.commit : s->top_commit;
		} else {
			s->damaged++;
		}
	}
	if (s->extent.has_tail)
		count_block(s, s->extent.tail, &s->extent.tail_head, from, c);
	if (!s->extent.sealed)
		look_beyond(d, fd, h, s);
	s->foot.blocks = s->extent.blocks + s->extent.has_tail;
	if (s->extent.sealed && s->extent.foot.last > s->foot.last)
		s->foot.last = s->extent.foot.last;
	if (s->foot.last > s->seen)
		s->seen = s->foot.last;
}
