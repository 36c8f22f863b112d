#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "../room.h"
#include "dictionary.h"
#include "listing.h"
#include "reader.h"
#include "replay.h"
#include "scan.h"

#define LOOKS	4	/* at slots that are being written meanwhile */

struct reader {
	const struct disk *disk;
	struct dictionary *names;
	enum lane	 lane;
	uint64_t	 last;		/* seq passed: the next one is higher */
	bool		 anything;	/* from the oldest on, no gap before it */
	int64_t		 stored;	/* UTC ms of what was passed last; 0: not known */
	/* the segment */
	int		 fd;		/* -1: none */
	struct segment_head head;
	struct extent	 extent;
	bool		 followed;	/* there is a later segment */
	bool		 flushed;	/* by us, as far as these: */
	uint32_t	 flushed_commit, flushed_blocks;
	int		 error;		/* errno: one that is there could not be read */
	/* the block */
	uint32_t	 index;		/* its place, or the next one's */
	bool		 loaded, tail;	/* tail: it may grow */
	bool		 hurt;		/* a damaged one was passed */
	struct block_head block;
	size_t		 pos;
	uint8_t		 bytes[BLOCK];
	/* an entry read beyond the limit waits for it */
	bool		 waiting;
	struct entry	 entry;
	struct listing	 segments;
	struct codec	 codec;
};

/* A bad moment of the device must not pass for a store without names. */
static bool
worse(const struct reader *r, const struct dictionary *d)
{
	if (!dictionary_unread(d) || dictionary_store(d) != 0)
		return r->names != NULL && dictionary_store(d) == dictionary_store(r->names) &&
		    dictionary_count(d) < dictionary_count(r->names);
	errno = EIO;
	return true;
}

static void
load_names(struct reader *r)
{
	struct dictionary *d = dictionary_new();

	if (dictionary_load(d, r->disk) != 0 || worse(r, d)) {
		dictionary_free(d);
		return;
	}
	if (r->names != NULL)
		dictionary_free(r->names);
	r->names = d;
}

/* What was added; all of it only where that is not enough, for it may be
 * megabytes. */
static void
renew_names(struct reader *r)
{
	if (r->names == NULL || dictionary_unread(r->names) ||
	    dictionary_store(r->names) == 0 || dictionary_more(r->names, r->disk) != 0)
		load_names(r);
}

struct reader *
reader_open_nameless(const struct disk *disk)
{
	struct reader *r = room_for(1, sizeof(*r));

	r->disk = disk;
	r->fd = -1;
	r->anything = true;
	return r;
}

struct reader *
reader_open(const struct disk *disk)
{
	struct reader *r = reader_open_nameless(disk);

	load_names(r);
	if (r->names != NULL)
		return r;
	free(r);
	return NULL;
}

static void
leave(struct reader *r)
{
	if (r->fd >= 0)
		r->disk->close(r->disk->ctx, r->fd);
	r->fd = -1;
	r->loaded = r->followed = r->flushed = false;
}

void
reader_close(struct reader *r)
{
	leave(r);
	if (r->names != NULL)
		dictionary_free(r->names);
	listing_free(&r->segments);
	free(r);
}

void
reader_seek(struct reader *r, enum lane lane, uint64_t seq)
{
	leave(r);
	r->lane = lane;
	r->last = seq > 0 ? seq - 1 : 0;
	r->anything = seq == 0;
	r->stored = 0;
	r->waiting = r->hurt = false;
	r->codec.snapshot_began = NOT_BEGUN;
	r->codec.snapshot_found = false;
}

/* Opens one; false: it is gone, or is no sound segment of this number. */
static bool
enter(struct reader *r, uint64_t generation, struct segment_head *h)
{
	char name[SEGMENT_NAME];
	int fd = r->disk->open(r->disk->ctx,
	    segment_name(name, NAME_SEGMENT, r->lane, generation), O_RDONLY);

	enum head_result found;

	if (fd < 0) {
		if (errno != ENOENT)
			r->error = errno;
		return false;
	}
	found = segment_read_head(r->disk, fd, h);
	if (found == HEAD_UNREADABLE)
		r->error = EIO;
	if (found != HEAD_FINE || h->generation != generation || h->lane != r->lane) {
		r->disk->close(r->disk->ctx, fd);
		return false;
	}
	leave(r);
	r->fd = fd;
	r->head = *h;
	r->index = 0;
	memset(&r->extent, 0, offsetof(struct extent, tail));
	return true;
}

