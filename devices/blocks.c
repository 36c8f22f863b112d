#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "judge.h"

/* A point or a status that wants to be read, in few bytes: there is one for each
 * while the blocks of a device are planned. */
struct want {
	uint64_t	 key;		/* function, item and first register */
	uint16_t	 index;
	bool		 status;
};

static int
by_register(const void *a, const void *b)
{
	const struct want *p = a, *q = b;

	return (p->key > q->key) - (p->key < q->key);
}

static struct stretch
stretch_of(const struct point *p)
{
	if (function_is_item(p->function))
		return (struct stretch){ p->function, 0, (uint16_t)p->end, p->item };
	return (struct stretch){ p->function, p->first, (uint16_t)(p->end - p->first), 0 };
}

static const struct point *
point_of(const struct device *d, const struct want *w)
{
	return w->status ? &d->profile->statuses[w->index].at : &d->profile->points[w->index];
}

/* Where it is told which question does. */
static uint16_t *
block_of(const struct device *d, const struct want *w)
{
	return w->status ? &d->states[w->index].block : &d->taps[w->index].block;
}

static bool
same(const struct stretch *a, const struct stretch *b)
{
	return a->function == b->function && a->item == b->item && a->first == b->first &&
	    a->count == b->count;
}

static bool
meet(const struct stretch *a, const struct stretch *b)
{
	return a->function == b->function && a->item == b->item &&
	    a->first < stretch_end(b) && b->first < stretch_end(a);
}

/* The first declared block that these registers touch; NULL: none. */
static const struct stretch *
declared(const struct profile *profile, const struct stretch *s)
{
	for (size_t i = 0; i < profile->nblocks; i++)
		if (meet(&profile->blocks[i], s))
			return &profile->blocks[i];
	return NULL;
}

/* One question for both, if the profile permits the registers between. */
static bool
join(const struct profile *profile, struct stretch *s, const struct stretch *next)
{
	uint32_t end = stretch_end(next) > stretch_end(s) ? stretch_end(next) : stretch_end(s);
	struct stretch both = *s;

	if (s->function != next->function || s->item != next->item ||
	    next->first > stretch_end(s) + profile->gap ||
	    end - s->first > profile_most(profile, s->function))
		return false;
	both.count = (uint16_t)(end - s->first);
	if (declared(profile, &both) != NULL || profile_never(profile, both.first, end))
		return false;
	*s = both;
	return true;
}

static void
place(struct device *d, const struct want *want)
{
	struct stretch here = stretch_of(point_of(d, want));
	const struct stretch *whole = declared(d->profile, &here);
	struct stretch *last = d->nblocks > 0 ? &d->blocks[d->nblocks - 1] : NULL;

	if (whole != NULL)
		here = *whole;
	if (last == NULL || (!same(last, &here) && !join(d->profile, last, &here)))
		d->blocks[d->nblocks++] = here;
	*block_of(d, want) = (uint16_t)(d->nblocks - 1);
}

/* A status is read for the sake of its points. */
static bool
is_wanted(const struct device *d, const struct status *s)
{
	for (size_t i = 0; i < d->profile->npoints; i++)
		if (d->taps[i].block < BLOCK_DERIVED && status_concerns(s, i))
			return true;
	return false;
}

static struct want
want_of(const struct point *p, size_t index, bool status)
{
	return (struct want){ (uint64_t)p->function << 48 | (uint64_t)p->item << 16 | p->first,
	    (uint16_t)index, status };
}

static size_t
gather(const struct device *d, struct want *wants)
{
	const struct profile *p = d->profile;
	size_t n = 0;

	for (size_t i = 0; i < p->nstatuses; i++) {
		d->states[i].block = is_wanted(d, &p->statuses[i]) ? 0 : BLOCK_NONE;
		if (d->states[i].block != BLOCK_NONE)
			wants[n++] = want_of(&p->statuses[i].at, i, true);
	}
	for (size_t i = 0; i < p->npoints; i++)
		if (d->taps[i].block < BLOCK_DERIVED)
			wants[n++] = want_of(&p->points[i], i, false);
	return n;
}

