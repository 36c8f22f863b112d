#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../room.h"
#include "store.h"

#define LAZY_BYTES	65536	/* no lazy commit waits for more than these */
#define ALARM_BUFFER	(2 << 20)	/* 5,000 steps at one moment; touched as needed */
#define RETRY		1000000	/* us after a failed commit */
#define NAMES_TRIES	2u	/* of new names, until the rest goes without */

static void
init_writers(struct journal *j)
{
	size_t bytes[LANES] = {
		[LANE_TELEMETRY] = 2 * j->conf.buffer, [LANE_ALARM] = ALARM_BUFFER
	};

	for (enum lane lane = 0; lane < LANES; lane++) {
		struct lane_writer *w = &j->writers[lane];
		const struct lane_store *s = &j->stores[lane];

		lane_init(w, lane, bytes[lane], j->conf.boot);
		w->last = w->told = s->last;
		if (s->now.fd >= 0 && !s->now.left)
			w->head_index = s->now.filled;
		j->stats.buffer_size += w->ring.size * BLOCK;
	}
}

/* Two stores of one name would be told apart by nothing. */
static uint64_t
new_store(const struct journal *j, int64_t mono, int64_t wall)
{
	uint64_t x = j->conf.boot ^ (uint64_t)wall << 20 ^ (uint64_t)mono;

	x = (x ^ x >> 33) * 0xff51afd7ed558ccdu;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53u;
	x ^= x >> 33;
	return x == 0 ? 1 : x;
}

static void
count_bytes(struct journal *j)
{
	j->stats.bytes = retention_bytes(&j->stores[LANE_TELEMETRY]) +
	    retention_bytes(&j->stores[LANE_ALARM]);
}

static void
release(struct journal *j)
{
	for (enum lane lane = 0; lane < LANES; lane++) {
		struct lane_store *s = &j->stores[lane];

		if (s->capacity > 0 && s->now.fd >= 0)
			j->disk->close(j->disk->ctx, s->now.fd);
		free(s->segments);
		free(s->spares);
		lane_free(&j->writers[lane]);
	}
	dictionary_free(j->names);
	free(j->codec);
	free(j);
}

static void
count_buffered(struct journal *j)
{
	const struct lane_writer *t = &j->writers[LANE_TELEMETRY];
	size_t held = lane_held(t);

	j->stats.buffered = held + lane_held(&j->writers[LANE_ALARM]);
	j->stats.most_room = t->ring.size * BLOCK;
	j->stats.room = j->stats.most_room - held;
}

struct journal *
journal_open(const struct disk *disk, const struct journal_conf *conf, int64_t mono, int64_t wall,
    char *why, size_t n)
{
	struct journal *j = room_for(1, sizeof(*j));

	j->disk = disk;
	j->conf = *conf;
	j->event = -1;
	j->names = dictionary_new();
	j->codec = room_for(1, sizeof(*j->codec));
	j->job = &j->jobs[0];
	for (enum lane lane = 0; lane < LANES; lane++)
		j->jobs[lane].mono = mono;
	if (recover(j, wall, why, n) != 0) {
		int error = errno;

		release(j);
		errno = error;
		return NULL;
	}
	if (dictionary_store(j->names) == 0)
		dictionary_set_store(j->names, new_store(j, mono, wall));
	/* a folder that takes no writes yet is tried again by each commit */
	dictionary_repair(j->names, disk);
	j->named = dictionary_flushed(j->names);
	retention_reserve(j, &j->stores[LANE_ALARM]);
	init_writers(j);
	count_bytes(j);
	count_buffered(j);
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->wake, NULL);
	return j;
}

void
journal_on_durable(struct journal *j, void (*told)(void *, const struct entry *), void *arg)
{
	j->told = told;
	j->told_arg = arg;
	for (enum lane lane = 0; told != NULL && lane < LANES; lane++)
		if (j->writers[lane].teller == NULL)
			j->writers[lane].teller = room_for(1, sizeof(struct codec));
}

void
journal_on_snapshot(struct journal *j, bool (*standing)(void *, size_t, struct alarm_entry *),
    void *arg)
{
	j->writers[LANE_ALARM].standing = standing;
	j->writers[LANE_ALARM].standing_arg = arg;
}

