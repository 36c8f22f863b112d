#include <stdlib.h>
#include <string.h>

#include "advice.h"

/* A device and where its link leads. */
struct place_of {
	const struct device	*device;
	const char		*end;
};

static int
compare_places(const struct place_of *x, const struct place_of *y)
{
	int order = strcmp(x->end, y->end);

	if (order == 0)
		order = strcmp(x->device->conf.station, y->device->conf.station);
	return order != 0 ? order : memcmp(x->device->address, y->device->address,
	    sizeof(x->device->address));
}

static int
compare(const void *a, const void *b)
{
	const struct place_of *x = a, *y = b;
	int order = compare_places(x, y);

	return order != 0 ? order : (x->device > y->device) - (x->device < y->device);
}

static size_t
collect(const struct config *c, struct place_of *to)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nlinks; i++)
		for (size_t k = 0; k < c->links[i].ndevices; k++)
			to[n++] = (struct place_of){ &c->devices[c->links[i].devices[k]],
			    c->links[i].end };
	return n;
}

void
advice_twins(const struct config *c, struct errs *errs)
{
	struct place_of *all = malloc((c->ndevices + 1) * sizeof(all[0]));
	size_t n = all != NULL ? collect(c, all) : 0, first = 0;

	qsort(all, n, sizeof(all[0]), compare);
	for (size_t i = 1; i < n; i++) {
		const struct device_conf *conf = &all[i].device->conf;

		if (compare_places(&all[first], &all[i]) != 0)
			first = i;
		else
			err_add(errs, conf->place.file, conf->place.line,
			    "%s: the same unit as %s: links \"%s\" and \"%s\" lead to the "
			    "same place", conf->name, all[first].device->conf.name, conf->link,
			    all[first].device->conf.link);
	}
	free(all);
}
