#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "../../rules/class.h"
#include "post_own.h"

#define TRIES		3		/* of one that may be sent twice */
#define AGAIN		(2 * US_PER_S)	/* the same */
#define OPEN_AGAIN	US_PER_S	/* at first; then twice as long each time */
#define OPEN_MOST	(60 * US_PER_S)
#define ASKS		5		/* for a receipt */

/* After so many questions the next one comes then. */
static int64_t
ask_after(unsigned asked)
{
	static const int64_t spans[ASKS] = { 2, 5, 15, 60, 180 };

	return spans[asked < ASKS ? asked : ASKS - 1] * US_PER_S;
}

static int64_t
now(const struct lane *l)
{
	return l->way->post->is.clock->mono();
}

static struct found
result_of(const struct lane *l, const struct parcel *p, const struct way_result *r,
    bool final)
{
	struct found f = { .result = { .final = final, .is = *r } };

	snprintf(f.result.id, sizeof(f.result.id), "%s", p->is.id);
	snprintf(f.result.way, sizeof(f.result.way), "%s", l->way->conf.name);
	return f;
}

static void
tell(struct lane *l, const struct parcel *p, const struct way_result *r, bool final)
{
	const struct found f = result_of(l, p, r, final);

	post_found(l->way->post, &f);
}

/* Of one recipient one at a time, in their order; class life before all others. */
static bool
is_free(const struct way_run *w, const struct parcel *p)
{
	if (p->in_hand)
		return false;
	for (const struct parcel *o = w->first; o != NULL; o = o->next)
		if (o->in_hand && strcmp(o->is.address, p->is.address) == 0)
			return false;
	return true;
}

static struct parcel *
pick(struct way_run *w, int64_t at, int64_t *next)
{
	struct parcel *best = NULL;

	*next = INT64_MAX;
	for (struct parcel *p = w->first; p != NULL; p = p->next) {
		bool better = best == NULL || (p->is.class == CLASS_LIFE && !p->asking &&
		    (best->is.class != CLASS_LIFE || best->asking));

		if (!better || !is_free(w, p))
			continue;
		if (p->at <= at)
			best = p;
		else if (p->at < *next)
			*next = p->at;
	}
	if (best != NULL)
		best->in_hand = true;
	return best;
}

static void
put_back(struct way_run *w, struct parcel *p, int64_t at)
{
	pthread_mutex_lock(&w->lock);
	p->in_hand = false;
	p->at = at;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
}

static void
drop(struct way_run *w, struct parcel *p)
{
	pthread_mutex_lock(&w->lock);
	for (struct parcel **at = &w->first; *at != NULL; at = &(*at)->next)
		if (*at == p) {
			*at = p->next;
			break;
		}
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	free(p);
}

static void
count(struct way_run *w, const struct way_result *r)
{
	bool well = r->outcome == WAY_ACCEPTED || r->outcome == WAY_DELIVERED;

	pthread_mutex_lock(&w->lock);
	w->status.sent += well;
	w->status.failed += !well;
	snprintf(w->status.why, sizeof(w->status.why), "%s", well ? "" : r->why);
	pthread_mutex_unlock(&w->lock);
}

static void
end_with(struct lane *l, struct parcel *p, const struct way_result *r)
{
	const struct found f = result_of(l, p, r, true);

	/* whoever hears of it finds it in hand no more */
	drop(l->way, p);
	post_found(l->way->post, &f);
}

/* Did it come after all?  True: whatever comes next was seen to. */
static bool
ask(struct lane *l, struct parcel *p)
{
	const struct way_kind *kind = l->way->kind;
	struct way_result r = { .outcome = WAY_UNKNOWN };
	bool sent = p->tries > 0 || p->asking;

	kind->receipt(l->self, &p->is, p->provider, &r);
	p->asked++;
	if (r.outcome == WAY_DELIVERED || (r.outcome == WAY_ACCEPTED && !p->asking)) {
		end_with(l, p, &r);
		return true;
	}
	if (r.outcome == WAY_REFUSED && (p->asking || r.for_good || sent)) {
		count(l->way, &r);
		end_with(l, p, &r);
		return true;
	}
	if (r.outcome == WAY_REFUSED)		/* it never left: now it may */
		return false;
	if (p->asked < ASKS) {
		put_back(l->way, p, now(l) + ask_after(p->asked));
	} else if (p->asking) {
		drop(l->way, p);		/* accepted is all that is known */
	} else {
		if (r.why[0] == '\0')
			snprintf(r.why, sizeof(r.why), "nobody knows whether it went");
		end_with(l, p, &r);
	}
	return true;
}

/* After a failure of which nobody knows whether it went. */
static void
doubt(struct lane *l, struct parcel *p, const struct way_result *r)
{
	const struct way_kind *kind = l->way->kind;

	p->is.tried = l->way->post->is.clock->wall();
	if (kind->idempotent && p->tries < TRIES) {
		tell(l, p, r, false);
		put_back(l->way, p, now(l) + AGAIN);
	} else if (!kind->idempotent && kind->receipt != NULL) {
		tell(l, p, r, false);
		p->ask_first = true;
		put_back(l->way, p, now(l) + ask_after(0));
	} else {
		end_with(l, p, r);
	}
}

/* It left; what is still in hand is only the question whether it came. */
static void
mark_asking(struct way_run *w, struct parcel *p)
{
	pthread_mutex_lock(&w->lock);
	p->asking = true;
	p->asked = 0;
	pthread_mutex_unlock(&w->lock);
}