void
journal_reordered(struct journal *j)
{
	lane_reordered(&j->writers[LANE_ALARM]);
}

uint32_t
journal_series(struct journal *j, const struct series *s)
{
	uint32_t id = dictionary_find(j->names, s);

	return id != 0 ? id : dictionary_add(j->names, s);
}

void
journal_series_done(struct journal *j)
{
	dictionary_sought(j->names);
}

uint32_t
journal_nameless(const struct journal *j)
{
	return j->stats.names_error != 0 ? j->named + 1 : UINT32_MAX;
}

/* New names find no room, and it is of one of those. */
static bool
nameless(const struct journal *j, const struct entry *e)
{
	return entry_series(e) >= journal_nameless(j);
}

uint64_t
journal_append(struct journal *j, const struct entry *e, enum commit_class class, int64_t mono,
    int64_t wall, bool trusted)
{
	enum lane lane = e->kind == ENTRY_ALARM || class == COMMIT_ALARM ? LANE_ALARM :
	    LANE_TELEMETRY;
	struct lane_writer *w = &j->writers[lane];
	int64_t due = class == COMMIT_LAZY ? mono + j->conf.commit : mono;
	uint64_t seq, blocks = w->ring.next;

	if (lane == LANE_TELEMETRY && nameless(j, e)) {
		j->stats.unnamed++;
		return 0;
	}
	lane_group(w, mono, wall, trusted);
	seq = lane_append(w, e, &j->seq);
	if (seq == 0) {
		j->stats.skipped++;
		return 0;
	}
	if (w->fresh >= LAZY_BYTES)
		due = mono;
	if (due < w->due)
		w->due = due;
	j->stats.appended++;
	if (w->ring.next != blocks)
		count_buffered(j);
	return seq;
}

/* Everything a lane holds is to be written.  A full block does not change
 * any more; the one being filled is copied. */
static void
prepare(struct journal *j, enum lane lane, int64_t mono)
{
	struct lane_writer *w = &j->writers[lane];
	const struct ring_block *open = lane_open_block(w);
	struct job *job = &j->jobs[lane];

	job->lane = lane;
	job->begun = true;
	job->first = job->done = w->ring.head;
	job->full = w->ring.next - (open != NULL);
	job->has_tail = open != NULL;
	if (open != NULL) {
		job->tail_block = *open;
		memcpy(job->tail, ring_bytes(&w->ring, open), BLOCK);
	}
	job->series = dictionary_count(j->names);
	job->mono = mono;
	job->wall = w->group_open ? w->wall : job->wall;
	memcpy(job->pin, j->pin, sizeof(job->pin));
	job->tail_done = job->restart = false;
	job->durable = 0;
	job->error = 0;
	job->flush_errors = job->discarded = 0;
	job->keep = w->standing != NULL ? w->kept_seq : UINT64_MAX;
	w->sent_seq = w->whole ? w->whole_seq : w->kept_seq;
	w->whole = false;
	w->group_open = false;
	w->fresh = 0;
	w->due = INT64_MAX;
}

/* New names are tried again now and then only. */
static void
prepare_names(struct journal *j, int64_t mono)
{
	struct naming *n = &j->naming;

	n->apart = j->stats.names_error != 0;
	n->wanted = !n->apart || mono >= j->names_at;
	n->upto = dictionary_count(j->names);
	n->flushed = j->named;
	n->error = 0;
	if (n->wanted)
		j->names_at = mono + RETRY;
}

static void
hand_over(struct journal *j)
{
	j->in_flight = true;
	pthread_mutex_lock(&j->lock);
	j->state = JOB_READY;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
}

bool
journal_flushing(const struct journal *j)
{
	return j->in_flight;
}

void
journal_tick(struct journal *j, int64_t mono)
{
	bool due = j->stats.names_error != 0 && j->names_at <= mono;

	if (j->in_flight || mono < j->retry)
		return;
	for (enum lane lane = 0; lane < LANES; lane++) {
		j->jobs[lane].begun = j->writers[lane].due <= mono;
		if (j->jobs[lane].begun)
			prepare(j, lane, mono);
		due |= j->jobs[lane].begun;
	}
	if (!due)
		return;
	prepare_names(j, mono);
	hand_over(j);
}

