#include <stdlib.h>
#include <string.h>

#include "../hash.h"
#include "../room.h"
#include "episodes.h"

#define SLOTS_FIRST	256
#define APART		1000	/* ms: a loop may be late by so much */

/* Where it stands, or the free slot where it belongs. */
static uint32_t *
place(struct episodes *e, const char *rule, const char *device)
{
	uint64_t h = hash_name(hash_name(HASH_BEGIN, rule), device);

	for (size_t i = (size_t)(h ^ h >> 32);; i++) {
		uint32_t *slot = &e->slots[i & (e->nslots - 1)];
		const struct alarm_past *a;

		if (*slot == 0)
			return slot;
		a = &e->alarms[*slot - 1];
		if (strcmp(a->rule, rule) == 0 && strcmp(a->device, device) == 0)
			return slot;
	}
}

/* Twice as many, with what was in them. */
static void *
more(void *was, size_t *cap, size_t size)
{
	size_t n = *cap > 0 ? 2 * *cap : 4;
	void *at = room_for(n, size);

	if (*cap > 0)
		memcpy(at, was, *cap * size);
	free(was);
	*cap = n;
	return at;
}

static char *
copy(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(room_for(n, 1), text, n);
}

static void
grow_slots(struct episodes *e)
{
	free(e->slots);
	e->nslots *= 2;
	e->slots = room_for(e->nslots, sizeof(*e->slots));
	for (size_t i = 0; i < e->n; i++)
		*place(e, e->alarms[i].rule, e->alarms[i].device) = (uint32_t)i + 1;
}

void
episodes_init(struct episodes *e)
{
	*e = (struct episodes){ .nslots = SLOTS_FIRST };
	e->slots = room_for(e->nslots, sizeof(*e->slots));
}

void
episodes_free(struct episodes *e)
{
	for (size_t i = 0; i < e->n; i++) {
		free(e->alarms[i].rule);
		free(e->alarms[i].device);
		for (size_t k = 0; k < TELLINGS; k++)
			free(e->alarms[i].at[k]);
	}
	free(e->alarms);
	free(e->slots);
}

static struct alarm_past *
alarm_of(struct episodes *e, const char *rule, const char *device)
{
	uint32_t *slot = place(e, rule, device);

	if (*slot != 0)
		return &e->alarms[*slot - 1];
	if (e->n == e->cap)
		e->alarms = more(e->alarms, &e->cap, sizeof(*e->alarms));
	e->alarms[e->n++] = (struct alarm_past){ .rule = copy(rule), .device = copy(device) };
	*slot = (uint32_t)e->n;
	if (2 * e->n > e->nslots)
		grow_slots(e);
	return &e->alarms[e->n - 1];
}

bool
episodes_step(struct episodes *e, enum telling_of of, const char *rule, const char *device,
    bool active, int64_t time)
{
	struct alarm_past *a = alarm_of(e, rule, device);
	struct episode *last = a->n[of] > 0 ? &a->at[of][a->n[of] - 1] : NULL;
	bool was = last != NULL && last->to == EPISODE_OPEN;

	if (was == active)
		return false;
	if (!active) {
		last->to = time;
		return true;
	}
	if (a->n[of] == a->cap[of])
		a->at[of] = more(a->at[of], &a->cap[of], sizeof(**a->at));
	a->at[of][a->n[of]++] = (struct episode){ time, EPISODE_OPEN };
	return true;
}

bool
compared_has(const struct compared *c, enum telling_of of)
{
	return c->is[of].from != EPISODE_OPEN;
}

static bool
apart(int64_t a, int64_t b)
{
	return a - b > APART || b - a > APART;
}

static int64_t
within(int64_t time, int64_t from, int64_t to)
{
	if (time < from)
		return from;
	return time > to ? to : time;
}

/* What was before the range, or comes behind it, is not seen. */
static bool
moved(const struct compared *c, int64_t from, int64_t to)
{
	const struct episode *a = &c->is[TOLD_THEN], *b = &c->is[TOLD_NOW];

	return compared_has(c, TOLD_THEN) && compared_has(c, TOLD_NOW) &&
	    (apart(within(a->from, from, to), within(b->from, from, to)) ||
	    apart(within(a->to, from, to), within(b->to, from, to)));
}

/* The next of a telling that reaches into the range; NULL: no more. */
static const struct episode *
next(const struct alarm_past *a, enum telling_of of, size_t *i, int64_t from, int64_t to)
{
	for (; *i < a->n[of]; ++*i)
		if (a->at[of][*i].to > from && a->at[of][*i].from < to)
			return &a->at[of][*i];
	return NULL;
}

static bool
overlap(const struct episode *a, const struct episode *b)
{
	return (b->to == EPISODE_OPEN || a->from <= b->to + APART) &&
	    (a->to == EPISODE_OPEN || b->from <= a->to + APART);
}

static size_t
compare_alarm(const struct alarm_past *a, int64_t from, int64_t to, struct compared *out)
{
	size_t at[TELLINGS] = { 0 }, n = 0;

	for (;;) {
		const struct episode *then = next(a, TOLD_THEN, &at[TOLD_THEN], from, to);
		const struct episode *now = next(a, TOLD_NOW, &at[TOLD_NOW], from, to);
		struct compared *c = &out[n];
		bool both = then != NULL && now != NULL && overlap(then, now);
		bool first = now == NULL || (then != NULL && then->from <= now->from);

		if (then == NULL && now == NULL)
			return n;
		*c = (struct compared){ .alarm = a, .is = { { EPISODE_OPEN, EPISODE_OPEN },
		    { EPISODE_OPEN, EPISODE_OPEN } } };
		if (both || first) {
			c->is[TOLD_THEN] = *then;
			at[TOLD_THEN]++;
		}
		if (both || !first) {
			c->is[TOLD_NOW] = *now;
			at[TOLD_NOW]++;
		}
		c->first = c->is[TOLD_THEN].from < c->is[TOLD_NOW].from ?
		    c->is[TOLD_THEN].from : c->is[TOLD_NOW].from;
		c->moved = moved(c, from, to);
		n++;
	}
}

static int
by_first(const void *a, const void *b)
{
	const struct compared *p = a, *q = b;
	int order;

	if (p->first != q->first)
		return p->first < q->first ? -1 : 1;
	order = strcmp(p->alarm->rule, q->alarm->rule);
	return order != 0 ? order : strcmp(p->alarm->device, q->alarm->device);
}

struct compared *
episodes_compare(const struct episodes *e, int64_t from, int64_t to, size_t *n)
{
	size_t most = 1;
	struct compared *all;

	for (size_t i = 0; i < e->n; i++)
		most += e->alarms[i].n[TOLD_THEN] + e->alarms[i].n[TOLD_NOW];
	all = room_for(most, sizeof(*all));
	*n = 0;
	for (size_t i = 0; i < e->n; i++)
		*n += compare_alarm(&e->alarms[i], from, to, all + *n);
	qsort(all, *n, sizeof(*all), by_first);
	return all;
}