/* Does the segment entered end before what is wanted? */
static bool
ends_before(const struct reader *r)
{
	struct segment_foot foot;

	return segment_read_foot(r->disk, r->fd, &r->head, &foot) && foot.last <= r->last;
}

/* The newest segment that begins at or before what is wanted, else the oldest
 * there is.  One before it that could not be read when it was begun may reach
 * further than its beginning says. */
static bool
locate(struct reader *r)
{
	struct segment_head h;
	size_t i = r->segments.n;

	while (i-- > 0)
		if (enter(r, r->segments.generations[i], &h) && h.prev <= r->last)
			break;
	if (r->fd >= 0 && !r->anything && i > 0 && i < r->segments.n &&
	    enter(r, r->segments.generations[i - 1], &h) && ends_before(r))
		enter(r, r->segments.generations[i], &h);
	/* what is wanted was stored after this one was begun */
	if (r->fd >= 0 && r->stored == 0 && r->head.prev <= r->last)
		r->stored = r->head.made;
	if (r->fd >= 0 && r->anything) {
		r->last = r->head.prev;
		r->anything = false;
	}
	return r->fd >= 0;
}

/* Is the segment still the one that was entered? */
static bool
still_here(const struct reader *r)
{
	struct segment_head h;

	return segment_read_head(r->disk, r->fd, &h) == HEAD_FINE && h.salt == r->head.salt &&
	    h.generation == r->head.generation;
}

/* Nobody says what of it is durable: the newest commit may lie in memory only,
 * if it was written and whoever wrote it was killed. */
static int
flush(struct reader *r)
{
	const struct extent *e = &r->extent;

	if (r->flushed && e->commit == r->flushed_commit && e->blocks == r->flushed_blocks)
		return 0;
	if (r->disk->sync(r->disk->ctx, r->fd) != 0)
		return -1;
	r->flushed = true;
	r->flushed_commit = e->commit;
	r->flushed_blocks = e->blocks;
	return 0;
}

/* Without a limit: what the next start would keep, flushed; where that cannot
 * be, what was flushed for sure. */
static int
find_kept(struct reader *r)
{
	struct scan s = { .seen = r->head.prev };

	scan_end(r->disk, r->fd, &r->head, &s);
	r->extent = s.extent;
	if (s.extent.sealed || (s.extent.unreadable == 0 && flush(r) == 0))
		return 0;
	return extent_find(r->disk, r->fd, &r->head, BY_PROVEN, &r->extent);
}

/* How far it goes now; the slots may be written at this very moment. */
static int
refresh(struct reader *r, uint64_t limit)
{
	bool kept = limit == 0 && !r->followed;

	for (int i = 0; i < LOOKS; i++)
		if ((kept ? find_kept(r) : extent_find(r->disk, r->fd, &r->head, BY_NEWEST,
		    &r->extent)) == 0)
			return 0;
	return -1;
}

/* Goes to the segment after this one; false: there is none. */
static bool
next_segment(struct reader *r)
{
	uint64_t mine = r->head.generation;
	struct segment_head h;

	if (enter(r, mine + 1, &h))
		return true;
	if (listing_read(&r->segments, r->disk, r->lane) != 0)
		return false;
	for (size_t i = 0; i < r->segments.n; i++)
		if (r->segments.generations[i] > mine && enter(r, r->segments.generations[i], &h)) {
			/* one between was lost while older ones are there */
			r->hurt |= r->segments.generations[0] <= mine || r->segments.bad > mine;
			return true;
		}
	return false;
}

