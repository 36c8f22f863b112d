#include <time.h>

#include "../clock.h"
#include "worker.h"

static void *
work(void *arg)
{
	struct worker *w = arg;

	w->run(w->arg);
	pthread_mutex_lock(&w->lock);
	w->ended = true;
	pthread_cond_signal(&w->end);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int
worker_start(struct worker *w, size_t stack, void (*run)(void *), void *arg)
{
	pthread_attr_t attr;
	int error;

	*w = (struct worker){ .run = run, .arg = arg };
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->end, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, stack);
	error = pthread_create(&w->thread, &attr, work, w);
	pthread_attr_destroy(&attr);
	return error;
}

/* pthread_clockjoin_np(3) would do, but ThreadSanitizer does not know it. */
bool
worker_wait(struct worker *w, int64_t us)
{
	struct timespec until;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	us += until.tv_nsec / 1000;
	until.tv_sec += us / US_PER_S;
	until.tv_nsec = us % US_PER_S * 1000;
	pthread_mutex_lock(&w->lock);
	/* names its clock: libfaketime turns the one of pthread_cond_timedwait */
	while (!w->ended &&
	    pthread_cond_clockwait(&w->end, &w->lock, CLOCK_MONOTONIC, &until) == 0)
		;
	ended = w->ended;
	pthread_mutex_unlock(&w->lock);
	if (!ended)
		return false;
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->end);
	pthread_mutex_destroy(&w->lock);
	return true;
}
