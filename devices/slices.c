#include <string.h>

#include "judge.h"
#include "slices.h"

#define LENGTHS	125		/* registers of one question (V1.1b3, 6.3); no more
				 * bits are cut up either */

/* Where points of a block begin and end, by register of it. */
struct edges {
	bool	begins[LENGTHS + 1], ends[LENGTHS + 1];
	bool	wanted[LENGTHS + 1];	/* begins, and was not read */
};

/* Those of one length are alike: one of them is tried. */
struct search {
	bool		(*fits)(void *owner, const struct slice *, bool makeshift);
	void		*owner;
	struct slice	*slice;
	bool		 makeshift;
	bool		 tried[2][LENGTHS + 1];
};

struct slice
slice_whole(const struct device *d, size_t block)
{
	return (struct slice){ d->blocks[block].first, d->blocks[block].count, 0 };
}

static bool
is_declared(const struct device *d, const struct stretch *b)
{
	for (size_t i = 0; i < d->profile->nblocks; i++)
		if (d->profile->blocks[i].function == b->function &&
		    d->profile->blocks[i].first == b->first)
			return true;
	return false;
}

static void
mark(struct edges *e, const struct stretch *b, const struct point *p, uint32_t from)
{
	e->begins[p->first - b->first] = true;
	e->wanted[p->first - b->first] |= p->end > from;
	e->ends[p->end - b->first] = true;
}

/* False: it is asked for as a whole or not at all. */
static bool
find_edges(const struct device *d, size_t block, uint32_t from, struct edges *e)
{
	const struct stretch *b = &d->blocks[block];

	if (function_is_item(b->function) || b->count > LENGTHS || is_declared(d, b))
		return false;
	memset(e, 0, sizeof(*e));
	for (size_t i = d->ranges[block].from; i < d->ranges[block].end; i++)
		if (d->taps[i].block == block)
			mark(e, b, &d->profile->points[i], from);
	for (size_t i = 0; i < d->profile->nstatuses; i++)
		if (d->states[i].block == block)
			mark(e, b, &d->profile->statuses[i].at, from);
	return true;
}

/* The answer is of other length than that to all of them. */
static bool
differs(const struct stretch *b, unsigned count)
{
	return function_is_bits(b->function) ? (count + 7U) / 8 != (b->count + 7U) / 8 :
	    count != b->count;
}

bool
slices_there(const struct device *d, size_t block)
{
	const struct stretch *b = &d->blocks[block];
	struct edges e;

	if (!find_edges(d, block, 0, &e))
		return false;
	for (unsigned end = 1; end < b->count; end++)
		if (e.ends[end] && differs(b, end))
			return true;
	return false;
}

/* One of those that hold what begins at, a register of the block. */
static bool
find_at(const struct edges *e, const struct stretch *b, unsigned at, struct search *s)
{
	bool *tried = s->tried[s->makeshift];
	unsigned read = s->slice->from > b->first ? (unsigned)(s->slice->from - b->first) : 0;

	for (unsigned end = b->count; end > at && end > read; end--) {
		for (unsigned first = 0; e->ends[end] && first <= at; first++) {
			if (!e->begins[first] || tried[end - first])
				continue;
			tried[end - first] = true;
			s->slice->first = (uint16_t)(b->first + first);
			s->slice->count = (uint16_t)(end - first);
			if (s->fits(s->owner, s->slice, s->makeshift))
				return true;
		}
	}
	return false;
}

bool
slices_find(const struct device *d, size_t block, uint32_t from,
    bool (*fits)(void *owner, const struct slice *, bool makeshift), void *owner,
    struct slice *slice)
{
	struct search s = { .fits = fits, .owner = owner, .slice = slice };
	const struct stretch *b = &d->blocks[block];
	struct edges e;

	if (!find_edges(d, block, from, &e))
		return false;
	slice->from = from;
	for (unsigned i = 0; i < 2U * b->count; i++) {
		s.makeshift = i % 2;
		if (e.wanted[i / 2] && find_at(&e, b, i / 2, &s))
			return true;
	}
	return false;
}

static bool
is_within(const struct slice *s, const struct point *p)
{
	return p->first >= s->first && p->end <= slice_end(s);
}

/* What the slice left behind it is not known from now on; what comes after it is as it
 * was said before. */
static void
hear_statuses(const struct device *d, size_t block, const struct slice *s,
    const uint8_t *data, size_t len, int64_t mono)
{
	for (size_t i = 0; i < d->profile->nstatuses; i++) {
		const struct point *p = &d->profile->statuses[i].at;

		if (d->states[i].block != block || p->end <= s->from || p->end > slice_end(s))
			continue;
		judge_hear_one(d, i, s->first, is_within(s, p) ? data : NULL, len, mono);
	}
}

size_t
slices_decode(const struct device *d, size_t block, const struct slice *s,
    const uint8_t *data, size_t len, const struct reading *base, struct reading *out,
    size_t max)
{
	size_t n = 0;

	hear_statuses(d, block, s, data, len, base->mono);
	for (size_t i = d->ranges[block].from; i < d->ranges[block].end && n < max; i++) {
		const struct point *p = &d->profile->points[i];

		if (d->taps[i].block != block || p->end <= s->from || !is_within(s, p))
			continue;
		device_begin(d, i, base, &out[n]);
		device_read(d, i, s->first, data, len, &out[n++]);
	}
	return n;
}

size_t
slices_bad(const struct device *d, size_t block, uint32_t from, const struct reading *base,
    struct reading *out, size_t max)
{
	size_t n = 0;

	if (from == 0)		/* what is told by itself has no registers */
		return device_bad(d, block, base, out, max);
	for (size_t i = 0; i < d->profile->nstatuses; i++)
		if (d->states[i].block == block && d->profile->statuses[i].at.end > from)
			judge_hear_one(d, i, 0, NULL, 0, base->mono);
	for (size_t i = d->ranges[block].from; i < d->ranges[block].end && n < max; i++)
		if (d->taps[i].block == block && d->profile->points[i].end > from)
			device_begin(d, i, base, &out[n++]);
	return n;
}