static bool
later_exists(struct reader *r)
{
	char name[SEGMENT_NAME];
	struct segment_head h;
	int fd = r->disk->open(r->disk->ctx,
	    segment_name(name, NAME_SEGMENT, r->lane, r->head.generation + 1), O_RDONLY);
	bool there;

	if (fd < 0)
		return r->followed;
	there = segment_read_head(r->disk, fd, &h) == HEAD_FINE &&
	    h.generation == r->head.generation + 1;
	r->disk->close(r->disk->ctx, fd);
	return there;
}

enum load_result { LOADED, LOAD_DAMAGED, LOAD_NOTHING, LOAD_GONE };

/* The block at index: from its place, or from the slot. */
static enum load_result
copy_block(struct reader *r)
{
	struct block_head head;
	uint8_t b[BLOCK];
	bool tail = r->index == r->extent.blocks;

	if (r->index > r->extent.blocks || (tail && !r->extent.has_tail))
		return LOAD_NOTHING;
	if (tail) {
		memcpy(b, r->extent.tail, BLOCK);
		head = r->extent.tail_head;
	} else if (segment_read(r->disk, r->fd, AT_DATA + r->index, b) != 0 ||
	    !block_open(b, block_seed(r->head.salt), &head) || head.index != r->index) {
		return still_here(r) ? LOAD_DAMAGED : LOAD_GONE;
	}
	if (!still_here(r))
		return LOAD_GONE;
	if (r->loaded && (head.used < r->block.used || head.prev != r->block.prev))
		r->loaded = false;	/* not the one that was begun: read it anew */
	if (!r->loaded) {
		codec_begin(&r->codec, &head);
		r->pos = 0;
	}
	memcpy(r->bytes, b, BLOCK);
	r->block = head;
	r->loaded = true;
	r->tail = tail;
	return LOADED;
}

static bool
block_done(const struct reader *r)
{
	return r->loaded && r->pos >= r->block.used;
}

/* Makes the next undecoded bytes of this segment the current ones. */
static enum load_result
load(struct reader *r, uint64_t limit)
{
	enum load_result result;

	if (block_done(r) && !r->tail) {
		r->loaded = false;
		r->index++;
	}
	if (r->extent.sealed || r->index < r->extent.blocks) {
		result = copy_block(r);
		if (result != LOAD_NOTHING && !(result == LOADED && block_done(r)))
			return result;
		if (result == LOADED)
			return load(r, limit);
		if (r->extent.sealed)
			return still_here(r) ? LOAD_NOTHING : LOAD_GONE;
	}
	if (refresh(r, limit) != 0)
		return still_here(r) ? LOAD_NOTHING : LOAD_GONE;
	result = copy_block(r);
	if (result != LOADED || !block_done(r))
		return result;
	/* that it is full is all that is new of it: what is new is in the next */
	return r->tail ? LOAD_NOTHING : load(r, limit);
}

/* No segment could be entered: because there is none, or because one that is
 * there could not be read just now. */
static enum read_result
no_segment(const struct reader *r)
{
	if (r->error == 0)
		return READ_END;
	errno = r->error;
	return READ_FAILED;
}

/* Goes where there is more.  READ_ENTRY: bytes to decode are at hand. */
static enum read_result
advance(struct reader *r, uint64_t limit)
{
	for (;;) {
		r->error = 0;
		if (r->fd < 0) {
			if (listing_read(&r->segments, r->disk, r->lane) != 0)
				return READ_FAILED;
			if (!locate(r))
				return no_segment(r);
		}
		switch (load(r, limit)) {
		case LOADED:
			return READ_ENTRY;
		case LOAD_DAMAGED:
			r->hurt = true;
			r->loaded = false;
			r->index++;
			continue;
		case LOAD_GONE:
			leave(r);
			continue;
		case LOAD_NOTHING:
			break;
		}
		if (!r->followed && !r->extent.sealed && later_exists(r)) {
			/* all that is in it counts now: look once more */
			r->followed = true;
			continue;
		}
		if (!next_segment(r))
			return no_segment(r);
	}
}

