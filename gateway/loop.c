#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "loop.h"
#include "room.h"

#define EVENTS		64
#define SLOW_TURN	(US_PER_S / 10)
#define SLOW_SAID	(60 * US_PER_S)		/* at most one line in this time */

struct loop {
	int			 epoll;
	bool			 running;
	bool			 coarse;	/* no epoll_pwait2 in this kernel */
	struct epoll_event	 events[EVENTS];
	int			 nevents, next;	/* of this turn; next to be told */
	struct timer		**heap;		/* from 1; the parent of i is i / 2 */
	size_t			 armed, cap;
	uint64_t		 slow, slow_said;
	int64_t			 longest, slow_at;	/* us; when last said */
};

struct loop *
loop_new(size_t timers)
{
	struct loop *loop = room_for(1, sizeof(*loop));

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		log_err("loop: epoll: %s", strerrordesc_np(errno));
		exit(EXIT_FAILURE);
	}
	loop->heap = room_for(timers + 1, sizeof(struct timer *));
	loop->cap = timers;
	return loop;
}

void
loop_room(struct loop *loop, size_t timers)
{
	struct timer **heap;

	if (timers <= loop->cap)
		return;
	heap = room_for(timers + 1, sizeof(struct timer *));
	memcpy(heap, loop->heap, (loop->armed + 1) * sizeof(struct timer *));
	free(loop->heap);
	loop->heap = heap;
	loop->cap = timers;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	close(loop->epoll);
	free(loop->heap);
	free(loop);
}

static int
control(struct loop *loop, int verb, struct source *source, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = source };

	return epoll_ctl(loop->epoll, verb, source->fd, &ev);
}

int
loop_add(struct loop *loop, struct source *source, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, source, events);
}

int
loop_change(struct loop *loop, struct source *source, uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, source, events);
}

/* An event of this turn that was not told yet would meet a source that is
 * gone, or a new one in its place. */
void
loop_remove(struct loop *loop, struct source *source)
{
	control(loop, EPOLL_CTL_DEL, source, 0);
	for (int i = loop->next; i < loop->nevents; i++)
		if (loop->events[i].data.ptr == source)
			loop->events[i].data.ptr = NULL;
}

static void
set(struct loop *loop, size_t place, struct timer *t)
{
	loop->heap[place] = t;
	t->place = place;
}

static void
rise(struct loop *loop, struct timer *t)
{
	size_t i = t->place;

	for (; i > 1 && t->at < loop->heap[i / 2]->at; i /= 2)
		set(loop, i, loop->heap[i / 2]);
	set(loop, i, t);
}

static void
sink(struct loop *loop, struct timer *t)
{
	size_t i = t->place, child;

	for (; (child = 2 * i) <= loop->armed; i = child) {
		if (child < loop->armed && loop->heap[child + 1]->at < loop->heap[child]->at)
			child++;
		if (t->at <= loop->heap[child]->at)
			break;
		set(loop, i, loop->heap[child]);
	}
	set(loop, i, t);
}

void
loop_arm(struct loop *loop, struct timer *t, int64_t at)
{
	t->at = at;
	if (t->place == 0) {
		assert(loop->armed < loop->cap);
		set(loop, ++loop->armed, t);
	}
	rise(loop, t);
	sink(loop, t);
}

void
loop_disarm(struct loop *loop, struct timer *t)
{
	struct timer *last;
	size_t place = t->place;

	if (place == 0)
		return;
	last = loop->heap[loop->armed--];
	t->place = 0;
	if (last == t)
		return;
	set(loop, place, last);
	rise(loop, last);
	sink(loop, last);
}

/* Waits to whole milliseconds, rounded up: too early would spin. */
static int
wait_coarse(struct loop *loop, int64_t us)
{
	int64_t ms = us < 0 ? -1 : us / 1000 + (us % 1000 != 0);

	return epoll_wait(loop->epoll, loop->events, EVENTS, ms > INT_MAX ? INT_MAX : (int)ms);
}

/* us < 0: until something happens. */
static int
wait_for(struct loop *loop, int64_t us)
{
	struct timespec ts = { .tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * 1000 };
	int n;

	if (loop->coarse)
		return wait_coarse(loop, us);
	n = epoll_pwait2(loop->epoll, loop->events, EVENTS, us < 0 ? NULL : &ts, NULL);
	/* Before Linux 5.11 ENOSYS; from old sandboxes EPERM. */
	if (n < 0 && (errno == ENOSYS || errno == EPERM)) {
		loop->coarse = true;
		log_info("loop: timers: whole milliseconds only: the kernel has no epoll_pwait2");
		return wait_coarse(loop, us);
	}
	return n;
}

static int64_t
time_left(const struct loop *loop, int64_t now)
{
	if (loop->armed == 0 || loop->heap[1]->at == INT64_MAX)
		return -1;
	return loop->heap[1]->at > now ? loop->heap[1]->at - now : 0;
}

static void
tell_sources(struct loop *loop, int64_t now)
{
	while (loop->running && loop->next < loop->nevents) {
		const struct epoll_event *ev = &loop->events[loop->next++];
		struct source *source = ev->data.ptr;

		if (source != NULL)
			source->ready(source, ev->events, now);
	}
	loop->nevents = loop->next = 0;
}

/* At most as many as were armed: a timer that always arms itself for now
 * leaves the sources their turn. */
static void
fire_timers(struct loop *loop, int64_t now)
{
	for (size_t n = loop->armed; loop->running && n > 0 && loop->armed > 0; n--) {
		struct timer *t = loop->heap[1];

		if (t->at > now)
			return;
		loop_disarm(loop, t);
		t->fire(t, now);
	}
}

static void
measure(struct loop *loop, int64_t began, int64_t now)
{
	int64_t took = now - began;

	if (took > loop->longest)
		loop->longest = took;
	if (took <= SLOW_TURN)
		return;
	loop->slow++;
	if (loop->slow_at != 0 && now - loop->slow_at < SLOW_SAID)
		return;
	log_warn("loop: slow turn: %lld ms (%llu since the last such line)",
	    (long long)(took / 1000), (unsigned long long)(loop->slow - loop->slow_said));
	loop->slow_said = loop->slow;
	loop->slow_at = now;
}

void
loop_run(struct loop *loop, int64_t (*mono)(void))
{
	int64_t now = mono();

	loop->running = true;
	while (loop->running) {
		int n = wait_for(loop, time_left(loop, now));
		int64_t began = mono();

		assert(n >= 0 || errno == EINTR);
		loop->nevents = n > 0 ? n : 0;
		loop->next = 0;
		tell_sources(loop, began);
		fire_timers(loop, began);
		/* What the turn took is not slept again. */
		now = mono();
		measure(loop, began, now);
	}
}

void
loop_stop(struct loop *loop)
{
	loop->running = false;
}

uint64_t
loop_slow(const struct loop *loop, int64_t *longest)
{
	if (longest != NULL)
		*longest = loop->longest;
	return loop->slow;
}
