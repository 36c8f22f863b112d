#include <stdlib.h>
#include <string.h>

#include "estimate.h"

#define US_A_DAY	86400e6
#define HOURS		24
#define MONTH		(365.2425 / 12)

double
estimate_period(const struct estimate_terms *t, const struct device *d)
{
	const struct config *c = t->config;
	const struct device_conf *conf = &d->conf;
	bool guarded = c->guarded != NULL && c->guarded[d - c->devices];
	bool idle = conf->idle_period > conf->period && conf->idle[0] != '\0' &&
	    !conf->idle_by_plan && !guarded && t->hour * US_A_DAY / HOURS >= (double)conf->works;

	if (!conf->enabled || (t->guarded && !guarded))
		return 0;
	return (double)(idle ? conf->idle_period : conf->period);
}

/* The hours at which something begins to be idle, 24 at most. */
static size_t
take_hours(const struct config *c, double hours[HOURS + 2])
{
	bool begins[HOURS * 4 + 1] = { [0] = true };
	size_t n = 0;

	for (size_t i = 0; i < c->ndevices; i++)
		if (c->devices[i].conf.idle_period > 0)
			begins[(size_t)((double)c->devices[i].conf.works / US_A_DAY * HOURS * 4)] =
			    true;
	for (size_t i = 0; i < HOURS * 4 && n < HOURS; i++)
		if (begins[i])
			hours[n++] = (double)i / 4;
	hours[n] = HOURS;
	return n;
}

/* What is reckoned of a row, at one time of the day. */
typedef double	reckon(const struct estimate_terms *, const void *, const void *);

static double
of_device(const struct estimate_terms *t, const void *link, const void *device)
{
	return estimate_device(t, link, device);
}

static double
of_line(const struct estimate_terms *t, const void *link, const void *none)
{
	(void)none;
	return estimate_line(t, link);
}

static double
of_uplink(const struct estimate_terms *t, const void *uplink, const void *none)
{
	(void)none;
	return estimate_uplink(t, uplink);
}

/* What is being made. */
struct maker {
	struct estimate_terms	 terms;
	double			 hours[HOURS + 2];
	size_t			 nhours;
	struct estimate		 is;
};

static void
add(struct maker *m, struct estimate_row row, reckon *of, const void *what, const void *device)
{
	for (size_t i = 0; i < m->nhours; i++) {
		m->terms.hour = m->hours[i];
		row.a_day += of(&m->terms, what, device) *
		    (m->hours[i + 1] - m->hours[i]) / HOURS;
	}
	if (row.a_day > 0)
		m->is.rows[m->is.n++] = row;
}

static void
add_links(struct maker *m)
{
	const struct config *c = m->terms.config;

	for (size_t i = 0; i < c->nlinks; i++) {
		const struct link_conf *l = &c->links[i];
		struct estimate_row row = { .kind = ESTIMATE_LINK, .name = l->name,
		    .tariff = l->tariff, .cellular = l->network == NETWORK_CELLULAR };

		if (!estimate_is_billed(l))
			continue;
		add(m, row, of_line, l, NULL);
		row.kind = ESTIMATE_DEVICE;
		for (size_t k = 0; k < l->ndevices; k++) {
			const struct device *d = &c->devices[l->devices[k]];

			row.name = d->conf.name;
			add(m, row, of_device, l, d);
		}
	}
}

static int
by_size(const void *a, const void *b)
{
	const struct estimate_row *x = a, *y = b;

	return (x->a_day < y->a_day) - (x->a_day > y->a_day);
}

struct estimate
estimate_make(const struct config *c, bool guarded, struct arena *arena)
{
	struct maker m = { .terms = { .config = c, .guarded = guarded } };

	m.is.rows = arena_alloc(arena, (c->nlinks + c->ndevices + c->nuplinks + 1) *
	    sizeof(*m.is.rows));
	if (m.is.rows == NULL)
		return m.is;
	m.nhours = take_hours(c, m.hours);
	add_links(&m);
	for (size_t i = 0; i < c->nuplinks; i++)
		add(&m, (struct estimate_row){ .kind = ESTIMATE_UPLINK,
		    .name = c->uplinks[i].name, .tariff = c->uplinks[i].tariff }, of_uplink,
		    &c->uplinks[i], NULL);
	qsort(m.is.rows, m.is.n, sizeof(*m.is.rows), by_size);
	return m.is;
}

double
estimate_sum(const struct estimate *e, size_t tariff, bool cellular)
{
	double sum = 0;

	for (size_t i = 0; i < e->n; i++)
		if (e->rows[i].tariff == tariff && (!cellular || e->rows[i].cellular))
			sum += e->rows[i].a_day;
	return sum;
}

double
estimate_cycle(const struct tariff_conf *t, double a_day)
{
	return a_day * (t != NULL ? tariff_length(&t->is) : MONTH);
}