/* Numbers of this lane between the last one and this block that are nowhere. */
static bool
missing(struct reader *r, struct gap *gap)
{
	if (r->pos != 0 || r->block.prev <= r->last)
		return false;
	*gap = (struct gap){ .from = r->last + 1, .to = r->block.prev, .damaged = r->hurt };
	gap_between(gap, r->stored, r->block.wall);
	r->last = r->block.prev;
	r->stored = r->block.wall;
	r->hurt = false;
	return true;
}

static enum read_result
decode(struct reader *r, struct entry *e)
{
	switch (codec_next(&r->codec, r->bytes + BLOCK_HEAD, r->block.used, &r->pos, e)) {
	case CODEC_ENTRY:
		return READ_ENTRY;
	case CODEC_BAD:
		r->pos = r->block.used;
		r->hurt = true;
		return READ_END;
	default:
		return READ_END;
	}
}

/* An entry whose turn has not come: it is kept, the caller shows the limit
 * again. */
static enum read_result
hand_over(struct reader *r, uint64_t limit, const struct entry *e)
{
	if (limit != 0 && e->seq > limit) {
		if (!r->waiting)
			r->entry = *e;
		r->waiting = true;
		return READ_END;
	}
	r->waiting = false;
	r->last = e->seq;
	r->stored = e->stored;
	return READ_ENTRY;
}

enum read_result
reader_next(struct reader *r, uint64_t limit, struct entry *e, struct gap *gap)
{
	enum read_result result;

	if (r->waiting) {
		result = hand_over(r, limit, &r->entry);
		if (result == READ_ENTRY)
			*e = r->entry;
		return result;
	}
	for (;;) {
		if (!r->loaded || block_done(r)) {
			result = advance(r, limit);
			if (result != READ_ENTRY)
				return result;
		}
		if (missing(r, gap))
			return READ_GAP;
		/* straight to the caller: an entry is hundreds of bytes */
		if (decode(r, e) != READ_ENTRY)
			continue;
		if (e->seq <= r->last) {
			r->stored = e->stored;
			continue;
		}
		r->hurt = false;
		return hand_over(r, limit, e);
	}
}

/* A number below the highest that has no name is damaged: it will not get one. */
static bool
may_be_new(const struct reader *r, uint32_t id)
{
	return r->names == NULL || dictionary_unread(r->names) ||
	    id > dictionary_count(r->names);
}

const struct series *
reader_series(struct reader *r, uint32_t id)
{
	const struct series *s = r->names == NULL ? NULL : dictionary_at(r->names, id);

	if (s != NULL || id == 0 || !may_be_new(r, id))
		return s;
	renew_names(r);
	return r->names == NULL ? NULL : dictionary_at(r->names, id);
}

uint64_t
reader_store(struct reader *r)
{
	if (r->names == NULL || dictionary_store(r->names) == 0)
		renew_names(r);
	return r->names == NULL ? 0 : dictionary_store(r->names);
}

/* Steps over entries; the last seq of the lane that is proven. */
static uint64_t
read_to_end(struct reader *r, uint64_t *first)
{
	struct entry e;
	struct gap gap;
	enum read_result result;
	uint64_t last = 0;

	while ((result = reader_next(r, 0, &e, &gap)) == READ_ENTRY || result == READ_GAP) {
		if (result == READ_GAP)
			continue;
		last = e.seq;
		if (first != NULL) {
			*first = e.seq;
			return last;
		}
	}
	return last;
}

void
reader_range(struct reader *from, enum lane lane, uint64_t *first, uint64_t *last)
{
	struct reader *r = reader_open_nameless(from->disk);
	struct segment_head h;

	*first = *last = 0;
	reader_seek(r, lane, 0);
	read_to_end(r, first);
	for (size_t i = r->segments.n; *first != 0 && *last == 0 && i-- > 0;) {
		reader_seek(r, lane, 0);
		if (!enter(r, r->segments.generations[i], &h))
			continue;
		r->last = h.prev;
		r->anything = false;
		*last = read_to_end(r, NULL);
	}
	reader_close(r);
}

bool
reader_snapshot(struct reader *r, uint64_t *seq)
{
	*seq = r->codec.snapshot_whole;
	return r->codec.snapshot_found;
}
