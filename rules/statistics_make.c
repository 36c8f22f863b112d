#include <stdio.h>
#include <string.h>

#include "../conf/glob.h"
#include "../conf/span.h"
#include "chain.h"

#define AHEAD_MS	10000LL
#define NAME_MOST	160

/* What is being made. */
struct maker {
	struct statistics	*s;
	const struct device	*devices;
	size_t			 ndevices;
	size_t			*hits;		/* of each entry: its points */
	size_t			*mine;		/* ... and that are its own */
	struct arena		*arena;
	struct errs		*errs;
	int			 rc;
};

static int
no_memory(struct maker *m, const struct statistic_conf *c)
{
	return err_add(m->errs, c->place.file, c->place.line,
	    "statistics: no memory left for them");
}

/* The entry of a point; NULL: none selects it. */
static const struct statistic_conf *
entry_of(struct maker *m, const struct device *d, const struct point *p)
{
	const struct statistic_conf *first = NULL;
	char name[NAME_MOST];

	snprintf(name, sizeof(name), "%s.%s", d->conf.name, p->name);
	for (size_t i = 0; i < m->s->nconfs; i++) {
		if (!glob_match(m->s->confs[i].select, name))
			continue;
		m->hits[i]++;
		if (first == NULL) {
			first = &m->s->confs[i];
			m->mine[i]++;
		}
	}
	return first;
}

static const struct device *
find_device(const struct maker *m, const char *name, size_t n)
{
	for (size_t i = 0; i < m->ndevices; i++)
		if (strlen(m->devices[i].conf.name) == n &&
		    memcmp(m->devices[i].conf.name, name, n) == 0)
			return &m->devices[i];
	return NULL;
}

/* "flow" is of the same device; "meter.flow" of SITE/meter, where that of the
 * device is SITE/..., else of the device that is called so. */
static const struct point *
find_weight(const struct maker *m, const char *name, const struct device *of,
    const struct device **d)
{
	const char *dot = strrchr(name, '.'), *slash = strrchr(of->conf.name, '/');
	char local[NAME_MOST];
	int n;

	*d = of;
	if (dot == NULL)
		return profile_point(of->profile, name);
	n = snprintf(local, sizeof(local), "%.*s%.*s",
	    slash != NULL ? (int)(slash + 1 - of->conf.name) : 0, of->conf.name,
	    (int)(dot - name), name);
	*d = n > 0 && (size_t)n < sizeof(local) ? find_device(m, local, (size_t)n) : NULL;
	if (*d == NULL)
		*d = find_device(m, name, (size_t)(dot - name));
	return *d != NULL ? profile_point((*d)->profile, dot + 1) : NULL;
}

static int
wrong_weight(struct maker *m, const struct chain *c, const char *fmt)
{
	return err_add(m->errs, c->conf->place.file, c->conf->place.line, fmt, c->conf->weight,
	    c->device->conf.name, c->point->name);
}

static const struct point *
bind_weight(struct maker *m, struct chain *c, const struct device **d)
{
	const struct point *p = find_weight(m, c->conf->weight, c->device, d);

	if (p == NULL)
		wrong_weight(m, c, ERR_("weight: there is no point \"%s\", which %s.%s is to "
		    "be weighted with"));
	else if (p == c->point && *d == c->device)
		wrong_weight(m, c, ERR_("weight: \"%s\" of %s.%s is the point itself"));
	else if (p->raw->needs & RAW_LENGTH)
		wrong_weight(m, c, ERR_("weight: \"%s\", which %s.%s is to be weighted with, "
		    "is a text"));
	else
		return p;
	m->rc = -1;
	return NULL;
}

/* In auto a unit that tells nothing has no amount. */
static void
choose_amount(struct maker *m, struct chain *c, const struct point *weight)
{
	const struct statistic_conf *conf = c->conf;
	double an_hour = 0;

	c->amount = AMOUNT_NONE;
	if (conf->amount == WISH_COUNTER ||
	    (conf->amount == WISH_AUTO && amount_counts(c->point->unit)))
		c->amount = AMOUNT_COUNTER;
	else if (conf->amount == WISH_AUTO && weight != NULL &&
	    amount_of_load(c->point->unit, weight->unit, &an_hour))
		c->amount = AMOUNT_LOAD;
	else if ((conf->amount == WISH_RATE || (conf->amount == WISH_AUTO && weight == NULL)) &&
	    amount_of_rate(c->point->unit, &an_hour) != NULL)
		c->amount = AMOUNT_RATE;
	c->an_hour = an_hour;
	if (conf->amount != WISH_RATE || (c->amount == AMOUNT_RATE && weight == NULL))
		return;
	m->rc = weight != NULL ? err_add(m->errs, conf->place.file, conf->place.line,
	    "amount: %s.%s: a rate is not weighted", c->device->conf.name, c->point->name) :
	    err_add(m->errs, conf->place.file, conf->place.line,
	    "amount: %s.%s: its unit \"%s\" is no rate; one is m3/h", c->device->conf.name,
	    c->point->name, point_unit_name(c->point));
}