int64_t
journal_deadline(const struct journal *j)
{
	int64_t a = j->writers[LANE_TELEMETRY].due, b = j->writers[LANE_ALARM].due;

	/* while one is in flight its end is what is waited for */
	if (j->in_flight)
		return INT64_MAX;
	a = a < b ? a : b;
	if (j->stats.names_error != 0 && j->names_at < a)
		a = j->names_at;
	return a < j->retry ? j->retry : a;
}

bool
journal_work(struct journal *j)
{
	bool ready;

	pthread_mutex_lock(&j->lock);
	ready = j->state == JOB_READY;
	if (ready)
		j->state = JOB_RUNNING;
	pthread_mutex_unlock(&j->lock);
	if (!ready)
		return false;
	commit_run(j);
	pthread_mutex_lock(&j->lock);
	j->state = JOB_DONE;
	pthread_mutex_unlock(&j->lock);
	if (j->event >= 0 && eventfd_write(j->event, 1) != 0)
		return true;	/* it is at its limit: readable all the same */
	return true;
}

static void
take_counts(struct journal *j, const struct job *job)
{
	struct journal_stats *s = &j->stats;

	s->commits += job->error == 0;
	s->flush_errors += job->flush_errors;
	s->errors[job->lane] = job->error;
	s->error = s->errors[LANE_TELEMETRY] != 0 ? s->errors[LANE_TELEMETRY] :
	    s->errors[LANE_ALARM];
	if (job->discarded > 0) {
		s->discarded_entries += job->discarded;
		s->discarded_from = job->discarded_from;
		s->discarded_to = job->discarded_to;
	}
	count_bytes(j);
	count_buffered(j);
}

/* Failed: what is not durable stays buffered and is tried again. */
static void
again(struct journal *j, struct lane_writer *w, bool restart, int64_t mono)
{
	w->due = mono;
	if (!w->whole && w->sent_seq != w->kept_seq) {
		w->whole = true;
		w->whole_seq = w->sent_seq;
	}
	if (restart)
		lane_restart(w, &j->seq);
}

static void
held(struct journal *j, struct lane_writer *w, int64_t mono)
{
	w->kept_seq = w->sent_seq;
	if (!w->restating)
		return;
	lane_restate(w, &j->seq);
	w->due = mono;
}

/* What one lane's part of the turn came to. */
static void
take_back(struct journal *j, const struct job *job, int64_t mono)
{
	struct lane_writer *w = &j->writers[job->lane];

	if (job->durable > j->durable.seq[job->lane])
		j->durable.seq[job->lane] = job->durable;
	if (j->told != NULL)
		lane_tell(w, job->done, job->tail_done ? job->tail_block.head.used : 0, j->told,
		    j->told_arg);
	else
		w->told = j->durable.seq[job->lane];
	lane_release(w, job->done);
	take_counts(j, job);
	if (job->error != 0)
		again(j, w, job->restart, mono);
	else
		held(j, w, mono);
}

static bool
worked(struct journal *j)
{
	bool done;
	eventfd_t count;

	if (j->event >= 0)
		eventfd_read(j->event, &count);
	pthread_mutex_lock(&j->lock);
	done = j->state == JOB_DONE;
	if (done)
		j->state = JOB_NONE;
	pthread_mutex_unlock(&j->lock);
	return done;
}

/* New names have no room, and that will last: what needs them goes, so that the
 * rest is stored, and the steps of alarms before all. */
static void
go_without(struct journal *j, int error, int64_t mono)
{
	struct lane_writer *w = &j->writers[LANE_TELEMETRY];
	uint64_t dropped;

	j->stats.names_error = error;
	j->names_at = mono + RETRY;
	dropped = lane_sift(w, j->codec, j->named);
	j->stats.unnamed += dropped;
	j->stats.forsaken += dropped;
}

