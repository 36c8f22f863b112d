#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "../room.h"
#include "store.h"

/* More numbers than a tail and than a segment can hold: what is lost there may
 * have been read, so its numbers are passed over. */
#define TAIL_JUMP	8192u
#define NAMES_JUMP	4096u
#define SEGMENT_JUMP	((uint64_t)1 << 20)

/* Files that a snapshot of very many alarms may take beyond its lane's share. */
#define GROWTH		256u

struct found {
	enum segment_name what;
	enum lane	 lane;
	uint64_t	 number;
};

struct finder {
	struct found	*at;
	size_t		 n, cap;
};

/* What recovery of one lane found beside its segments. */
struct recovery {
	struct journal	*j;
	struct lane_store *store;
	uint64_t	 seen;		/* highest seq */
	uint64_t	 jump;
	char		*why;
	size_t		 nwhy;
};

static void
found_name(void *arg, const char *name)
{
	struct finder *f = arg;
	struct found it = { .what = NAME_OTHER }, *more;

	it.what = segment_parse(name, &it.lane, &it.number);
	if (it.what == NAME_OTHER)
		return;
	if (f->n == f->cap) {
		more = room_for(f->cap * 2 + 64, sizeof(*more));
		if (f->n > 0)
			memcpy(more, f->at, f->n * sizeof(*more));
		free(f->at);
		f->at = more;
		f->cap = f->cap * 2 + 64;
	}
	f->at[f->n++] = it;
}

