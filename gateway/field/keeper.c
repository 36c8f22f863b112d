#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../clock.h"
#include "../log.h"
#include "../room.h"
#include "../uplink/worker.h"
#include "keeper.h"

#define STACK		(64 << 10)
#define NAME		32
#define RETRY		(10 * US_PER_S)
#define CLOSE_LIMIT	(3600 * US_PER_S)	/* a disk that hangs is waited for */

struct kept {
	struct keeper	*keeper;
	struct kept	*next;
	char		 name[NAME];
	const char	*what;
	size_t		 chunk;		/* bytes of a full slot */
	bool		 one;		/* slot it is */
	struct slot	**slots;	/* the thread's, once there is one */
	size_t		 nslots;
	bool		 told;		/* that it cannot be kept; the loop's */
	/* under the lock of the keeper */
	uint8_t		*state;
	size_t		 n, room;
	bool		 wanted;	/* a state waits to be written */
	uint64_t	 first, asked;	/* tickets: the oldest owed, the newest */
	uint64_t	 done, good;	/* up to it dealt with; on disk */
	int		 error;		/* of the last try */
};

struct keeper {
	const struct disk *disk;
	struct kept	*files;
	uint64_t	 asked;		/* the loop's */
	int64_t		 retry_at;	/* mono us; 0: nothing failed */
	struct worker	 worker;
	bool		 threaded;
	int		 event;
	uint8_t		*copy;		/* the thread's */
	size_t		 room;
	pthread_mutex_t	 lock;
	pthread_cond_t	 wake;
	bool		 stop;		/* under lock */
};

struct keeper *
keeper_open(const struct disk *disk)
{
	struct keeper *k = room_for(1, sizeof(*k));

	k->disk = disk;
	k->event = -1;
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->wake, NULL);
	return k;
}

/* Slot i of the file, opened when it is needed.  NULL: errno. */
static struct slot *
slot_at(struct kept *f, size_t i)
{
	char name[NAME + 24];
	struct slot **more;

	if (i < f->nslots)
		return f->slots[i];
	more = realloc(f->slots, (i + 1) * sizeof(*more));
	if (more == NULL)
		return NULL;
	f->slots = more;
	if (i == 0)
		snprintf(name, sizeof(name), "%s", f->name);
	else
		snprintf(name, sizeof(name), "%s-%zu", f->name, i);
	f->slots[i] = slot_open(f->keeper->disk, name);
	if (f->slots[i] == NULL)
		return NULL;
	f->nslots = i + 1;
	return f->slots[i];
}

static void
make_room(uint8_t **at, size_t *room, size_t n)
{
	uint8_t *more;

	if (n <= *room)
		return;
	more = room_for(n, 1);
	if (*room > 0)
		memcpy(more, *at, *room);
	free(*at);
	*at = more;
	*room = n;
}

/* Slots follow each other while they are full. */
static int
load(struct kept *f)
{
	size_t got = f->chunk;

	for (size_t i = 0; got == f->chunk && (i == 0 || !f->one); i++) {
		struct slot *s = slot_at(f, i);

		if (s == NULL)
			return -1;
		make_room(&f->state, &f->room, f->n + SLOT_MAX);
		got = slot_read(s, f->state + f->n, SLOT_MAX);
		f->n += got < SLOT_MAX ? got : SLOT_MAX;
	}
	return 0;
}

struct kept *
keeper_file(struct keeper *k, const char *name, const char *what, size_t unit)
{
	struct kept *f = room_for(1, sizeof(*f));

	f->keeper = k;
	f->what = what;
	f->one = unit == 0;
	f->chunk = f->one ? SLOT_MAX : SLOT_MAX / unit * unit;
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->next = k->files;
	k->files = f;		/* freed with the others, if it cannot be had, too */
	return load(f) == 0 ? f : NULL;
}

/* The slot behind the last full one is short, so that reading ends there. */
static int
write_state(struct kept *f, const uint8_t *state, size_t n)
{
	size_t done = 0, part = f->chunk;

	for (size_t i = 0; part == f->chunk && (i == 0 || !f->one); i++) {
		struct slot *s = slot_at(f, i);

		part = n - done < f->chunk ? n - done : f->chunk;
		if (s == NULL || slot_write(s, state + done, part) != 0)
			return errno != 0 ? errno : EIO;
		done += part;
	}
	return 0;
}

/* One state that waits.  False: none does.  Called with the lock, which is
 * given back while the disk is at work. */
static bool
work(struct keeper *k)
{
	struct kept *f = k->files;
	uint64_t ticket;
	size_t n;
	int error;

	while (f != NULL && !f->wanted)
		f = f->next;
	if (f == NULL)
		return false;
	ticket = f->asked;
	n = f->n;
	make_room(&k->copy, &k->room, n + 1);	/* never at no address */
	if (n > 0)
		memcpy(k->copy, f->state, n);
	f->wanted = false;
	pthread_mutex_unlock(&k->lock);
	errno = 0;
	error = write_state(f, k->copy, n);
	pthread_mutex_lock(&k->lock);
	f->error = error;
	f->done = ticket;
	f->first = ticket + 1;
	if (error == 0)
		f->good = ticket;
	return true;
}

