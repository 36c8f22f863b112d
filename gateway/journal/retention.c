#include <assert.h>
#include <errno.h>
#include <fcntl.h>

#include "store.h"

void
retention_add(struct lane_store *l, const struct segment_info *s)
{
	assert(l->nsegments < l->capacity);
	l->segments[l->nsegments++] = *s;
}

void
retention_drop(struct lane_store *l, size_t i)
{
	l->nsegments--;
	memmove(&l->segments[i], &l->segments[i + 1], (l->nsegments - i) * sizeof(l->segments[0]));
}

static size_t
files(const struct lane_store *l)
{
	return l->nsegments + l->nspares + (l->pending != 0);
}

int64_t
retention_bytes(const struct lane_store *l)
{
	return (int64_t)files(l) * segment_blocks(l->lane) * BLOCK;
}

/* Entries of a segment from this number on. */
static uint64_t
count_from(struct journal *j, const struct lane_store *l, const struct segment_info *s,
    uint64_t from)
{
	char name[SEGMENT_NAME];
	struct segment_head head;
	struct scan *scan;
	uint64_t n = s->foot.count;
	int fd;

	if (from <= s->prev + 1)
		return n;
	if (from > s->foot.last)
		return 0;
	fd = j->disk->open(j->disk->ctx, segment_name(name, NAME_SEGMENT, l->lane, s->generation),
	    O_RDONLY);
	if (fd < 0)
		return n;
	scan = &j->scan;
	if (segment_read_head(j->disk, fd, &head) == HEAD_FINE) {
		scan_segment(j->disk, fd, &head, from, j->codec, scan);
		n = scan->foot.count;
	}
	j->disk->close(j->disk->ctx, fd);
	return n;
}

/* The oldest segment was given up with n entries that some uplink has not had. */
static void
book_loss(struct job *job, const struct segment_info *s, uint64_t n)
{
	if (n == 0)
		return;
	if (job->discarded == 0 || s->foot.time_min < job->discarded_from)
		job->discarded_from = s->foot.time_min;
	if (job->discarded == 0 || s->foot.time_max > job->discarded_to)
		job->discarded_to = s->foot.time_max;
	job->discarded += n;
}

/* May the oldest one go?  The newest is being written or holds the last. */
static bool
oldest(const struct lane_store *l)
{
	return l->nsegments >= 2;
}

/* Does it say, alone, which alarms stand? */
static bool
needed(const struct journal *j, const struct lane_store *l)
{
	return l->segments[0].foot.last > j->job->keep;
}

static bool
may_go(const struct journal *j, const struct lane_store *l)
{
	return oldest(l) && !needed(j, l);
}

/* Files a lane may have.  What the snapshots of many alarms take beyond the
 * share of their lane is taken from the readings. */
static size_t
most(const struct journal *j, const struct lane_store *l)
{
	const struct lane_store *alarm = &j->stores[LANE_ALARM];
	size_t over = files(alarm) > alarm->most ? files(alarm) - alarm->most : 0;

	over = (over * ALARM_BLOCKS + TELEMETRY_BLOCKS - 1) / TELEMETRY_BLOCKS;
	if (l->lane == LANE_ALARM || over == 0)
		return l->most;
	return l->most > over + 2 ? l->most - over : 2;
}

static bool
room_for_one(const struct journal *j, const struct lane_store *l)
{
	if (files(l) < most(j, l))
		return true;
	return oldest(l) && needed(j, l) && files(l) + 2 < l->capacity;
}

static int
recycle(struct journal *j, struct lane_store *l, const char *to)
{
	const struct segment_info s = l->segments[0];
	const uint64_t loss = count_from(j, l, &s, j->job->pin[l->lane]);
	char name[SEGMENT_NAME];

	segment_name(name, NAME_SEGMENT, l->lane, s.generation);
	if (j->disk->rename(j->disk->ctx, name, to) != 0)
		return -1;
	book_loss(j->job, &s, loss);
	retention_drop(l, 0);
	return 0;
}

/* One more file of zeros among the spare ones. */
static int
make_spare(struct journal *j, struct lane_store *l)
{
	const struct disk *d = j->disk;
	char name[SEGMENT_NAME];
	int fd, rc, error;

	segment_name(name, NAME_SPARE, l->lane, l->next_spare);
	fd = d->open(d->ctx, name, O_RDWR | O_CREAT);
	if (fd < 0)
		return -1;
	rc = d->allocate(d->ctx, fd, (off_t)segment_blocks(l->lane) * BLOCK);
	error = errno;
	d->close(d->ctx, fd);
	if (rc != 0) {
		d->unlink(d->ctx, name);
		errno = error;
		return -1;
	}
	l->spares[l->nspares++] = l->next_spare++;
	return 0;
}

void
retention_reserve(struct journal *j, struct lane_store *l)
{
	bool made = false;

	while (files(l) < l->most && make_spare(j, l) == 0)
		made = true;
	if (made)
		j->disk->sync_dir(j->disk->ctx);
}

int
retention_take(struct journal *j, struct lane_store *l)
{
	char spare[SEGMENT_NAME], name[SEGMENT_NAME];
	int why = ENOSPC;

	segment_name(name, NAME_SEGMENT, l->lane, l->generation + 1);
	if (l->nspares == 0 && room_for_one(j, l) && make_spare(j, l) != 0)
		why = errno;
	if (l->nspares > 0) {
		segment_name(spare, NAME_SPARE, l->lane, l->spares[l->nspares - 1]);
		if (j->disk->rename(j->disk->ctx, spare, name) != 0)
			return -1;
		l->nspares--;
	} else if (oldest(l)) {
		if (recycle(j, l, name) != 0)
			return -1;
	} else {
		errno = why;
		return -1;
	}
	l->pending = ++l->generation;
	return 0;
}

static bool
too_old(const struct journal *j, const struct lane_store *l)
{
	const struct segment_info *s = &l->segments[0];

	return j->conf.age > 0 && s->foot.last < j->job->pin[l->lane] &&
	    s->foot.stored < j->job->wall - j->conf.age / 1000;
}

void
retention_trim(struct journal *j, struct lane_store *l)
{
	char name[SEGMENT_NAME];
	bool renamed = false;

	while (may_go(j, l) && too_old(j, l)) {
		if (recycle(j, l, segment_name(name, NAME_SPARE, l->lane, l->next_spare)) != 0)
			break;
		l->spares[l->nspares++] = l->next_spare++;
		renamed = true;
	}
	while (files(l) > most(j, l) && l->nspares > 0) {
		segment_name(name, NAME_SPARE, l->lane, l->spares[l->nspares - 1]);
		if (j->disk->unlink(j->disk->ctx, name) != 0)
			break;
		l->nspares--;
		renamed = true;
	}
	while (files(l) > most(j, l) && may_go(j, l)) {
		uint64_t loss = count_from(j, l, &l->segments[0], j->job->pin[l->lane]);

		segment_name(name, NAME_SEGMENT, l->lane, l->segments[0].generation);
		if (j->disk->unlink(j->disk->ctx, name) != 0)
			break;
		book_loss(j->job, &l->segments[0], loss);
		retention_drop(l, 0);
		renamed = true;
	}
	if (renamed)
		j->disk->sync_dir(j->disk->ctx);
}
