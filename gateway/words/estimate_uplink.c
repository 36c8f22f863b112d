#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "../../conf/glob.h"
#include "../clock.h"
#include "../room.h"
#include "../uplink/cargo.h"
#include "estimate.h"

#define S_A_DAY		86400.0
#define HOUR		(3600 * US_PER_S)
#define DAY		(24 * HOUR)
#define SPANS		8	/* lengths of statistics that are told apart */
#define NAME_MOST	160

/* What goes to one uplink. */
struct load {
	const struct estimate_terms	*terms;
	const struct uplink_conf	*uplink;
	struct cargo_scan		*scans;
	double				*periods;	/* of each, us */
	size_t				 n;
	struct cargo_value		*values;
	size_t				 nvalues;
};

static bool
is_selected(const struct load *l, const struct device *d, size_t point)
{
	char name[NAME_MOST];

	snprintf(name, sizeof(name), "%s.%s", d->conf.name, d->profile->points[point].name);
	return d->taps[point].block != BLOCK_NONE && glob_match(l->uplink->select, name);
}

static void
end_scan(struct load *l, size_t first, double period, bool statistic)
{
	if (l->nvalues == first)
		return;
	l->scans[l->n] = (struct cargo_scan){ .values = l->values + first,
	    .n = l->nvalues - first, .blocks = 1, .statistic = statistic };
	l->periods[l->n++] = period;
}

/* Questions that bring what is quick, or slow, of a device. */
static size_t
blocks_of(const struct device *d, bool slow)
{
	size_t n = 0;

	for (size_t i = 0; i < d->nblocks; i++)
		n += (device_every(d, i) > 1) == slow;
	return n;
}

static void
add_value(struct load *l, const struct device *d, size_t point)
{
	l->values[l->nvalues++] = (struct cargo_value){ d->conf.name,
	    &d->profile->points[point] };
}

/* Points that are read as often make a scan: the quick ones, and the slow ones. */
static void
add_device(struct load *l, const struct device *d)
{
	double period = estimate_period(l->terms, d);
	size_t first;

	for (int slow = 0; slow < 2 && period > 0; slow++) {
		first = l->nvalues;
		for (size_t i = 0; i < d->profile->npoints; i++)
			if ((d->taps[i].every > 1) == (slow == 1) && is_selected(l, d, i))
				add_value(l, d, i);
		end_scan(l, first, slow ? period * (double)d->conf.every : period, false);
		if (l->nvalues > first)
			l->scans[l->n - 1].blocks = blocks_of(d, slow == 1);
	}
}

static int64_t
span_of(const struct statistic_conf *c, enum statistic_span span)
{
	return span == STATISTIC_MINUTE ? c->minute : span == STATISTIC_HOUR ?
	    (c->hour ? HOUR : 0) : c->day ? DAY : 0;
}

/* All statistics of one length are there at the same moment. */
static void
add_statistics(struct load *l, enum statistic_span span, int64_t length)
{
	const struct config *c = l->terms->config;
	size_t first = l->nvalues;

	for (size_t i = 0; i < c->ndevices; i++) {
		const struct device *d = &c->devices[i];

		if (estimate_period(l->terms, d) <= 0)
			continue;
		for (size_t k = 0; k < d->profile->npoints; k++) {
			const struct statistic_conf *of = is_selected(l, d, k) ?
			    statistic_conf_of(c->statistics, c->nstatistics, d->conf.name,
			    d->profile->points[k].name) : NULL;

			if (of != NULL && span_of(of, span) == length &&
			    (d->profile->points[k].raw->needs & RAW_LENGTH) == 0)
				add_value(l, d, k);
		}
	}
	end_scan(l, first, (double)length, true);
}

static void
add_spans(struct load *l)
{
	const struct config *c = l->terms->config;
	int64_t minutes[SPANS];
	size_t n = 0, k;

	for (size_t i = 0; i < c->nstatistics; i++) {
		for (k = 0; k < n && minutes[k] != c->statistics[i].minute; k++)
			;
		if (k == n && n < SPANS && c->statistics[i].minute > 0)
			minutes[n++] = c->statistics[i].minute;
	}
	for (k = 0; k < n; k++)
		add_statistics(l, STATISTIC_MINUTE, minutes[k]);
	if (c->nstatistics > 0) {
		add_statistics(l, STATISTIC_HOUR, HOUR);
		add_statistics(l, STATISTIC_DAY, DAY);
	}
}

static bool
begin(struct load *l)
{
	const struct config *c = l->terms->config;
	size_t points = 0;

	for (size_t i = 0; i < c->ndevices; i++)
		points += c->devices[i].profile->npoints;
	points *= 2 + SPANS;
	l->values = room_for(points + 1, sizeof(*l->values));
	l->scans = room_for(2 * c->ndevices + SPANS + 3, sizeof(*l->scans));
	l->periods = room_for(2 * c->ndevices + SPANS + 3, sizeof(*l->periods));
	return points > 0;
}

/* A batch begins with the first that comes, and takes all that comes while it waits;
 * what comes just then is too late. */
static double
batches_a_second(const struct load *l, double *values)
{
	const struct uplink_conf *u = l->uplink;
	double scans = 0, age = (double)u->batch_age / US_PER_S, least;

	*values = 0;
	for (size_t i = 0; i < l->n; i++) {
		double rate = US_PER_S / l->periods[i];

		scans += rate;
		*values += rate * (double)l->scans[i].n;
	}
	if (scans <= 0)
		return 0;
	least = *values / (double)(u->batch > 0 ? u->batch : 2000);
	return fmax(scans / fmax(ceil(age * scans - 1e-9), 1), least);
}

double
estimate_uplink(const struct estimate_terms *t, const struct uplink_conf *u)
{
	const struct uplink *kind = uplink_kind_at((size_t)u->kind);
	struct load l = { .terms = t, .uplink = u };
	double batches = 0, values, bytes = 0;

	if (kind->cost == NULL)
		return 0;
	if (begin(&l)) {
		for (size_t i = 0; i < t->config->ndevices; i++)
			add_device(&l, &t->config->devices[i]);
		add_spans(&l);
		batches = batches_a_second(&l, &values);
	}
	if (batches > 0) {
		const struct cargo cargo = { .gateway = t->config->gateway.id, .scans = l.scans,
		    .n = l.n, .every = 1 / batches };

		for (size_t i = 0; i < l.n; i++)
			l.scans[i].a_batch = US_PER_S / l.periods[i] / batches;
		bytes = batches * S_A_DAY * kind->cost(u, &cargo);
	}
	free(l.values);
	free(l.scans);
	free(l.periods);
	return bytes;
}
