#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../log.h"
#include "post_own.h"

#define STACK		(512 << 10)
#define CONF_ROOM	(1 << 20)	/* address space for the settings of one */

struct post *
post_new(const struct post_conf *conf)
{
	struct post *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->is = *conf;
	snprintf(p->gateway, sizeof(p->gateway), "%s", conf->gateway);
	p->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->last = &p->first;
	pthread_mutex_init(&p->lock, NULL);
	if (p->bell >= 0)
		return p;
	free(p);
	return NULL;
}

/* A result that cannot be kept is asked for again: the message is still owed. */
void
post_found(struct post *p, const struct found *found)
{
	struct found *f = malloc(sizeof(*f));

	if (f == NULL) {
		log_err("tell: no memory for what came of a message");
		return;
	}
	*f = *found;
	f->next = NULL;
	pthread_mutex_lock(&p->lock);
	*p->last = f;
	p->last = &f->next;
	pthread_mutex_unlock(&p->lock);
	eventfd_write(p->bell, 1);
}

/* The first of that sort. */
static struct found *
take(struct post *p, bool reply)
{
	struct found **at, *f;
	eventfd_t n;

	eventfd_read(p->bell, &n);
	pthread_mutex_lock(&p->lock);
	for (at = &p->first; *at != NULL && (*at)->is_reply != reply; at = &(*at)->next)
		continue;
	f = *at;
	if (f != NULL) {
		*at = f->next;
		if (p->last == &f->next)
			p->last = at;
	}
	pthread_mutex_unlock(&p->lock);
	return f;
}

bool
post_result(struct post *p, struct post_result *r)
{
	struct found *f = take(p, false);

	if (f == NULL)
		return false;
	*r = f->result;
	free(f);
	return true;
}

bool
post_reply(struct post *p, struct post_reply *r)
{
	struct found *f = take(p, true);

	if (f == NULL)
		return false;
	*r = f->reply;
	free(f);
	return true;
}

int
post_fd(const struct post *p)
{
	return p->bell;
}

static bool
is_same(const struct way_run *w, const struct way_conf *conf)
{
	return w->conf.kind == conf->kind && key_same(way_keys, &w->conf, conf) &&
	    (w->kind->conf_size == 0 || key_same(w->kind->keys, w->conf.own, conf->own));
}

static int
copy_conf(struct way_run *w, const struct way_conf *conf)
{
	size_t size = w->kind->conf_size;
	void *own;

	w->arena = (struct arena){ .cap = CONF_ROOM, .fresh = true };
	w->arena.at = mmap(NULL, CONF_ROOM, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (w->arena.at == MAP_FAILED)
		return -1;
	if (key_copy(way_keys, &w->conf, conf, sizeof(*conf), &w->arena) != 0)
		return -1;
	if (size == 0)
		return 0;
	own = arena_alloc(&w->arena, size);
	w->conf.own = own;
	return own != NULL ? key_copy(w->kind->keys, own, conf->own, size, &w->arena) : -1;
}

static void
free_way(struct way_run *w)
{
	struct parcel *p;

	while ((p = w->first) != NULL) {
		w->first = p->next;
		free(p);
	}
	for (unsigned i = 0; i < w->nlanes; i++)
		free(w->lanes[i].self);
	if (w->arena.at != NULL && w->arena.at != MAP_FAILED)
		munmap(w->arena.at, w->arena.cap);
	if (w->wake >= 0)
		close(w->wake);
	free(w);
}

static void
start_lane(struct way_run *w, unsigned i)
{
	struct lane *l = &w->lanes[i];
	int error;

	*l = (struct lane){ .way = w, .number = i, .self = calloc(1, w->kind->size) };
	if (l->self == NULL) {
		log_err("tell: way %s: no memory", w->conf.name);
		return;
	}
	error = worker_start(&l->worker, STACK, lane_run, l);
	l->started = error == 0;
	if (error != 0)
		log_err("tell: way %s: no thread: %s", w->conf.name, strerrordesc_np(error));
}

static void
start_way(struct post *p, const struct way_conf *conf)
{
	struct way_run *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		log_err("tell: way %s: no memory", conf->name);
		return;
	}
	w->post = p;
	w->kind = way_kind_at((size_t)conf->kind);
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->wake < 0 || copy_conf(w, conf) != 0) {
		log_err("tell: way %s: no memory", conf->name);
		free_way(w);
		return;
	}
	replies_begin(&w->replies);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	w->nlanes = w->conf.lanes > 0 ? (unsigned)w->conf.lanes : w->kind->lanes;
	for (unsigned i = 0; i < w->nlanes; i++)
		start_lane(w, i);
	w->next = p->ways;
	p->ways = w;
}

