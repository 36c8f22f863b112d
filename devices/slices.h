#ifndef DEVICES_SLICES_H
#define DEVICES_SLICES_H

#include "device.h"

/* Some registers of a block, from a point's first to a point's last, so that no point
 * is torn: they ask for the same in another shape, whose answer cannot be taken for
 * that which is owed to the block.  A block that its profile declares has none. */
struct slice {
	uint16_t	first, count;
	uint32_t	from;		/* what ends before this register was read before,
					 * and is not taken from it */
};

/* All of the block. */
struct slice	slice_whole(const struct device *, size_t block);
static inline uint32_t
slice_end(const struct slice *s)
{
	return (uint32_t)s->first + s->count;
}

/* Can the block be asked for in another shape? */
bool	slices_there(const struct device *, size_t block);
/* The first slice that fits (owner's word: it may be asked now), which holds the first
 * point that ends behind from; where none does, the next of them.  Long ones come
 * first; those that fit only as a makeshift come behind the others, and before any that
 * leaves the point out.  False: none fits. */
bool	slices_find(const struct device *, size_t block, uint32_t from,
	    bool (*fits)(void *owner, const struct slice *, bool makeshift), void *owner,
	    struct slice *);
/* As device_decode and device_bad, of the points of a slice: whole in it, and not read
 * before; without an answer, of all that end behind from. */
size_t	slices_decode(const struct device *, size_t block, const struct slice *,
	    const uint8_t *, size_t len, const struct reading *base, struct reading *out,
	    size_t max);
size_t	slices_bad(const struct device *, size_t block, uint32_t from,
	    const struct reading *base, struct reading *out, size_t max);

#endif
