#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "errand.h"

void
errands_make(struct errands *all)
{
	if (all->n > 0)
		return;
	all->at = room_for(ERRANDS_MAX, sizeof(*all->at));
	all->n = ERRANDS_MAX;
}

struct errand *
errands_add(struct errands *all, const struct proto *proto, const struct errand *what)
{
	const struct ask *ask = &what->ask;

	if (ask->payload_len > ERRAND_PAYLOAD || !proto->valid(ask))
		return NULL;
	errands_make(all);
	for (size_t i = 0; i < all->n; i++) {
		struct errand *e = &all->at[i];

		if (e->order != 0)
			continue;
		*e = *what;
		e->order = ++all->last;
		if (e->expires == 0)
			e->expires = INT64_MAX;
		if (ask->payload_len > 0)
			memcpy(e->payload, ask->payload, ask->payload_len);
		e->ask.payload = e->payload;
		return e;
	}
	return NULL;
}

struct errand *
errands_pick(struct errands *all, int64_t now, int64_t *until)
{
	struct errand *best = NULL;

	*until = INT64_MAX;
	for (size_t i = 0; i < all->n; i++) {
		struct errand *e = &all->at[i];
		int64_t at = e->later < e->expires ? e->later : e->expires;

		if (e->order == 0 || e == all->out)
			continue;
		if (at < *until)
			*until = at;
		if (e->later <= now && (best == NULL || e->order < best->order))
			best = e;
	}
	return best;
}

int64_t
errands_expiry(const struct errands *all)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < all->n; i++) {
		const struct errand *e = &all->at[i];

		if (e->order != 0 && e != all->out && e->expires < first)
			first = e->expires;
	}
	return first;
}

static struct errand *
stale(struct errands *all, int64_t now)
{
	for (size_t i = 0; i < all->n; i++) {
		struct errand *e = &all->at[i];

		if (e->order != 0 && e != all->out && e->expires <= now)
			return e;
	}
	return NULL;
}

static struct errand *
any(struct errands *all)
{
	if (all->out != NULL)
		return all->out;
	for (size_t i = 0; i < all->n; i++)
		if (all->at[i].order != 0)
			return &all->at[i];
	return NULL;
}

/* Who is told may ask again at once, and finds the place free. */
void
errands_end(struct errands *all, struct errand *e, const struct reply *reply)
{
	void (*done)(void *, const struct reply *) = e->done;
	void *owner = e->owner;

	if (e == all->out)
		all->out = NULL;
	e->order = 0;
	if (done != NULL)
		done(owner, reply);
}

void
errands_unbar(struct errands *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct errand *e = &all->at[i];

		if (e->barred)
			e->later = 0;
		e->barred = false;
	}
}

void
errands_release(struct errands *all)
{
	for (size_t i = 0; i < all->n; i++) {
		struct errand *e = &all->at[i];

		if (e->held)
			e->later = 0;
		e->held = false;
	}
}

void
errands_expire(struct errands *all, int64_t now)
{
	const struct reply never = { .status = REPLY_LOST, .heard = now };
	struct errand *e;

	while ((e = stale(all, now)) != NULL)
		errands_end(all, e, &never);
}

void
errands_lose(struct errands *all, int64_t now)
{
	struct reply lost = { .status = REPLY_LOST, .heard = now };
	struct errand *e;

	while ((e = any(all)) != NULL) {
		lost.asked = e == all->out ? now : 0;
		errands_end(all, e, &lost);
	}
}

void
errands_free(struct errands *all)
{
	free(all->at);
	all->at = NULL;
	all->n = 0;
}