static void
ask_to_end(struct way_run *w)
{
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	eventfd_write(w->wake, 1);
}

/* True: all its lanes have ended. */
static bool
wait_for(struct way_run *w, int64_t end, const struct clock *clock)
{
	bool all = true;

	for (unsigned i = 0; i < w->nlanes; i++) {
		int64_t left = end - clock->mono();

		if (w->lanes[i].started && worker_wait(&w->lanes[i].worker,
		    left > 0 ? left : 0))
			w->lanes[i].started = false;
		all &= !w->lanes[i].started;
	}
	return all;
}

/* Those that were told to end and have. */
static void
reap(struct post *p)
{
	struct way_run **at = &p->ways, *w;

	while ((w = *at) != NULL) {
		if (!w->leaving || !wait_for(w, 0, p->is.clock)) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		free_way(w);
	}
}

static struct way_run *
find(const struct post *p, const char *name)
{
	for (struct way_run *w = p->ways; w != NULL; w = w->next)
		if (!w->leaving && strcmp(w->conf.name, name) == 0)
			return w;
	return NULL;
}

void
post_renew(struct post *p, const struct way_conf *ways, size_t n)
{
	for (struct way_run *w = p->ways; w != NULL; w = w->next) {
		bool same = false;

		for (size_t i = 0; i < n; i++)
			same |= !w->leaving && is_same(w, &ways[i]);
		if (same || w->leaving)
			continue;
		w->leaving = true;
		ask_to_end(w);
	}
	reap(p);
	for (size_t i = 0; i < n; i++)
		if (find(p, ways[i].name) == NULL)
			start_way(p, &ways[i]);
}

int
post_send(struct post *p, const char *way, const struct notice *m, bool ask_first,
    const char *provider)
{
	struct way_run *w = find(p, way);
	struct parcel *parcel = w != NULL ? parcel_new(m) : NULL, **at;

	if (parcel == NULL)
		return -1;
	parcel->ask_first = ask_first;
	snprintf(parcel->provider, sizeof(parcel->provider), "%s", provider);
	pthread_mutex_lock(&w->lock);
	for (at = &w->first; *at != NULL; at = &(*at)->next)
		continue;
	*at = parcel;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	eventfd_write(w->wake, 1);
	return 0;
}

bool
post_has(struct post *p, const char *id)
{
	bool has = false;

	for (struct way_run *w = p->ways; w != NULL && !has; w = w->next) {
		pthread_mutex_lock(&w->lock);
		for (const struct parcel *i = w->first; i != NULL; i = i->next)
			has |= !i->asking && strcmp(i->is.id, id) == 0;
		pthread_mutex_unlock(&w->lock);
	}
	return has;
}

bool
post_look(struct post *p, const char *way, struct post_status *s)
{
	struct way_run *w = find(p, way);

	if (w == NULL)
		return false;
	pthread_mutex_lock(&w->lock);
	*s = w->status;
	s->waiting = 0;
	for (const struct parcel *i = w->first; i != NULL; i = i->next)
		s->waiting += !i->asking;
	pthread_mutex_unlock(&w->lock);
	return true;
}

bool
post_end(struct post *p, int64_t us)
{
	int64_t end = p->is.clock->mono() + us;
	struct found *f;
	bool all = true;

	for (struct way_run *w = p->ways; w != NULL; w = w->next)
		ask_to_end(w);
	for (struct way_run *w = p->ways; w != NULL; w = w->next)
		all &= wait_for(w, end, p->is.clock);
	if (!all)
		return false;
	while (p->ways != NULL) {
		struct way_run *w = p->ways;

		p->ways = w->next;
		free_way(w);
	}
	while ((f = p->first) != NULL) {
		p->first = f->next;
		free(f);
	}
	close(p->bell);
	free(p);
	return true;
}