static void
send(struct lane *l, struct parcel *p)
{
	const struct way_kind *kind = l->way->kind;
	struct way_result r = { .outcome = WAY_UNKNOWN };

	p->tries++;
	kind->send(l->self, &p->is, &r);
	if (r.outcome != WAY_ACCEPTED && r.outcome != WAY_DELIVERED && r.why[0] == '\0')
		snprintf(r.why, sizeof(r.why), "it says nothing more");
	count(l->way, &r);
	if (r.outcome == WAY_UNKNOWN) {
		doubt(l, p, &r);
	} else if (r.outcome == WAY_ACCEPTED && kind->receipt != NULL) {
		memcpy(p->provider, r.provider, sizeof(p->provider));
		mark_asking(l->way, p);
		tell(l, p, &r, true);
		put_back(l->way, p, now(l) + ask_after(1));
	} else {
		end_with(l, p, &r);
	}
}

static void
refuse(struct lane *l, struct parcel *p, const char *why, int64_t pause)
{
	struct way_result r = { .outcome = WAY_REFUSED, .pause = pause };

	snprintf(r.why, sizeof(r.why), "%s", why);
	count(l->way, &r);
	end_with(l, p, &r);
}

static bool
open_up(struct lane *l)
{
	int64_t at = now(l);

	if (l->open)
		return true;
	if (at < l->open_at)
		return false;
	memset(l->self, 0, l->way->kind->size);
	l->env = (struct way_env){ .conf = &l->way->conf, .gateway = l->way->post->gateway,
	    .disk = l->way->post->is.disk, .clock = l->way->post->is.clock,
	    .meter = &l->way->meter, .lane = l->number, .replies = &l->way->replies,
	    .control = l->way->post->is.control };
	l->open = l->way->kind->open(l->self, &l->env, l->why, sizeof(l->why)) == 0;
	l->backoff = l->open ? 0 : l->backoff == 0 ? OPEN_AGAIN :
	    l->backoff * 2 < OPEN_MOST ? l->backoff * 2 : OPEN_MOST;
	l->open_at = at + l->backoff;
	pthread_mutex_lock(&l->way->lock);
	l->way->status.open = l->open;
	if (!l->open)
		snprintf(l->way->status.why, sizeof(l->way->status.why), "%s", l->why);
	pthread_mutex_unlock(&l->way->lock);
	return l->open;
}

static void
close_up(struct lane *l)
{
	if (l->open)
		l->way->kind->close(l->self);
	l->open = false;
}

static void
handle(struct lane *l, struct parcel *p)
{
	const struct way_kind *kind = l->way->kind;

	if (p->is.purpose == NOTICE_TEST)	/* somebody has just mended it */
		l->open_at = 0;
	if (!open_up(l)) {
		if (p->asking || p->ask_first)	/* it may have gone: look later */
			put_back(l->way, p, l->open_at);
		else
			refuse(l, p, l->why, l->backoff);
		return;
	}
	if (p->asking) {
		ask(l, p);
		return;
	}
	if (l->way->post->is.clock->wall() >= p->is.expires) {
		refuse(l, p, "it is too old", 0);
		return;
	}
	if (p->ask_first && !kind->idempotent && kind->receipt == NULL) {
		struct way_result r = { .outcome = WAY_UNKNOWN };

		snprintf(r.why, sizeof(r.why), "the gateway ended while it was sent");
		end_with(l, p, &r);
		return;
	}
	if (p->ask_first && !kind->idempotent && ask(l, p))
		return;
	send(l, p);
}

static void
wait_until(struct way_run *w, int64_t us)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += us / US_PER_S;
	until.tv_nsec += us % US_PER_S * 1000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_cond_clockwait(&w->more, &w->lock, CLOCK_MONOTONIC, &until);
}

/* A line to keep, replies to hear: the lock is not held. */
static void
idle(struct lane *l, int64_t us)
{
	struct found f = { .is_reply = true };
	eventfd_t n;
	int rc;

	rc = l->way->kind->idle(l->self, l->way->wake, us, &f.reply.is, l->why,
	    sizeof(l->why));
	eventfd_read(l->way->wake, &n);
	if (rc > 0) {
		snprintf(f.reply.way, sizeof(f.reply.way), "%s", l->way->conf.name);
		post_found(l->way->post, &f);
	} else if (rc < 0) {
		close_up(l);
		l->backoff = OPEN_AGAIN;
		l->open_at = now(l) + OPEN_AGAIN;
	}
	pthread_mutex_lock(&l->way->lock);
	l->way->status.open = l->open;
	if (rc < 0)
		snprintf(l->way->status.why, sizeof(l->way->status.why), "%s", l->why);
	if (l->open && l->way->kind->show != NULL)
		l->way->kind->show(l->self, l->way->status.show, sizeof(l->way->status.show));
	pthread_mutex_unlock(&l->way->lock);
}

void
lane_run(void *arg)
{
	struct lane *l = arg;
	struct way_run *w = l->way;
	bool keeps = w->kind->idle != NULL;
	struct parcel *p;
	int64_t next, at;

	pthread_mutex_lock(&w->lock);
	while (!w->ending) {
		at = now(l);
		p = pick(w, at, &next);
		next = next - at < US_PER_S ? next - at : US_PER_S;
		if (p == NULL && !keeps) {
			wait_until(w, next > 0 ? next : 0);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		if (p != NULL && keeps && w->nlanes > 1)	/* there may be more */
			eventfd_write(w->wake, 1);
		if (p != NULL)
			handle(l, p);
		else if (open_up(l))
			idle(l, next > 0 ? next : 0);
		pthread_mutex_lock(&w->lock);
		if (p == NULL && !l->open && !w->ending)
			wait_until(w, next > 0 ? next : 0);
	}
	pthread_mutex_unlock(&w->lock);
	close_up(l);
}
