#ifndef GATEWAY_FIELD_SPLITS_H
#define GATEWAY_FIELD_SPLITS_H

#include "../../devices/device.h"
#include "keeper.h"

/* Questions that a device answers only point by point, as learnt from its
 * refusals; they outlive a restart. */
struct splits;

/* Reads what was learnt and splits the blocks of the devices by it; what fits no
 * block any more is dropped.  NULL: errno.  Not owned: devices and arena, which
 * a new plan of blocks is taken from. */
struct splits	*splits_open(struct keeper *, struct device *, size_t n,
		    struct arena *);
void		 splits_close(struct splits *);
/* Other devices from now on, and their arena.  twins: of each the one before that
 * is the same and split already, or NULL; another one of the same name is split
 * where that still fits. */
void		 splits_renew(struct splits *, struct device *, size_t n, struct arena *,
		    const struct device *const *twins);
/* A block of a device was split; stored by the next flush. */
void		 splits_learn(struct splits *, const struct device *, const struct stretch *);
/* The blocks of a device are planned anew.  -1: no room for a plan. */
int		 splits_forget(struct splits *, struct device *);
/* How many of a device are known. */
unsigned	 splits_count(const struct splits *, const struct device *);
/* Lets what is new be stored. */
void		 splits_flush(struct splits *);

#endif