/* False: the turn wrote nothing for want of names. */
static bool
take_names(struct journal *j, int64_t mono)
{
	const struct naming *n = &j->naming;

	j->named = n->flushed;
	if (!n->wanted)
		return true;
	if (n->error == 0) {
		j->stats.names_error = 0;
		j->unnamed = 0;
		return true;
	}
	if (n->apart)
		return true;
	for (enum lane lane = 0; lane < LANES; lane++)
		if (j->jobs[lane].begun)
			again(j, &j->writers[lane], false, mono);
	if (++j->unnamed >= NAMES_TRIES)
		go_without(j, n->error, mono);
	return false;
}

void
journal_reap(struct journal *j, int64_t mono)
{
	bool failed = false;

	if (!worked(j))
		return;
	j->in_flight = false;
	if (!take_names(j, mono)) {
		journal_tick(j, mono);
		return;
	}
	for (enum lane lane = 0; lane < LANES; lane++) {
		const struct job *job = &j->jobs[lane];

		if (!job->begun)
			continue;
		j->stats.last_flush_us = mono - job->mono;
		failed |= job->error != 0;
		take_back(j, job, mono);
	}
	if (failed) {		/* again at once the first time */
		j->retry = j->failures++ == 0 ? mono : mono + RETRY;
		return;
	}
	j->failures = 0;
	j->retry = 0;
	journal_tick(j, mono);
}

static void *
helper(void *arg)
{
	struct journal *j = arg;
	bool stop;

	do {
		pthread_mutex_lock(&j->lock);
		while (j->state != JOB_READY && !j->stop)
			pthread_cond_wait(&j->wake, &j->lock);
		stop = j->stop && j->state != JOB_READY;
		pthread_mutex_unlock(&j->lock);
		if (!stop)
			journal_work(j);
	} while (!stop);
	return NULL;
}

int
journal_thread(struct journal *j)
{
	j->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (j->event < 0)
		return -1;
	errno = pthread_create(&j->thread, NULL, helper, j);
	if (errno != 0) {
		close(j->event);
		j->event = -1;
		return -1;
	}
	j->threaded = true;
	return j->event;
}

static void
stop_helper(struct journal *j)
{
	if (!j->threaded)
		return;
	pthread_mutex_lock(&j->lock);
	j->stop = true;
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	pthread_join(j->thread, NULL);
	j->threaded = false;
}

void
journal_close(struct journal *j, int64_t mono, int64_t wall, bool trusted)
{
	(void)wall;
	(void)trusted;
	stop_helper(j);
	/* an unfinished snapshot is none; the one before is still there */
	j->writers[LANE_ALARM].restating = false;
	for (int tries = 0; tries < 6; tries++) {
		journal_work(j);
		journal_reap(j, mono);
		mono += RETRY;
		if (j->failures >= 3)
			break;
		for (enum lane lane = 0; lane < LANES; lane++)
			if (j->writers[lane].due != INT64_MAX)
				j->writers[lane].due = mono;
		journal_tick(j, mono);
	}
	journal_work(j);
	journal_reap(j, mono);
	commit_vouch(j);
	if (j->event >= 0)
		close(j->event);
	pthread_mutex_destroy(&j->lock);
	pthread_cond_destroy(&j->wake);
	release(j);
}

struct durable
journal_durable(const struct journal *j)
{
	return j->durable;
}

const struct journal_stats *
journal_stats(const struct journal *j)
{
	return &j->stats;
}

uint64_t
journal_store(const struct journal *j)
{
	return dictionary_store(j->names);
}

void
journal_pin(struct journal *j, enum lane lane, uint64_t seq)
{
	j->pin[lane] = seq;
}

uint64_t
journal_filled(const struct journal *j)
{
	return j->writers[LANE_TELEMETRY].ring.next * BLOCK * TELEMETRY_BLOCKS /
	    (TELEMETRY_BLOCKS - NOT_DATA);
}

/* One is always being written. */
int64_t
journal_holds(const struct journal *j)
{
	return (int64_t)((j->stores[LANE_TELEMETRY].most - 1) * TELEMETRY_BLOCKS * BLOCK);
}

uint64_t
journal_needed(const struct journal *j)
{
	uint64_t last = j->durable.seq[LANE_TELEMETRY], pin = j->pin[LANE_TELEMETRY];

	return pin <= last ? last - pin + 1 : 0;
}
