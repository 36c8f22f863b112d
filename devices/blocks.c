#include <stdlib.h>

#include "blocks.h"

static int
by_register(const void *a, const void *b)
{
	const struct point *const *p = a, *const *q = b;
	int order = (*p)->function - (*q)->function;

	return order != 0 ? order : (*p)->number - (*q)->number;
}

static uint32_t
end_of(const struct stretch *s)
{
	return (uint32_t)s->first + s->count;
}

static struct stretch
stretch_of(const struct point *p)
{
	return (struct stretch){ p->function, p->number,
	    (uint16_t)(point_end(p) - p->number) };
}

static bool
same(const struct stretch *a, const struct stretch *b)
{
	return a->function == b->function && a->first == b->first && a->count == b->count;
}

static bool
meet(const struct stretch *a, const struct stretch *b)
{
	return a->function == b->function && a->first < end_of(b) && b->first < end_of(a);
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
	struct stretch both = *s;

	uint32_t end = end_of(next) > end_of(s) ? end_of(next) : end_of(s);

	if (s->function != next->function || next->first > end_of(s) + profile->gap ||
	    end - s->first > profile_most(profile, s->function))
		return false;
	both.count = (uint16_t)(end - s->first);
	if (declared(profile, &both) != NULL || profile_never(profile, both.first, end_of(&both)))
		return false;
	*s = both;
	return true;
}

static void
place(struct device *d, const struct point *p)
{
	struct stretch here = stretch_of(p);
	const struct stretch *whole = declared(d->profile, &here);
	struct stretch *last = d->nblocks > 0 ? &d->blocks[d->nblocks - 1] : NULL;

	if (whole != NULL)
		here = *whole;
	if (last == NULL || (!same(last, &here) && !join(d->profile, last, &here)))
		d->blocks[d->nblocks++] = here;
	d->taps[p - d->profile->points].block = (uint16_t)(d->nblocks - 1);
}

int
blocks_plan(struct device *d, struct arena *arena)
{
	size_t n = d->profile->npoints, used = 0;
	const struct point **sorted = arena_alloc(arena, (n + 1) * sizeof(*sorted));

	d->blocks = arena_alloc(arena, (n + 1) * sizeof(*d->blocks));
	if (sorted == NULL || d->blocks == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (d->taps[i].block != BLOCK_NONE)
			sorted[used++] = &d->profile->points[i];
	qsort(sorted, used, sizeof(*sorted), by_register);
	d->nblocks = 0;
	d->max_blocks = used;
	for (size_t i = 0; i < used; i++)
		place(d, sorted[i]);
	return 0;
}

static size_t
points_in(const struct device *d, size_t block)
{
	size_t n = 0;

	for (size_t i = 0; i < d->profile->npoints; i++)
		n += d->taps[i].block == block;
	return n;
}

bool
blocks_split(struct device *d, size_t block)
{
	size_t to = block;

	if (declared(d->profile, &d->blocks[block]) != NULL || points_in(d, block) < 2)
		return false;
	for (size_t i = 0; i < d->profile->npoints; i++) {
		if (d->taps[i].block != block)
			continue;
		d->blocks[to] = stretch_of(&d->profile->points[i]);
		d->taps[i].block = (uint16_t)to;
		to = d->nblocks++;
	}
	d->nblocks--;
	return true;
}