static void
check_period(struct maker *m, const struct chain *c)
{
	int64_t base = c->base == STATISTIC_MINUTE ? c->conf->minute : 3600000000LL;
	int64_t period = c->period * 1000;
	char span[32], slow[32];

	/* a day may be made of hours that are empty now and then */
	if (period <= base || (c->base == STATISTIC_HOUR && !c->conf->hour))
		return;
	m->rc = err_add(m->errs, c->conf->place.file, c->conf->place.line,
	    "%s.%s is read every %s, too seldom for intervals of %s: give it an entry of its "
	    "own before this one", c->device->conf.name, c->point->name,
	    span_write(period, slow, sizeof(slow)), span_write(base, span, sizeof(span)));
}

static struct flow *
flow_for(struct maker *m, const struct device *d, const struct point *p)
{
	struct statistics *s = m->s;
	struct flow *f;

	/* that of the same device was the last one */
	for (size_t i = s->nflows; i-- > 0;)
		if (s->flows[i].device == d && s->flows[i].point == p)
			return &s->flows[i];
	f = &s->flows[s->nflows++];
	f->device = d;
	f->point = p;
	f->period = device_pace(d, p) / 1000;
	return f;
}

static int
make_buckets(struct maker *m, struct chain *c, bool weighted)
{
	int64_t base = c->base == STATISTIC_MINUTE ? c->conf->minute / 1000 : 3600000;
	size_t n;

	c->nbase = (uint8_t)((c->conf->late / 1000 + AHEAD_MS) / base + 2);
	n = c->nbase + 2U;
	c->buckets = arena_alloc(m->arena, n * sizeof(*c->buckets));
	if (weighted)
		c->weights = arena_alloc(m->arena, n * sizeof(*c->weights));
	return c->buckets == NULL || (weighted && c->weights == NULL) ?
	    no_memory(m, c->conf) : 0;
}

static void
add_chain(struct maker *m, const struct statistic_conf *conf, const struct device *d,
    const struct point *p)
{
	struct chain *c = &m->s->chains[m->s->n];
	const struct device *meter = NULL;
	const struct point *weight = NULL;

	*c = (struct chain){ .conf = conf, .device = d, .point = p, .silence = 'B',
	    .period = device_pace(d, p) / 1000,
	    .base = conf->minute > 0 ? STATISTIC_MINUTE : STATISTIC_HOUR };
	if (conf->weight[0] != '\0')
		weight = bind_weight(m, c, &meter);
	choose_amount(m, c, weight);
	check_period(m, c);
	if (make_buckets(m, c, weight != NULL) != 0) {
		m->rc = -1;
		return;
	}
	if (weight != NULL)
		c->flow = flow_for(m, meter, weight);
	m->s->n++;
}

static bool
asks_for_any(const struct statistic_conf *c)
{
	return c->minute > 0 || c->hour || c->day;
}

static void
look_at_points(struct maker *m, bool make)
{
	struct statistics *s = m->s;
	size_t n = 0;

	memset(m->hits, 0, s->nconfs * sizeof(m->hits[0]));
	memset(m->mine, 0, s->nconfs * sizeof(m->mine[0]));
	for (size_t i = 0; i < m->ndevices; i++) {
		const struct device *d = &m->devices[i];

		for (size_t k = 0; k < d->profile->npoints; k++) {
			const struct point *p = &d->profile->points[k];
			const struct statistic_conf *conf;

			if (p->raw->needs & RAW_LENGTH)
				continue;	/* a text has no mean */
			conf = entry_of(m, d, p);
			if (conf == NULL || !asks_for_any(conf))
				continue;
			n++;
			if (make)
				add_chain(m, conf, d, p);
		}
	}
	if (!make)
		s->dues.cap = n;
}

/* An entry that does nothing was meant to do something. */
static void
check_entries(struct maker *m)
{
	for (size_t i = 0; i < m->s->nconfs; i++) {
		const struct statistic_conf *c = &m->s->confs[i];

		if (m->hits[i] == 0)
			m->rc = err_add(m->errs, c->place.file, c->place.line,
			    "select: \"%s\" is no point with a number; one is "
			    "\"kitchen1/fume.fume\"", c->select);
		else if (m->mine[i] == 0)
			m->rc = err_add(m->errs, c->place.file, c->place.line,
			    "select: every point of \"%s\" has an entry before this one, and "
			    "the first counts", c->select);
	}
}

