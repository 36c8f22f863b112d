#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "../../gateway/clock.h"
#include "../../gateway/field/keeper.h"
#include "../check.h"
#include "faulty.h"

#define RECORD	24
#define MANY	500

/* A disk whose flushes can be held up. */
static struct {
	pthread_mutex_t	lock;
	pthread_cond_t	go;
	bool		hangs, inside;
	int		(*sync)(void *, int);
} disk = { .lock = PTHREAD_MUTEX_INITIALIZER, .go = PTHREAD_COND_INITIALIZER };

static int
slow_sync(void *ctx, int fd)
{
	pthread_mutex_lock(&disk.lock);
	disk.inside = true;
	pthread_cond_broadcast(&disk.go);
	while (disk.hangs)
		pthread_cond_wait(&disk.go, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
	return disk.sync(ctx, fd);
}

static void
hang(bool hangs)
{
	pthread_mutex_lock(&disk.lock);
	disk.hangs = hangs;
	disk.inside = false;
	pthread_cond_broadcast(&disk.go);
	pthread_mutex_unlock(&disk.lock);
}

static void
wait_inside(void)
{
	pthread_mutex_lock(&disk.lock);
	while (!disk.inside)
		pthread_cond_wait(&disk.go, &disk.lock);
	pthread_mutex_unlock(&disk.lock);
}

static struct kept *
open_file(struct keeper *k, size_t unit)
{
	struct kept *f = keeper_file(k, "marks", "marks", unit);

	CHECK(f != NULL);
	return f;
}

static void
holds(const struct kept *f, const void *want, size_t len)
{
	size_t n;
	const void *state = kept_state(f, &n);

	CHECK(n == len && memcmp(state, want, n) == 0);
}

/* Until the thread has done something. */
static void
wait_for(struct keeper *k, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	CHECK(poll(&p, 1, 60000) == 1);
	keeper_reap(k);
}

static enum kept_result
end_of(struct keeper *k, int fd, struct kept *f, uint64_t ticket)
{
	enum kept_result result;

	while ((result = kept_result(f, ticket)) == KEPT_OWED)
		wait_for(k, fd);
	return result;
}

static void
what_was_put_is_there_after_a_restart(void)
{
	struct faulty *at = faulty_new();
	struct keeper *k = keeper_open(&at->disk);
	struct kept *f = open_file(k, 0);
	uint64_t ticket;

	holds(f, "", 0);
	ticket = kept_put(f, "kitchen 1\n", 10);
	CHECK(ticket != 0 && ticket == keeper_asked(k));
	CHECK(kept_result(f, ticket) == KEPT_GOOD && !keeper_owes(k, ticket));
	CHECK(kept_put(f, "kitchen 1\n", 10) == ticket);	/* nothing new */
	CHECK(at->calls[ON_SYNC] == 1);
	keeper_close(k);
	k = keeper_open(&at->disk);
	f = open_file(k, 0);
	holds(f, "kitchen 1\n", 10);
	CHECK(kept_put(f, "", 0) != 0);
	keeper_close(k);
	k = keeper_open(&at->disk);
	holds(open_file(k, 0), "", 0);
	keeper_close(k);
	faulty_free(at);
}

static void
nobody_waits_for_a_flush_and_the_newest_state_alone_is_written(void)
{
	struct faulty *at = faulty_new();
	struct keeper *k;
	struct kept *f;
	uint64_t first, last = 0;
	char text[16];
	int fd;

	disk.sync = at->disk.sync;
	at->disk.sync = slow_sync;
	k = keeper_open(&at->disk);
	f = open_file(k, 0);
	fd = keeper_thread(k);
	CHECK(fd >= 0);
	hang(true);
	first = kept_put(f, "0", 1);
	wait_inside();
	for (int i = 1; i <= 9; i++) {
		snprintf(text, sizeof(text), "%d", i);
		last = kept_put(f, text, 1);
	}
	CHECK(last == first + 9 && keeper_asked(k) == last);
	CHECK(kept_result(f, first) == KEPT_OWED && kept_result(f, last) == KEPT_OWED);
	CHECK(!keeper_owes(k, first - 1) && keeper_owes(k, first) && keeper_owes(k, last));
	holds(f, "9", 1);
	hang(false);
	CHECK(end_of(k, fd, f, last) == KEPT_GOOD);
	CHECK(kept_result(f, first) == KEPT_GOOD && !keeper_owes(k, last));
	CHECK(at->calls[ON_SYNC] == 2);
	hang(true);
	kept_put(f, "end", 3);
	wait_inside();
	kept_put(f, "very end", 8);
	hang(false);
	keeper_close(k);		/* owes nothing afterwards */
	k = keeper_open(&at->disk);
	holds(open_file(k, 0), "very end", 8);
	keeper_close(k);
	faulty_free(at);
}

static void
what_failed_is_said_and_tried_again(void)
{
	struct faulty *at = faulty_new();
	struct keeper *k = keeper_open(&at->disk);
	struct kept *f = open_file(k, 0);
	int64_t t = 1000 * US_PER_S;
	int fd = keeper_thread(k);
	uint64_t ticket;

	CHECK(end_of(k, fd, f, kept_put(f, "old", 3)) == KEPT_GOOD);
	faulty_fail(at, ON_SYNC, 1, 1, EIO);
	ticket = kept_put(f, "new", 3);
	CHECK(end_of(k, fd, f, ticket) == KEPT_FAILED && errno == EIO);
	CHECK(!keeper_owes(k, ticket));
	keeper_tick(k, t);
	keeper_tick(k, t + 9 * US_PER_S);
	CHECK(kept_result(f, ticket) == KEPT_FAILED);
	keeper_tick(k, t + 10 * US_PER_S);
	while (kept_result(f, ticket) != KEPT_GOOD)
		wait_for(k, fd);
	keeper_tick(k, t + 11 * US_PER_S);
	keeper_close(k);
	k = keeper_open(&at->disk);
	holds(open_file(k, 0), "new", 3);
	keeper_close(k);
	faulty_free(at);
}

static void
a_state_may_need_several_slots(void)
{
	static uint8_t records[MANY * RECORD];
	struct faulty *at = faulty_new();
	struct keeper *k = keeper_open(&at->disk);
	struct kept *f = open_file(k, RECORD);
	/* none, one less than a slot has place for, all of it, one more ... */
	const size_t counts[] = { 1, 165, 166, 167, 332, 333, MANY, 166, 3, 0 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (size_t b = 0; b < sizeof(records); b++)
			records[b] = (uint8_t)(b * 7 + i);
		CHECK(kept_result(f, kept_put(f, records, counts[i] * RECORD)) == KEPT_GOOD);
		keeper_close(k);
		k = keeper_open(&at->disk);
		f = open_file(k, RECORD);
		holds(f, records, counts[i] * RECORD);
	}
	keeper_close(k);
	k = keeper_open(&at->disk);
	f = open_file(k, 0);
	CHECK(kept_put(f, records, SLOT_MAX + 1) == 0 && errno == ENOSPC);
	CHECK(kept_put(f, records, SLOT_MAX) != 0);
	keeper_close(k);
	faulty_free(at);
}

static void
a_disk_that_fills_up_later_takes_it(void)
{
	struct faulty *at = faulty_new();
	struct keeper *k = keeper_open(&at->disk);
	struct kept *f = open_file(k, 0);

	at->full = true;
	for (char c = 'a'; c < 'e'; c++)
		CHECK(kept_result(f, kept_put(f, &c, 1)) == KEPT_GOOD);
	keeper_close(k);
	k = keeper_open(&at->disk);
	holds(open_file(k, 0), "d", 1);
	keeper_close(k);
	faulty_free(at);
}

static void
a_file_that_cannot_be_had_says_why(void)
{
	struct faulty *at = faulty_new();
	struct keeper *k = keeper_open(&at->disk);

	faulty_fail(at, ON_OPEN, 1, 1, EACCES);
	errno = 0;
	CHECK(keeper_file(k, "marks", "marks", 0) == NULL && errno == EACCES);
	keeper_close(k);
	faulty_free(at);
}

int
main(void)
{
	RUN(what_was_put_is_there_after_a_restart);
	RUN(nobody_waits_for_a_flush_and_the_newest_state_alone_is_written);
	RUN(what_failed_is_said_and_tried_again);
	RUN(a_state_may_need_several_slots);
	RUN(a_disk_that_fills_up_later_takes_it);
	RUN(a_file_that_cannot_be_had_says_why);
	return 0;
}
