#include <string.h>

#include "reader.h"

/* Where the registers of points and blocks stand to each other. */

static bool
meet(uint32_t first, uint32_t end, uint32_t other_first, uint32_t other_end)
{
	return first < other_end && other_first < end;
}

/* Points may share a register as long as each has bits of its own; a bit may
 * also be named that lies in a status word shown as a whole. */
static bool
may_share(const struct point *p, const struct point *other)
{
	uint16_t a = raw_mask(p->raw, &p->piece), b = raw_mask(other->raw, &other->piece);

	return p->number == other->number && point_end(p) == point_end(other) &&
	    !function_is_bits(p->function) && a != b &&
	    ((a & b) == 0 || (a & b) == a || (a & b) == b);
}

static int
check_pair(const struct point *p, const struct point *earlier, struct errs *errs)
{
	if (strcmp(p->name, earlier->name) == 0)
		return err_add(errs, p->at.file, p->at.line,
		    "%s: is in the list twice, first in line %d", p->name, earlier->at.line);
	if (p->push != NULL || earlier->push != NULL)
		return 0;
	if (p->function != earlier->function || p->item != earlier->item ||
	    !meet(p->number, point_end(p), earlier->number, point_end(earlier)) ||
	    may_share(p, earlier))
		return 0;
	return err_add(errs, p->at.file, p->at.line,
	    "%s: lies on registers of %s (0x%04X); look at register and raw", p->name,
	    earlier->name, (unsigned)earlier->number);
}

/* Of a point, or of where a status stands: can it be asked for at all? */
static int
check_reach(const struct profile *profile, const struct point *p, struct errs *errs)
{
	int rc = 0;

	if (!function_is_item(p->function) && profile_never(profile, p->first, p->end))
		rc = err_add(errs, p->at.file, p->at.line,
		    "%s: lies on a register that must never be touched", p->name);
	if (p->end - p->first > profile_most(profile, p->function))
		rc = err_add(errs, p->at.file, p->at.line,
		    "%s: has more registers than max_registers", p->name);
	return rc;
}

int
points_check(const struct profile *profile, struct errs *errs)
{
	int rc = 0;

	for (size_t i = 0; i < profile->npoints; i++) {
		const struct point *p = &profile->points[i];

		for (size_t k = 0; k < i; k++)
			rc |= check_pair(p, &profile->points[k], errs);
		if (p->push == NULL)
			rc |= check_reach(profile, p, errs);
	}
	for (size_t i = 0; i < profile->nstatuses; i++)
		rc |= check_reach(profile, &profile->statuses[i].at, errs);
	return rc;
}

static bool
touches(const struct stretch *b, const struct point *p)
{
	return p->function == b->function && p->item == b->item &&
	    meet(p->first, p->end, b->first, stretch_end(b));
}

/* Half of it must not lie there: it would be cut out of an answer that does not
 * hold it. */
static int
check_whole(const struct stretch *b, const struct point *p, const struct place *at,
    struct errs *errs)
{
	if (!touches(b, p) || (p->first >= b->first && p->end <= stretch_end(b)))
		return 0;
	return err_add(errs, at->file, at->line,
	    "the block at 0x%04X holds only a part of %s", (unsigned)b->first, p->name);
}

/* Each point and each status lies in the block or outside it, and one at least
 * lies in it. */
static int
check_points_of(const struct profile *profile, const struct stretch *b,
    const struct place *at, struct errs *errs)
{
	size_t inside = 0;
	int rc = 0;

	for (size_t i = 0; i < profile->npoints; i++) {
		inside += touches(b, &profile->points[i]);
		rc |= check_whole(b, &profile->points[i], at, errs);
	}
	for (size_t i = 0; i < profile->nstatuses; i++) {
		inside += touches(b, &profile->statuses[i].at);
		rc |= check_whole(b, &profile->statuses[i].at, at, errs);
	}
	if (inside == 0)
		rc = err_add(errs, at->file, at->line,
		    "the block at 0x%04X holds no point", (unsigned)b->first);
	return rc;
}

static int
check_block(const struct profile *profile, size_t i, const struct place *at,
    struct errs *errs)
{
	const struct stretch *b = &profile->blocks[i];
	uint32_t end = stretch_end(b);
	int rc = check_points_of(profile, b, at, errs);

	if (end > 65536)
		rc = err_add(errs, at->file, at->line,
		    "the block at 0x%04X runs past register 65535", (unsigned)b->first);
	if (b->count > profile_most(profile, b->function))
		rc = err_add(errs, at->file, at->line,
		    "the block at 0x%04X is larger than max_registers", (unsigned)b->first);
	if (profile_never(profile, b->first, end))
		rc = err_add(errs, at->file, at->line,
		    "the block at 0x%04X holds a register that must never be touched",
		    (unsigned)b->first);
	for (size_t k = 0; k < i; k++) {
		const struct stretch *o = &profile->blocks[k];

		if (o->function == b->function && meet(b->first, end, o->first, stretch_end(o)))
			rc = err_add(errs, at->file, at->line,
			    "the blocks at 0x%04X and 0x%04X overlap", (unsigned)o->first,
			    (unsigned)b->first);
	}
	return rc;
}

int
blocks_check(const struct profile *profile, const struct block_row *rows,
    struct errs *errs)
{
	int rc = 0;

	for (size_t i = 0; i < profile->nblocks; i++)
		rc |= check_block(profile, i, &rows[i].at, errs);
	return rc;
}