static int
make_room(struct maker *m)
{
	struct statistics *s = m->s;
	size_t n = s->dues.cap;

	s->chains = arena_alloc(m->arena, (n + 1) * sizeof(*s->chains));
	s->flows = arena_alloc(m->arena, (n + 1) * sizeof(*s->flows));
	s->dues.heap = arena_alloc(m->arena, (n + 1) * sizeof(struct due *));
	return s->chains == NULL || s->flows == NULL || s->dues.heap == NULL ?
	    no_memory(m, &s->confs[0]) : 0;
}

struct statistics *
statistics_new(const struct statistic_conf *confs, size_t n, const struct device *devices,
    size_t ndevices, struct arena *arena, struct errs *errs)
{
	struct maker m = { .devices = devices, .ndevices = ndevices, .arena = arena,
	    .errs = errs };

	m.s = arena_alloc(arena, sizeof(*m.s));
	m.hits = arena_alloc(arena, (n + 1) * sizeof(m.hits[0]));
	m.mine = arena_alloc(arena, (n + 1) * sizeof(m.mine[0]));
	if (m.s == NULL || m.hits == NULL || m.mine == NULL) {
		err_add(errs, "", 0, "statistics: no memory left for them");
		return NULL;
	}
	*m.s = (struct statistics){ .confs = confs, .nconfs = n };
	if (n == 0)
		return m.s;
	look_at_points(&m, false);
	check_entries(&m);
	if (m.rc != 0 || make_room(&m) != 0)
		return NULL;
	look_at_points(&m, true);
	return m.rc == 0 ? m.s : NULL;
}

static uint32_t
series_of(const struct device *d, const struct point *p)
{
	return d->taps[p - d->profile->points].series;
}

/* 0: nothing says whether its device rests. */
static uint32_t
rest_series(const struct chain *c)
{
	const struct device *d = c->device;

	return d->idler != NULL ? d->idler->taps[d->idle_point].series : 0;
}

static void
number(struct statistics *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct chain *c = &s->chains[i];
		uint32_t rest = rest_series(c);

		c->series = series_of(c->device, c->point);
		s->nseries = c->series >= s->nseries ? c->series + 1 : s->nseries;
		s->nseries = rest >= s->nseries ? rest + 1 : s->nseries;
	}
	for (size_t i = 0; i < s->nflows; i++) {
		struct flow *f = &s->flows[i];

		f->series = series_of(f->device, f->point);
		s->nseries = f->series >= s->nseries ? f->series + 1 : s->nseries;
	}
}

/* Which chains hang on a flow, flow by flow in one list. */
static int
list_dependents(struct statistics *s, struct arena *arena)
{
	uint32_t *list = arena_alloc(arena, (s->n + 1) * sizeof(*list));

	if (list == NULL)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		if (s->chains[i].flow != NULL)
			s->chains[i].flow->nchains++;
	for (size_t i = 0; i < s->nflows; i++) {
		s->flows[i].chains = list;
		list += s->flows[i].nchains;
		s->flows[i].nchains = 0;
	}
	for (uint32_t i = 0; i < s->n; i++) {
		struct flow *f = s->chains[i].flow;

		if (f != NULL)
			f->chains[f->nchains++] = i;
	}
	return 0;
}

static void
list_rests(struct statistics *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		uint32_t rest = rest_series(&s->chains[i]);

		s->chains[i].next_rests = s->rest_of[rest];
		s->rest_of[rest] = rest > 0 ? i : NO_CHAIN;
	}
}

int
statistics_start(struct statistics *s, const struct zone *zone, struct arena *arena)
{
	s->zone = zone;
	number(s);
	s->by_series = arena_alloc(arena, (s->nseries + 1) * sizeof(uint32_t));
	s->flow_of = arena_alloc(arena, (s->nseries + 1) * sizeof(uint32_t));
	s->rest_of = arena_alloc(arena, (s->nseries + 1) * sizeof(uint32_t));
	if (s->by_series == NULL || s->flow_of == NULL || s->rest_of == NULL ||
	    list_dependents(s, arena) != 0)
		return -1;
	memset(s->rest_of, 0xff, (s->nseries + 1) * sizeof(uint32_t));
	list_rests(s);
	memset(s->by_series, 0xff, s->nseries * sizeof(uint32_t));
	memset(s->flow_of, 0xff, s->nseries * sizeof(uint32_t));
	for (uint32_t i = 0; i < s->n; i++)
		s->by_series[s->chains[i].series] = i;
	for (uint32_t i = 0; i < s->nflows; i++)
		s->flow_of[s->flows[i].series] = i;
	return 0;
}