static int
by_number(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Written, but neither read nor needed any more. */
static void
make_spare(struct recovery *r, uint64_t generation)
{
	struct lane_store *l = r->store;
	char from[SEGMENT_NAME], to[SEGMENT_NAME];

	segment_name(from, NAME_SEGMENT, l->lane, generation);
	segment_name(to, NAME_SPARE, l->lane, l->next_spare);
	if (r->j->disk->rename(r->j->disk->ctx, from, to) == 0)
		l->spares[l->nspares++] = l->next_spare++;
}

static void
set_aside(struct recovery *r, uint64_t generation)
{
	char from[SEGMENT_NAME], to[SEGMENT_NAME];

	segment_name(from, NAME_SEGMENT, r->store->lane, generation);
	segment_name(to, NAME_BAD, r->store->lane, generation);
	r->j->disk->rename(r->j->disk->ctx, from, to);
	r->j->stats.set_aside++;
	r->jump += SEGMENT_JUMP;
}

/* A spare file whose making was cut short is made again. */
static void
take_spare(struct recovery *r, uint64_t number)
{
	const struct disk *d = r->j->disk;
	struct lane_store *l = r->store;
	char name[SEGMENT_NAME];
	int fd = d->open(d->ctx, segment_name(name, NAME_SPARE, l->lane, number), O_RDWR);
	bool whole;

	if (fd < 0)
		return;
	whole = d->size(d->ctx, fd) == (off_t)segment_blocks(l->lane) * BLOCK;
	d->close(d->ctx, fd);
	if (!whole)
		d->unlink(d->ctx, name);
	else
		l->spares[l->nspares++] = number;
	if (number >= l->next_spare)
		l->next_spare = number + 1;
}

static void
take_scan(struct recovery *r, const struct segment_head *h)
{
	const struct scan *s = &r->j->scan;

	r->j->stats.damaged += s->damaged;
	if (s->unsure || s->unreadable > 0)
		r->jump += TAIL_JUMP;
	r->seen = s->seen > r->seen ? s->seen : r->seen;
	dictionary_reserve(r->j->names, s->series > h->series ? s->series : h->series);
}

/* The tail to its final place, as a block that is full. */
static int
settle_tail(struct recovery *r, int fd, const struct segment_head *h, uint32_t commit)
{
	struct extent *e = &r->j->scan.extent;

	if (!e->has_tail)
		return 0;
	e->tail_head.index = e->blocks;
	e->tail_head.commit = commit;
	block_seal(e->tail, &e->tail_head, block_seed(h->salt));
	return segment_write(r->j->disk, fd, AT_DATA + e->blocks, e->tail);
}

/* One that is not the last and has no footer. */
static void
seal_old(struct recovery *r, int fd, const struct segment_head *h)
{
	const struct disk *d = r->j->disk;
	const struct scan *s = &r->j->scan;

	if (settle_tail(r, fd, h, s->top_commit + 1) == 0 && d->sync(d->ctx, fd) == 0 &&
	    segment_write_foot(d, fd, h, &s->foot) == 0)
		d->sync(d->ctx, fd);
}

/* What was found is made durable, then the tail gets its place and the slot
 * that is not relied on says so. */
static int
settle(struct recovery *r, int fd, const struct segment_head *h, uint32_t commit)
{
	const struct disk *d = r->j->disk;
	const struct scan *s = &r->j->scan;
	struct block_head none = {
		.index = s->foot.blocks, .commit = commit, .prev = s->foot.last,
		.last = s->foot.last, .boot = r->j->conf.boot, .wall = s->foot.stored
	};
	uint8_t b[BLOCK] = { 0 };

	block_seal(b, &none, block_seed(h->salt));
	if (d->sync(d->ctx, fd) != 0 || settle_tail(r, fd, h, commit) != 0 ||
	    segment_write(d, fd, AT_SLOT + commit % 2, b) != 0)
		return -1;
	return d->sync(d->ctx, fd);
}

/* The newest segment goes on where it ended. */
static void
go_on(struct recovery *r, int fd, const struct segment_head *h)
{
	struct segment_now *now = &r->store->now;
	const struct scan *s = &r->j->scan;
	uint32_t commit = s->top_commit + 1;

	if (commit % 2 == s->extent.commit % 2)
		commit++;
	*now = (struct segment_now){
		.fd = fd, .head = *h, .seed = block_seed(h->salt), .filled = s->foot.blocks,
		.commit = commit, .proven = true, .foot = s->foot
	};
	if (settle(r, fd, h, commit) != 0) {
		r->j->stats.flush_errors++;
		now->left = true;
	}
}

/* Files a sound segment; closes it or goes on in it. */
static void
take_segment(struct recovery *r, int fd, const struct segment_head *h, bool newest)
{
	struct journal *j = r->j;
	struct scan *s = &j->scan;
	struct segment_info info = { .generation = h->generation, .prev = h->prev };
	bool hands_off, sealed = segment_read_foot(j->disk, fd, h, &info.foot);

	dictionary_reserve(j->names, h->series);
	if (!sealed || dictionary_hurt(j->names)) {
		scan_segment(j->disk, fd, h, 0, j->codec, s);
		take_scan(r, h);
	}
	if (!sealed)
		info.foot = s->foot;
	/* what the device does not give just now may be there: nothing is
	 * written over it, and what comes goes to another segment */
	hands_off = !sealed && (s->unreadable > 0 || s->extent.sealed);
	r->store->last = info.foot.last > r->store->last ? info.foot.last : r->store->last;
	if (!sealed && !hands_off && newest && s->foot.blocks == 0 && !s->extent.slot[0] &&
	    !s->extent.slot[1]) {
		/* begun, and cut short before its slots were there */
		r->store->pending = h->generation;
		j->disk->close(j->disk->ctx, fd);
		return;
	}
	retention_add(r->store, &info);
	if (!sealed && !hands_off && newest) {
		go_on(r, fd, h);
		return;
	}
	if (!sealed && !hands_off)
		seal_old(r, fd, h);
	j->disk->close(j->disk->ctx, fd);
}

/* The device does not give it, but may do so at the next start: it stays where
 * it is, reported as damage meanwhile. */
static int
leave_alone(struct recovery *r)
{
	r->j->stats.damaged++;
	r->jump += SEGMENT_JUMP;
	return 0;
}

static int
look_at(struct recovery *r, uint64_t generation, bool newest)
{
	const struct disk *d = r->j->disk;
	struct segment_head head;
	char name[SEGMENT_NAME];
	enum head_result result;
	int fd;

	segment_name(name, NAME_SEGMENT, r->store->lane, generation);
	fd = d->open(d->ctx, name, O_RDWR);
	if (fd < 0 && errno == EIO)
		fd = d->open(d->ctx, name, O_RDWR);
	if (fd < 0 && errno == EIO)
		return leave_alone(r);
	if (fd < 0) {
		snprintf(r->why, r->nwhy, "%s: %s", name, strerrordesc_np(errno));
		return -1;
	}
	result = segment_read_head(d, fd, &head);
	if (result == HEAD_NEWER) {
		snprintf(r->why, r->nwhy, "%s: made by a later version", name);
		d->close(d->ctx, fd);
		errno = EPROTO;
		return -1;
	}
	if (result == HEAD_FINE && head.generation == generation && head.lane == r->store->lane) {
		if (dictionary_store(r->j->names) == 0)
			dictionary_set_store(r->j->names, head.store);
		take_segment(r, fd, &head, newest);
		return 0;
	}
	d->close(d->ctx, fd);
	if (result == HEAD_UNREADABLE)
		return leave_alone(r);
	/* the header of the segment it was before, or none yet */
	if (result == HEAD_EMPTY || (result == HEAD_FINE && head.generation < generation))
		make_spare(r, generation);
	else
		set_aside(r, generation);
	return 0;
}

static size_t
most_files(const struct journal *j, enum lane lane)
{
	int64_t alarms = j->conf.cap / 64 / (ALARM_BLOCKS * BLOCK), n;

	alarms = alarms < 4 ? 4 : alarms > 32 ? 32 : alarms;
	if (lane == LANE_ALARM)
		return (size_t)alarms;
	n = (j->conf.cap - alarms * ALARM_BLOCKS * BLOCK) / (TELEMETRY_BLOCKS * BLOCK);
	return n < 2 ? 2 : (size_t)n;
}

static int
recover_lane(struct recovery *r, const struct finder *f)
{
	struct lane_store *l = r->store;
	uint64_t newest = 0;

	l->now.fd = -1;
	l->most = most_files(r->j, l->lane);
	l->capacity = f->n + l->most + 4 + (l->lane == LANE_ALARM ? GROWTH : 0);
	l->segments = room_for(l->capacity, sizeof(*l->segments));
	l->spares = room_for(l->capacity, sizeof(*l->spares));
	for (size_t i = 0; i < f->n; i++) {
		const struct found *it = &f->at[i];

		if (it->lane != l->lane)
			continue;
		if (it->what == NAME_SPARE)
			take_spare(r, it->number);
		else if (it->number > l->generation)
			l->generation = it->number;
		if (it->what == NAME_SEGMENT)
			newest = it->number;
	}
	for (size_t i = 0; i < f->n; i++)
		if (f->at[i].lane == l->lane && f->at[i].what == NAME_SEGMENT &&
		    look_at(r, f->at[i].number, f->at[i].number == newest) != 0)
			return -1;
	return 0;
}

static int
recover_names(struct journal *j, char *why, size_t n)
{
	if (dictionary_load(j->names, j->disk) != 0) {
		snprintf(why, n, "series: %s", errno == EPROTO ? "made by a later version" :
		    strerrordesc_np(errno));
		return -1;
	}
	j->stats.damaged += dictionary_damaged(j->names);
	return 0;
}

/* Names of numbers in use that neither file has.  Those of segments that could
 * not be read are passed over. */
static void
count_lost_names(struct journal *j, uint32_t known, uint64_t jump)
{
	j->stats.damaged += dictionary_count(j->names) - known;
	if (dictionary_hurt(j->names) && jump >= SEGMENT_JUMP)
		dictionary_reserve(j->names, dictionary_count(j->names) + NAMES_JUMP);
}

static int
recover_lanes(struct journal *j, const struct finder *f, char *why, size_t n)
{
	struct recovery r = { .j = j, .why = why, .nwhy = n };
	uint32_t known = dictionary_count(j->names);

	for (enum lane lane = 0; lane < LANES; lane++) {
		r.store = &j->stores[lane];
		r.store->lane = lane;
		if (recover_lane(&r, f) != 0)
			return -1;
		j->durable.seq[lane] = r.store->last;
		if (r.store->last > r.seen)
			r.seen = r.store->last;
	}
	count_lost_names(j, known, r.jump);
	j->seq = r.seen + r.jump;
	return 0;
}

int
recover(struct journal *j, int64_t wall, char *why, size_t n)
{
	struct finder f = { .at = NULL };
	int rc;

	for (enum lane lane = 0; lane < LANES; lane++)
		j->jobs[lane].wall = wall;
	if (recover_names(j, why, n) != 0)
		return -1;
	if (j->disk->list(j->disk->ctx, found_name, &f) != 0) {
		snprintf(why, n, "folder: %s", strerrordesc_np(errno));
		free(f.at);
		return -1;
	}
	if (f.n > 0)
		qsort(f.at, f.n, sizeof(*f.at), by_number);
	rc = recover_lanes(j, &f, why, n);
	free(f.at);
	return rc;
}