static void
swap(struct device *d, struct want *wants, size_t n, uint16_t a, uint16_t b)
{
	struct stretch s = d->blocks[a];

	d->blocks[a] = d->blocks[b];
	d->blocks[b] = s;
	for (size_t i = 0; i < n; i++) {
		uint16_t *block = block_of(d, &wants[i]);

		if (*block == a)
			*block = b;
		else if (*block == b)
			*block = a;
	}
}

/* What says the worth of figures is asked before them. */
static void
statuses_first(struct device *d, struct want *wants, size_t n)
{
	uint16_t front = 0;

	for (size_t i = 0; i < d->profile->nstatuses; i++) {
		uint16_t block = d->states[i].block;

		if (block == BLOCK_NONE || block < front)
			continue;
		swap(d, wants, n, front++, block);
	}
}

/* So that an answer is not sought in every point of the profile. */
static void
find_ranges(struct device *d)
{
	for (size_t i = 0; i < d->nblocks; i++)
		d->ranges[i] = (struct range){ UINT16_MAX, 0 };
	for (size_t i = 0; i < d->profile->npoints; i++) {
		struct range *r;

		if (d->taps[i].block >= BLOCK_DERIVED)
			continue;
		r = &d->ranges[d->taps[i].block];
		r->from = i < r->from ? (uint16_t)i : r->from;
		r->end = (uint16_t)(i + 1);
	}
}

/* Nothing is asked of one that tells by itself: all of it goes dark as one. */
static void
plan_pushes(struct device *d)
{
	bool some = false;

	for (size_t i = 0; i < d->profile->npoints; i++)
		some |= d->taps[i].block < BLOCK_DERIVED;
	d->nblocks = d->max_blocks = some;
	find_ranges(d);
}

int
blocks_plan(struct device *d, struct arena *arena)
{
	size_t most = d->profile->npoints + d->profile->nstatuses, n, kept;
	struct want *wants;

	if (d->ranges == NULL) {
		d->blocks = arena_alloc(arena, (most + 1) * sizeof(*d->blocks));
		d->ranges = arena_alloc(arena, (most + 1) * sizeof(*d->ranges));
	}
	if (d->profile->pushes && d->blocks != NULL && d->ranges != NULL) {
		plan_pushes(d);
		return 0;
	}
	kept = arena->used;
	wants = arena_alloc(arena, (most + 1) * sizeof(*wants));
	if (wants == NULL || d->blocks == NULL || d->ranges == NULL)
		return -1;
	n = gather(d, wants);
	qsort(wants, n, sizeof(*wants), by_register);
	d->nblocks = 0;
	d->max_blocks = n;
	for (size_t i = 0; i < n; i++)
		place(d, &wants[i]);
	statuses_first(d, wants, n);
	find_ranges(d);
	arena->used = kept;	/* they may be planned anew for years */
	return 0;
}

static size_t
points_in(const struct device *d, size_t block)
{
	size_t n = 0;

	for (size_t i = 0; i < d->profile->npoints; i++)
		n += d->taps[i].block == block;
	for (size_t i = 0; i < d->profile->nstatuses; i++)
		n += d->states[i].block == block;
	return n;
}

/* One of a block gets a question of its own: the first in place of the block,
 * the others at the end. */
static size_t
move(struct device *d, const struct point *p, uint16_t *block, size_t to)
{
	d->blocks[to] = stretch_of(p);
	*block = (uint16_t)to;
	return d->nblocks++;
}

bool
blocks_split(struct device *d, size_t block)
{
	size_t to = block;

	if (declared(d->profile, &d->blocks[block]) != NULL || points_in(d, block) < 2 ||
	    function_is_item(d->blocks[block].function))
		return false;
	for (size_t i = 0; i < d->profile->nstatuses; i++)
		if (d->states[i].block == block)
			to = move(d, &d->profile->statuses[i].at, &d->states[i].block, to);
	for (size_t i = 0; i < d->profile->npoints; i++)
		if (d->taps[i].block == block)
			to = move(d, &d->profile->points[i], &d->taps[i].block, to);
	d->nblocks--;
	find_ranges(d);
	return true;
}
