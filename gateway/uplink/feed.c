#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../clock.h"
#include "feed.h"

void
feed_init(struct feed *f)
{
	pthread_condattr_t attr;

	memset(f, 0, sizeof(*f));
	pthread_mutex_init(&f->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&f->moved, &attr);
	pthread_condattr_destroy(&attr);
}

void
feed_free(struct feed *f)
{
	pthread_cond_destroy(&f->moved);
	pthread_mutex_destroy(&f->lock);
}

static void
ring(const struct feed *f)
{
	for (const struct bell *b = f->bells; b != NULL; b = b->next)
		if (b->fd >= 0)
			eventfd_write(b->fd, 1);
}

void
feed_hang(struct feed *f, struct bell *b)
{
	b->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_lock(&f->lock);
	b->next = f->bells;
	f->bells = b;
	pthread_mutex_unlock(&f->lock);
}

void
feed_take(struct feed *f, struct bell *b)
{
	pthread_mutex_lock(&f->lock);
	for (struct bell **at = &f->bells; *at != NULL; at = &(*at)->next)
		if (*at == b) {
			*at = b->next;
			break;
		}
	pthread_mutex_unlock(&f->lock);
	if (b->fd >= 0)
		close(b->fd);
}

void
bell_still(const struct bell *b)
{
	eventfd_t n;

	eventfd_read(b->fd, &n);
}

void
feed_grew(struct feed *f, const struct durable *d)
{
	pthread_mutex_lock(&f->lock);
	f->durable = *d;
	pthread_cond_broadcast(&f->moved);
	ring(f);
	pthread_mutex_unlock(&f->lock);
}

void
feed_stop(struct feed *f)
{
	pthread_mutex_lock(&f->lock);
	f->stopping = true;
	pthread_cond_broadcast(&f->moved);
	ring(f);
	pthread_mutex_unlock(&f->lock);
}

void
feed_end(struct feed *f, bool *ended)
{
	pthread_mutex_lock(&f->lock);
	*ended = true;
	pthread_cond_broadcast(&f->moved);
	ring(f);
	pthread_mutex_unlock(&f->lock);
}

bool
feed_look(struct feed *f, struct durable *d, const bool *ended)
{
	bool go;

	pthread_mutex_lock(&f->lock);
	*d = f->durable;
	go = !f->stopping && !*ended;
	pthread_mutex_unlock(&f->lock);
	return go;
}

static struct timespec
moment(int64_t us)
{
	struct timespec until;
	int64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &until);
	ns = until.tv_nsec + us % US_PER_S * 1000;
	until.tv_sec += us / US_PER_S + ns / 1000000000;
	until.tv_nsec = ns % 1000000000;
	return until;
}

void
feed_wait(struct feed *f, const struct durable *was, int64_t us, const bool *ended)
{
	struct timespec until = moment(us);

	pthread_mutex_lock(&f->lock);
	while (!f->stopping && !*ended && memcmp(&f->durable, was, sizeof(*was)) == 0)
		if (pthread_cond_timedwait(&f->moved, &f->lock, &until) != 0)
			break;
	pthread_mutex_unlock(&f->lock);
}
