#include <errno.h>
#include <fcntl.h>

#include "store.h"

static uint64_t
mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

/* Unlike any before in this file; the boot id is where chance comes from. */
static uint64_t
new_salt(struct journal *j, uint64_t generation)
{
	uint64_t s = mix(j->conf.boot + ++j->salts * 0x9e3779b97f4a7c15u);

	s = mix(s ^ (uint64_t)j->job->mono ^ dictionary_store(j->names));
	return mix(s ^ (uint64_t)j->job->wall ^ generation << 32);
}

static int
flush(struct journal *j, int fd)
{
	if (j->disk->sync(j->disk->ctx, fd) == 0)
		return 0;
	j->job->flush_errors++;
	return -1;
}

/* The footer is written after what it vouches for was flushed.  Without it
 * the segment is still read by its slots. */
static void
finish(struct journal *j, struct lane_store *l)
{
	struct segment_now *s = &l->now;
	struct segment_info *info = &l->segments[l->nsegments - 1];

	s->foot.blocks = s->filled;
	s->foot.last = l->last;
	info->foot = s->foot;
	info->foot.count += s->tail_count;
	if (!s->left && segment_write_foot(j->disk, s->fd, &s->head, &s->foot) == 0)
		flush(j, s->fd);
	j->disk->close(j->disk->ctx, s->fd);
	s->fd = -1;
	if (s->left && !s->proven) {
		/* nothing in it counts: it is begun anew, under another salt */
		l->pending = info->generation;
		s->tail_count = (uint32_t)(0 - s->foot.count);
		retention_drop(l, l->nsegments - 1);
	}
}

static int
begin(struct journal *j, struct lane_store *l, int fd, uint64_t repeated)
{
	struct segment_now *s = &l->now;
	struct segment_info info = { .generation = l->pending, .prev = l->last };

	s->head = (struct segment_head){
		.lane = l->lane, .blocks = segment_blocks(l->lane), .series = j->job->series,
		.store = dictionary_store(j->names), .generation = l->pending,
		.salt = new_salt(j, l->pending), .prev = l->last, .made = j->job->wall
	};
	if (segment_begin(j->disk, fd, &s->head, j->conf.boot) != 0 || flush(j, fd) != 0)
		return -1;
	s->fd = fd;
	s->seed = block_seed(s->head.salt);
	s->filled = 0;
	s->commit = 1;
	s->left = s->proven = false;
	s->tail_count = 0;
	s->foot = (struct segment_foot){
		.last = l->last, .time_min = INT64_MAX, .time_max = INT64_MIN,
		.stored = j->job->wall, .count = 0 - repeated
	};
	info.foot = s->foot;
	retention_add(l, &info);
	l->pending = 0;
	return 0;
}

/* Leaves the segment that is full or has failed and begins the next one. */
static int
turn(struct journal *j, struct lane_store *l)
{
	const struct disk *d = j->disk;
	char name[SEGMENT_NAME];
	int fd, error;

	if (l->now.fd >= 0)
		finish(j, l);
	if (l->pending == 0 && retention_take(j, l) != 0)
		return -1;
	if (d->sync_dir(d->ctx) != 0)
		return -1;
	fd = d->open(d->ctx, segment_name(name, NAME_SEGMENT, l->lane, l->pending), O_RDWR);
	if (fd < 0)
		return -1;
	/* what only the tail of the last one holds is written once more */
	if (begin(j, l, fd, l->now.tail_count) == 0)
		return 0;
	error = errno;
	d->close(d->ctx, fd);
	errno = error;
	return -1;
}

static void
add_block(struct segment_foot *f, const struct ring_block *b)
{
	f->count += b->head.count;
	f->last = b->head.last;
	f->stored = b->stored;
	f->time_min = b->time_min < f->time_min ? b->time_min : f->time_min;
	f->time_max = b->time_max > f->time_max ? b->time_max : f->time_max;
}

static int
write_block(struct journal *j, const struct segment_now *s, uint8_t *bytes,
    struct block_head head, uint32_t index, uint32_t place)
{
	head.index = index;
	head.commit = s->commit + 1;
	block_seal(bytes, &head, s->seed);
	return segment_write(j->disk, s->fd, place, bytes);
}

