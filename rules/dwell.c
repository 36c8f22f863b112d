#include <stdio.h>
#include <stdlib.h>

#include "../conf/span.h"
#include "dwell.h"

static size_t
collect(const struct device *d, struct dwell *to)
{
	const struct output *o = d->conf.outputs.at;
	size_t n = 0;

	if (d->profile == NULL)		/* what is wrong with it was told */
		return 0;
	for (size_t i = 0; i < d->conf.outputs.n; i++) {
		if (o[i].min_on == 0 && o[i].min_off == 0)
			continue;
		if (to != NULL)
			to[n] = (struct dwell){ .device = d, .output = &o[i], .is = -1 };
		n++;
	}
	return n;
}

int
dwells_new(struct dwells *all, const struct device *devices, size_t n, struct arena *arena)
{
	size_t at = 0;

	*all = (struct dwells){ .n = 0 };
	for (size_t i = 0; i < n; i++)
		all->n += collect(&devices[i], NULL);
	all->at = arena_alloc(arena, (all->n + 1) * sizeof(all->at[0]));
	if (all->at == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		at += collect(&devices[i], &all->at[at]);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct dwell *x = a, *y = b;

	return (x->series > y->series) - (x->series < y->series);
}

void
dwells_start(struct dwells *all, int64_t now)
{
	for (size_t i = 0; i < all->n; i++) {
		struct dwell *w = &all->at[i];

		w->series = w->device->taps[w->output->point].series;
		w->is = -1;
		w->since = now;
	}
	qsort(all->at, all->n, sizeof(all->at[0]), compare);
}

static struct dwell *
find(const struct dwells *all, uint32_t series)
{
	const struct dwell key = { .series = series };

	return all->n == 0 ? NULL :
	    bsearch(&key, all->at, all->n, sizeof(all->at[0]), compare);
}

static struct dwell *
find_point(const struct dwells *all, const struct device *d, const struct point *p)
{
	return all->n == 0 ? NULL : find(all, d->taps[p - d->profile->points].series);
}

void
dwells_take_over(struct dwells *all, const struct dwells *was)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct dwell *old = find(was, all->at[i].series);

		if (old == NULL)
			continue;
		all->at[i].is = old->is;
		all->at[i].since = old->since;
	}
}

/* What it was found to be at first it may have been for any time. */
static void
take(struct dwell *w, int is, int64_t mono)
{
	if (w->is == is)
		return;
	if (w->is >= 0)
		w->since = mono;
	w->is = is;
}

void
dwells_hear(struct dwells *all, const struct reading *r)
{
	struct dwell *w = find(all, r->series);
	double figure;

	if (w == NULL || quality_severity(r->quality) == SEVERITY_BAD ||
	    !value_number(&r->value, &figure))
		return;
	take(w, figure != 0, r->mono - (int64_t)r->age * 1000000);
}

void
dwells_wrote(struct dwells *all, const struct device *d, const struct point *p, double figure,
    int64_t now)
{
	struct dwell *w = find_point(all, d, p);

	if (w == NULL || w->is == (figure != 0))
		return;
	w->is = figure != 0;
	w->since = now;
}

bool
dwells_look(const struct dwells *all, const struct device *d, const struct point *p,
    double figure, int64_t now, struct dwelling *out)
{
	const struct dwell *w = find_point(all, d, p);
	bool on = figure != 0;

	if (w == NULL || w->is == on)
		return false;
	*out = (struct dwelling){ .is = w->is, .least = on ? w->output->min_off :
	    w->output->min_on };
	out->until = w->since + out->least;
	return now < out->until;
}

const char *
dwelling_words(const struct dwelling *w, char *buf, size_t n)
{
	char span[32];

	if (w->is < 0)
		snprintf(buf, n, "it is not known for how long it has been so: %s after a start "
		    "first", span_write(w->least, span, sizeof(span)));
	else
		snprintf(buf, n, "it was switched %s less than %s ago, its min_%s",
		    w->is ? "on" : "off", span_write(w->least, span, sizeof(span)),
		    w->is ? "on" : "off");
	return buf;
}
