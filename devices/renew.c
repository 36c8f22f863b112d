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
	    constants_same(&a->conf.constants, &b->conf.constants) &&
	    profile_same(a->profile, b->profile);
}

/* A setting that changes nothing of how a device is asked. */
static bool
is_free(const struct key *key)
{
	static const char *const free_ones[] = {
		"label", "writable", "outputs", "gas", "calibration", "stop_at_end",
		"constants",
	};

	for (size_t i = 0; i < sizeof(free_ones) / sizeof(free_ones[0]); i++)
		if (strcmp(key->name, free_ones[i]) == 0)
			return true;
	return false;
}

bool
device_alike(const struct device *a, const struct device *b)
{
	for (const struct key *key = device_keys; key->name != NULL; key++) {
		const struct key one[2] = { *key, { .name = NULL } };

		if (!is_free(key) && !key_same(one, &a->conf, &b->conf))
			return false;
	}
	return profile_same(a->profile, b->profile);
}

bool
device_point_same(const struct device *a, const struct device *b, size_t point)
{
	const struct memory *x = &a->memory[point], *y = &b->memory[point];

	return x->corrected == y->corrected &&
	    memcmp(&x->gain, &y->gain, sizeof(x->gain)) == 0 &&
	    memcmp(&x->offset, &y->offset, sizeof(x->offset)) == 0;
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
	for (size_t i = 0; i < points; i++)	/* a corrected figure is no jump */
		if (device_point_same(d, was, i))
			d->memory[i] = was->memory[i];
	memcpy(d->states, was->states, statuses * sizeof(d->states[0]));
	d->measured = was->measured;
	d->marks = was->marks;
}