/* Says how far the full blocks go. */
static int
write_empty(struct journal *j, const struct segment_now *s, uint32_t index, uint64_t last,
    uint32_t place)
{
	const struct block_head none = {
		.prev = last, .last = last, .boot = j->conf.boot, .mono = j->job->mono,
		.wall = j->job->wall
	};
	uint8_t empty[BLOCK] = { 0 };

	return write_block(j, s, empty, none, index, place);
}

/* As many full blocks as the segment takes, the tail when they were all, and
 * one flush. */
static int
write_some(struct journal *j, struct lane_store *l)
{
	struct segment_now *s = &l->now;
	struct job *job = j->job;
	const struct ring *ring = &j->writers[l->lane].ring;
	uint32_t room = segment_room(s->head.blocks) - s->filled, n = 0;
	uint32_t slot = AT_SLOT + (s->commit + 1) % 2;
	uint64_t last = l->last;
	bool tail;

	for (; n < room && job->done + n < job->full; n++) {
		struct ring_block *b = ring_at(ring, job->done + n);

		if (write_block(j, s, ring_bytes(ring, b), b->head, s->filled + n,
		    AT_DATA + s->filled + n) != 0)
			return -1;
		last = b->head.last;
	}
	tail = job->has_tail && n < room && job->done + n == job->full;
	if ((tail ? write_block(j, s, job->tail, job->tail_block.head, s->filled + n, slot)
	    : write_empty(j, s, s->filled + n, last, slot)) != 0 || flush(j, s->fd) != 0)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		add_block(&s->foot, ring_at(ring, job->done + i));
	s->filled += n;
	s->commit++;
	s->proven = true;
	s->tail_count = tail ? job->tail_block.head.count : 0;
	job->done += n;
	job->tail_done = tail;
	l->last = job->durable = tail ? job->tail_block.head.last : last;
	return 0;
}

static bool
full(const struct segment_now *s)
{
	return s->filled == segment_room(s->head.blocks);
}

static int
write_all(struct journal *j, struct lane_store *l)
{
	struct job *job = j->job;

	while (job->done < job->full || (job->has_tail && !job->tail_done)) {
		if ((l->now.fd < 0 || l->now.left || full(&l->now)) && turn(j, l) != 0)
			return -1;
		if (write_some(j, l) != 0) {
			l->now.left = job->restart = true;
			return -1;
		}
	}
	return 0;
}

static void
run_job(struct journal *j)
{
	struct lane_store *l = &j->stores[j->job->lane];

	errno = 0;
	if (write_all(j, l) != 0)
		j->job->error = errno != 0 ? errno : EIO;
	retention_trim(j, l);
}

/* False: what there is to commit may need names that are not stored. */
static bool
store_names(struct journal *j)
{
	struct naming *n = &j->naming;

	errno = 0;
	if (n->wanted && dictionary_flush(j->names, j->disk, n->upto) != 0)
		n->error = errno != 0 ? errno : EIO;
	n->flushed = dictionary_flushed(j->names);
	return n->error == 0 || n->apart;
}

void
commit_run(struct journal *j)
{
	if (!store_names(j))
		return;
	for (enum lane lane = 0; lane < LANES; lane++) {
		j->job = &j->jobs[lane];
		if (j->job->begun)
			run_job(j);
	}
}

/* The newest slot once more, as the commit after it. */
static void
repeat_tail(const struct journal *j, struct segment_now *s)
{
	struct block_head head;
	uint8_t bytes[BLOCK];

	if (segment_read(j->disk, s->fd, AT_SLOT + s->commit % 2, bytes) != 0 ||
	    !block_open(bytes, s->seed, &head) || head.commit != s->commit)
		return;
	head.commit++;
	block_seal(bytes, &head, s->seed);
	if (segment_write(j->disk, s->fd, AT_SLOT + head.commit % 2, bytes) == 0 &&
	    j->disk->sync(j->disk->ctx, s->fd) == 0)
		s->commit++;
}

void
commit_vouch(struct journal *j)
{
	for (enum lane lane = 0; lane < LANES; lane++) {
		struct segment_now *s = &j->stores[lane].now;

		if (s->fd >= 0 && s->proven && !s->left)
			repeat_tail(j, s);
	}
}