static void
run(void *arg)
{
	struct keeper *k = arg;

	pthread_mutex_lock(&k->lock);
	for (;;) {
		if (work(k))
			eventfd_write(k->event, 1);
		else if (k->stop)
			break;
		else
			pthread_cond_wait(&k->wake, &k->lock);
	}
	pthread_mutex_unlock(&k->lock);
}

int
keeper_thread(struct keeper *k)
{
	k->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (k->event < 0)
		return -1;
	/* here: a thread that takes memory gets a heap of its own */
	make_room(&k->copy, &k->room, SLOT_MAX + 1);
	errno = worker_start(&k->worker, STACK, run, k);
	if (errno != 0)
		return -1;
	k->threaded = true;
	return k->event;
}

/* Whoever looks for work finds it: the thread, or without one the caller. */
static void
go(struct keeper *k)
{
	if (k->threaded)
		pthread_cond_signal(&k->wake);
	else
		while (work(k))
			;
}

void
keeper_close(struct keeper *k)
{
	struct kept *f;

	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->stop = true;
	pthread_cond_signal(&k->wake);
	pthread_mutex_unlock(&k->lock);
	if (k->threaded)
		worker_wait(&k->worker, CLOSE_LIMIT);
	keeper_reap(k);
	while ((f = k->files) != NULL) {
		k->files = f->next;
		for (size_t i = 0; i < f->nslots; i++)
			slot_close(f->slots[i]);
		free(f->slots);
		free(f->state);
		free(f);
	}
	if (k->event >= 0)
		close(k->event);
	pthread_mutex_destroy(&k->lock);
	pthread_cond_destroy(&k->wake);
	free(k->copy);
	free(k);
}

/* Said when it begins and when it is over. */
static void
tell(struct kept *f, int error)
{
	if (error != 0 && !f->told)
		log_err("store: %s cannot be kept: %s", f->what, strerrordesc_np(error));
	else if (error == 0 && f->told)
		log_info("store: %s: kept again", f->what);
	f->told = error != 0;
}

void
keeper_reap(struct keeper *k)
{
	eventfd_t n;

	if (k->event >= 0)
		eventfd_read(k->event, &n);
	for (struct kept *f = k->files; f != NULL; f = f->next) {
		int error;

		pthread_mutex_lock(&k->lock);
		error = f->error;
		pthread_mutex_unlock(&k->lock);
		tell(f, error);
	}
}

void
keeper_tick(struct keeper *k, int64_t mono)
{
	bool failed = false;

	keeper_reap(k);
	pthread_mutex_lock(&k->lock);
	for (struct kept *f = k->files; f != NULL; f = f->next) {
		if (f->error == 0 || f->wanted)
			continue;
		failed = true;
		f->wanted = k->retry_at != 0 && mono >= k->retry_at;
	}
	if (failed && k->retry_at != 0 && mono >= k->retry_at)
		go(k);
	if (!failed || k->retry_at == 0 || mono >= k->retry_at)
		k->retry_at = failed ? mono + RETRY : 0;
	pthread_mutex_unlock(&k->lock);
}

uint64_t
keeper_asked(const struct keeper *k)
{
	return k->asked;
}

bool
keeper_owes(struct keeper *k, uint64_t ticket)
{
	bool owes = false;

	pthread_mutex_lock(&k->lock);
	for (struct kept *f = k->files; f != NULL; f = f->next)
		owes = owes || (f->done < f->asked && f->first <= ticket);
	pthread_mutex_unlock(&k->lock);
	return owes;
}

const void *
kept_state(const struct kept *f, size_t *n)
{
	*n = f->n;
	return f->state;
}

char *
kept_text(const struct kept *f, char text[SLOT_MAX + 1])
{
	memcpy(text, f->state, f->n);
	text[f->n] = '\0';
	return text;
}

uint64_t
kept_put(struct kept *f, const void *state, size_t n)
{
	struct keeper *k = f->keeper;

	if (f->one && n > SLOT_MAX) {
		errno = ENOSPC;
		return 0;
	}
	pthread_mutex_lock(&k->lock);
	make_room(&f->state, &f->room, n);
	if (f->asked != 0 && f->error == 0 && n == f->n &&
	    (n == 0 || memcmp(f->state, state, n) == 0)) {
		pthread_mutex_unlock(&k->lock);
		return f->asked;
	}
	if (n > 0)
		memcpy(f->state, state, n);
	f->n = n;
	if (f->done == f->asked)
		f->first = k->asked + 1;
	f->asked = ++k->asked;
	f->wanted = true;
	go(k);
	pthread_mutex_unlock(&k->lock);
	return f->asked;
}

enum kept_result
kept_result(struct kept *f, uint64_t ticket)
{
	enum kept_result result = KEPT_OWED;

	pthread_mutex_lock(&f->keeper->lock);
	if (f->good >= ticket)
		result = KEPT_GOOD;
	else if (f->done >= ticket)
		result = KEPT_FAILED;
	errno = f->error;
	pthread_mutex_unlock(&f->keeper->lock);
	return result;
}
