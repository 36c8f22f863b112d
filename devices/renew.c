#include <string.h>

#include "calibration.h"
#include "judge.h"

/* The figures of a calibration have a reader of their own. */
static bool
same_figures(const struct items *a, const struct items *b)
{
	const struct calibration *x = a->at, *y = b->at;

	for (size_t i = 0; i < a->n; i++)
		if (x[i].n != y[i].n ||
		    memcmp(x[i].before, y[i].before, x[i].n * sizeof(x[i].before[0])) != 0 ||
		    memcmp(x[i].after, y[i].after, x[i].n * sizeof(x[i].after[0])) != 0)
			return false;
	return true;
}

bool
device_same(const struct device *a, const struct device *b)
{
	return key_same(device_keys, &a->conf, &b->conf) &&
	    same_figures(&a->conf.calibration, &b->conf.calibration) &&
	    profile_same(a->profile, b->profile);
}

/* Of the same words the same plan was made, before it was split. */
void
device_take_over(struct device *d, const struct device *was)
{
	size_t points = d->profile->npoints, statuses = d->profile->nstatuses;

	d->nblocks = was->nblocks;
	d->max_blocks = was->max_blocks;
	memcpy(d->blocks, was->blocks, was->nblocks * sizeof(d->blocks[0]));
	memcpy(d->ranges, was->ranges, was->nblocks * sizeof(d->ranges[0]));
	memcpy(d->taps, was->taps, points * sizeof(d->taps[0]));
	memcpy(d->memory, was->memory, points * sizeof(d->memory[0]));
	memcpy(d->states, was->states, statuses * sizeof(d->states[0]));
	d->measured = was->measured;
	d->marks = was->marks;
}
