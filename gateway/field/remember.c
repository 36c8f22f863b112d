#include <stdlib.h>

#include "../room.h"
#include "remember.h"

static bool
is_remembered(const struct device *d, size_t point)
{
	return d->taps[point].block != BLOCK_NONE &&
	    point_remembers(&d->profile->points[point]);
}

void
remember_open(struct remember *r, struct field_role *f)
{
	*r = (struct remember){ .field = f, .n = (uint32_t)f->latest.n };
	r->devices = room_for(f->latest.n + 1, sizeof(struct device *));
	for (size_t i = 0; i < f->config->ndevices; i++) {
		struct device *d = &f->config->devices[i];

		for (size_t k = 0; k < d->profile->npoints; k++)
			if (is_remembered(d, k))
				r->devices[d->taps[k].series] = d;
	}
}

int64_t
remember_since(const struct field_role *f, const struct entry *e)
{
	const struct clock *clock = f->pipeline.clock;
	int64_t span = 0;

	if (e->boot == f->boot)
		span = clock->mono() - e->reading.mono;
	else if (e->clock_trusted && clock->trusted())
		span = (clock->wall() - e->reading.time) * 1000;
	return span > 0 ? span : 0;
}

void
remember_take(struct remember *r, const struct entry *e)
{
	const struct reading *it = &e->reading;
	struct device *d = it->series <= r->n ? r->devices[it->series] : NULL;

	if (d == NULL)
		return;
	for (size_t k = 0; k < d->profile->npoints; k++)
		if (d->taps[k].series == it->series)
			device_remember(d, k, it,
			    r->field->pipeline.clock->mono() - remember_since(r->field, e));
}

void
remember_close(struct remember *r)
{
	free(r->devices);
}
