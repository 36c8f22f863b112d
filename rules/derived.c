#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../conf/glob.h"
#include "derived.h"
#include "due.h"
#include "fit.h"
#include "program.h"

#define PATH_BYTES	120	/* of a circle that is told */

/* One derived point of one device. */
struct one {
	struct due			 due;	/* first: a due is its one; at: rank */
	const struct derived_conf	*conf;
	struct device			*device;
	const struct point		*point;
	struct rule_program		 program;
	int64_t				 rank;	/* from 1, behind all that it hangs on;
						 * 0: none yet */
	bool				 good;	/* what it said last */
	uint32_t			 round;	/* of derived_sources that saw it */
};

struct hearer {
	uint32_t	 series, input;
	struct one	*one;
};

struct derived {
	struct one		*at;
	size_t			 n;
	struct one		**by_point;	/* sorted, once all are bound */
	struct hearer		*hearers;	/* by series, those of one side by side */
	size_t			 nhearers, ninputs;
	struct dues		 dirty;		/* are to be reckoned, by rank */
	const struct zone	*zone;
};

static int
by_point(const void *a, const void *b)
{
	const struct one *p = *(struct one *const *)a, *q = *(struct one *const *)b;

	if (p->device != q->device)
		return p->device < q->device ? -1 : 1;
	return (p->point > q->point) - (p->point < q->point);
}

static int
sort_points(struct derived *d, struct arena *arena)
{
	d->by_point = arena_alloc(arena, (d->n + 1) * sizeof(struct one *));
	if (d->by_point == NULL)
		return -1;
	for (size_t i = 0; i < d->n; i++)
		d->by_point[i] = &d->at[i];
	qsort(d->by_point, d->n, sizeof(struct one *), by_point);
	return 0;
}

/* The one that a point is; NULL: it is read, or has no figure. */
static struct one *
one_of(const struct derived *d, const struct device *device, const struct point *point)
{
	struct one key = { .device = (struct device *)device, .point = point };
	struct one *is = &key, **at;

	if (!point->derived || d->n == 0)
		return NULL;
	at = bsearch(&is, d->by_point, d->n, sizeof(struct one *), by_point);
	return at != NULL ? *at : NULL;
}

static struct rule_binding
binding_of(const struct derived_conf *conf, const struct census *census, struct errs *errs)
{
	return (struct rule_binding){ .census = census, .place = &conf->place,
	    .name = conf->name, .when = &conf->formula, .figure = true,
	    .unit = conf->unit[0] != '\0' ? unit_find(conf->unit) : NULL,
	    .max_age = conf->max_age, .errs = errs };
}

enum bind_result
derived_fit(const struct derived_conf *conf, const struct device *d,
    const struct census *census, bool tell, struct errs *errs)
{
	struct rule_binding b = binding_of(conf, census, errs);
	struct rule_program p;

	b.device = d;
	b.tell_absent = tell;
	return program_bind(&b, &p);
}

/* On the devices that have all of its points; the others have it without a figure. */
static int
bind_conf(struct derived *d, const struct derived_conf *conf, const struct census *census,
    struct device *devices, struct arena *arena, struct errs *errs)
{
	struct rule_binding b = binding_of(conf, census, errs);
	const struct device *last = NULL;
	size_t before = d->n, i = 0;

	b.arena = arena;
	while ((b.device = census_next(census, conf->on, &i)) != NULL) {
		struct one *o = &d->at[d->n];
		enum bind_result result;

		last = b.device;
		*o = (struct one){ .conf = conf, .device = devices + (b.device - devices),
		    .point = profile_point(b.device->profile, conf->name) };
		result = o->point != NULL ? program_bind(&b, &o->program) : BIND_ABSENT;
		if (result == BIND_WRONG)
			return -1;
		d->n += result == BIND_FITS;
		d->ninputs += result == BIND_FITS ? o->program.ninputs : 0;
	}
	if (last == NULL)
		return err_add(errs, conf->place.file, conf->place.line,
		    "%s: on \"%s\" fits no device", conf->name, conf->on);
	if (d->n > before)
		return 0;
	b.device = last;
	b.tell_absent = true;
	b.arena = NULL;
	program_bind(&b, &d->at[d->n].program);
	return -1;
}

static size_t
most(const struct derived_conf *confs, size_t n, const struct device *devices,
    size_t ndevices)
{
	size_t hits = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ndevices; k++)
			hits += glob_match(confs[i].on, devices[k].conf.name);
	return hits;
}

/* What it hangs on and has no rank; NULL: it can be given one. */
static const struct one *
waits_for(const struct derived *d, const struct one *o)
{
	for (size_t i = 0; i < o->program.ninputs; i++) {
		const struct rule_input *input = &o->program.inputs[i];
		const struct one *in = one_of(d, input->device, input->point);

		if (in != NULL && in->rank == 0)
			return in;
	}
	return NULL;
}

/* As many steps as there are points lead into a circle; then once around. */
static int
tell_circle(const struct derived *d, const struct one *o, struct errs *errs)
{
	const struct one *first;
	char path[PATH_BYTES];
	size_t at = 0;

	for (size_t i = 0; i < d->n; i++)
		o = waits_for(d, o);
	first = o;
	do {
		at += (size_t)snprintf(path + at, sizeof(path) - at, "%s.%s -> ",
		    o->device->conf.name, o->point->name);
		o = waits_for(d, o);
	} while (o != first && at < sizeof(path));
	if (at < sizeof(path))
		snprintf(path + at, sizeof(path) - at, "%s.%s", o->device->conf.name,
		    o->point->name);
	return err_add(errs, first->conf->place.file, first->conf->place.line,
	    "%s: it hangs on itself: %s", first->conf->name, path);
}

/* It comes as seldom as the slowest of what it is reckoned from. */
static void
set_period(struct one *o)
{
	int64_t longest = 0, period = o->device->conf.period, every;

	for (size_t i = 0; i < o->program.ninputs; i++) {
		struct rule_input *in = &o->program.inputs[i];

		in->period = device_period(in->device, in->point);
		if (o->conf->max_age == 0)
			in->max_age = 2 * in->period + 60000000;
		longest = in->period > longest ? in->period : longest;
	}
	if (period <= 0)
		return;
	every = longest / period + (longest % period > 0);
	o->device->taps[o->point - o->device->profile->points].every =
	    every < UINT32_MAX ? (uint32_t)every : UINT32_MAX;
}

/* Those that hang on no other first. */
static int
rank_all(struct derived *d, struct errs *errs)
{
	int64_t rank = 0;
	size_t before;

	do {
		before = (size_t)rank;
		for (size_t i = 0; i < d->n; i++) {
			struct one *o = &d->at[i];

			if (o->rank != 0 || waits_for(d, o) != NULL)
				continue;
			o->rank = ++rank;
			set_period(o);
		}
	} while ((size_t)rank > before);
	for (size_t i = 0; i < d->n; i++)
		if (d->at[i].rank == 0)
			return tell_circle(d, &d->at[i], errs);
	return 0;
}

static int
no_room(struct errs *errs)
{
	return err_add(errs, "", 0, "derived: there is no memory left for them");
}

struct derived *
derived_new(const struct derived_conf *confs, size_t n, struct device *devices,
    size_t ndevices, struct arena *arena, struct errs *errs)
{
	struct derived *d = arena_alloc(arena, sizeof(*d));
	size_t room = most(confs, n, devices, ndevices);
	struct census census;
	int rc = 0;

	if (d == NULL || census_take(&census, devices, ndevices, arena) != 0 ||
	    (d->at = arena_alloc(arena, (room + 1) * sizeof(*d->at))) == NULL ||
	    (d->dirty.heap = arena_alloc(arena, (room + 1) * sizeof(struct due *))) == NULL) {
		no_room(errs);
		return NULL;
	}
	d->dirty.cap = room;
	for (size_t i = 0; i < n; i++)
		rc |= bind_conf(d, &confs[i], &census, devices, arena, errs);
	if (rc != 0)
		return NULL;
	if (sort_points(d, arena) != 0) {
		no_room(errs);
		return NULL;
	}
	if (rank_all(d, errs) != 0)
		return NULL;
	d->hearers = arena_alloc(arena, (d->ninputs + 1) * sizeof(*d->hearers));
	if (d->hearers != NULL)
		return d;
	no_room(errs);
	return NULL;
}

static int
by_series(const void *a, const void *b)
{
	const struct hearer *p = a, *q = b;

	if (p->series != q->series)
		return p->series < q->series ? -1 : 1;
	if (p->one != q->one)
		return p->one < q->one ? -1 : 1;
	return p->input < q->input ? -1 : p->input > q->input;
}

void
derived_start(struct derived *d, const struct zone *zone, int64_t now)
{
	d->zone = zone;
	d->nhearers = 0;
	for (size_t i = 0; i < d->n; i++) {
		struct one *o = &d->at[i];

		program_start(&o->program, now);
		for (size_t k = 0; k < o->program.ninputs; k++)
			d->hearers[d->nhearers++] = (struct hearer){
			    o->program.inputs[k].series, (uint32_t)k, o };
	}
	qsort(d->hearers, d->nhearers, sizeof(*d->hearers), by_series);
}

void
derived_resume(struct derived *d, int64_t now)
{
	for (size_t i = 0; i < d->n; i++) {
		program_resume(&d->at[i].program, now);
		d->at[i].good = false;
	}
}

int64_t
derived_reach(const struct derived *d)
{
	int64_t most = 0;

	for (size_t i = 0; i < d->n; i++) {
		int64_t reach = program_reach(&d->at[i].program);

		most = reach > most ? reach : most;
	}
	return most;
}

size_t
derived_count(const struct derived *d)
{
	return d->n;
}

static size_t
first_of(const struct derived *d, uint32_t series)
{
	size_t low = 0, high = d->nhearers;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (d->hearers[middle].series < series)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
hear(struct derived *d, const struct reading *r, int64_t wall)
{
	for (size_t i = first_of(d, r->series);
	    i < d->nhearers && d->hearers[i].series == r->series; i++) {
		struct one *o = d->hearers[i].one;

		if (input_hear(&o->program.inputs[d->hearers[i].input], r, wall))
			due_arm(&d->dirty, &o->due, o->rank);
	}
}

/* The worst of what it was reckoned from, with the marks of all.  Of what is uncertain
 * after-barrier counts most: by that an alarm of class life is kept. */
static struct quality
worst(const struct rule_program *p)
{
	struct quality q = { .code = Q_GOOD };
	bool old = false;

	for (size_t i = 0; i < p->ninputs; i++) {
		q = quality_worse(q, p->inputs[i].quality);
		old |= p->inputs[i].quality.code == Q_AFTER_BARRIER;
	}
	if (old && quality_severity(q) == SEVERITY_UNCERTAIN)
		q.code = Q_AFTER_BARRIER;
	return q;
}

/* What is not known is told once, without a figure: never as 0. */
static bool
reckon(const struct derived *d, struct one *o, const struct reading *base, int64_t now,
    int64_t wall, struct reading *out)
{
	struct rule_look look = { .now = now, .wall = wall, .zone = d->zone,
	    .next = INT64_MAX, .expires = INT64_MAX, .limit = term_unknown() };
	struct term t = program_figure(&o->program, &look);
	struct quality q = worst(&o->program);
	bool good = term_known(t), was = o->good;

	for (size_t i = 0; i < o->program.ninputs; i++)
		o->program.inputs[i].fresh = false;
	o->good = good;
	*out = (struct reading){ .time = base->time, .due = base->due, .mono = base->mono,
	    .series = o->device->taps[o->point - o->device->profile->points].series,
	    .quality = q };
	if (good) {
		/* it may be known though one of its points is not */
		if (quality_severity(q) == SEVERITY_BAD)
			out->quality.code = Q_STATUS_UNKNOWN;
		out->value = (struct value){ .kind = VALUE_F64, .d = t.low };
		return true;
	}
	if (t.over && t.low > -INFINITY) {	/* gas beyond full scale: so much or more */
		o->good = true;
		out->quality.code = Q_OUT_OF_RANGE;
		out->value = (struct value){ .kind = VALUE_F64, .d = t.low };
		return true;
	}
	if (quality_severity(q) != SEVERITY_BAD)
		out->quality.code = Q_NO_DATA_YET;
	return was;
}

size_t
derived_hear(struct derived *d, struct reading *room, size_t n, int64_t now, int64_t wall)
{
	struct due *due;

	for (size_t i = 0; i < n; i++)
		hear(d, &room[i], wall);
	while (n > 0 && (due = due_first(&d->dirty)) != NULL) {
		struct one *o = (struct one *)due;

		due_disarm(&d->dirty, due);
		if (o->device->conf.enabled && reckon(d, o, &room[0], now, wall, &room[n]))
			hear(d, &room[n++], wall);
	}
	return n;
}

/* Recursion ends: none hangs on itself. */
bool
derived_leads(const struct derived *d, uint32_t series, bool (*so)(const void *, uint32_t),
    const void *owner)
{
	for (size_t at = first_of(d, series);
	    at < d->nhearers && d->hearers[at].series == series; at++) {
		const struct one *o = d->hearers[at].one;
		uint32_t own = o->device->taps[o->point - o->device->profile->points].series;

		if (so(owner, own) || derived_leads(d, own, so, owner))
			return true;
	}
	return false;
}

/* Recursion ends: none hangs on itself. */
void
derived_sources(struct derived *d, const struct device *device, const struct point *point,
    uint32_t round, void (*visit)(void *, const struct device *, const struct point *),
    void *owner)
{
	struct one *o = one_of(d, device, point);

	if (o != NULL && o->round == round)
		return;
	visit(owner, device, point);
	if (o == NULL)
		return;
	o->round = round;
	for (size_t i = 0; i < o->program.ninputs; i++)
		derived_sources(d, o->program.inputs[i].device, o->program.inputs[i].point,
		    round, visit, owner);
}

/* Where it stood before, most likely. */
static const struct one *
find(const struct derived *d, const struct one *like, size_t hint)
{
	if (hint < d->n && strcmp(d->at[hint].point->name, like->point->name) == 0 &&
	    strcmp(d->at[hint].device->conf.name, like->device->conf.name) == 0)
		return &d->at[hint];
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->at[i].point->name, like->point->name) == 0 &&
		    strcmp(d->at[i].device->conf.name, like->device->conf.name) == 0)
			return &d->at[i];
	return NULL;
}

static bool
hears_the_same(const struct one *o, const struct one *was, const struct device *devices,
    const struct device *const *alike)
{
	if (!program_same(&o->program, &was->program))
		return false;
	for (size_t i = 0; i < o->program.ninputs; i++) {
		const struct rule_input *in = &o->program.inputs[i];
		const struct device *old = was->program.inputs[i].device;

		if (alike[in->device - devices] != old || !device_point_same(in->device, old,
		    (size_t)(in->point - in->device->profile->points)))
			return false;
	}
	return true;
}

void
derived_take_over(struct derived *d, const struct derived *was, const struct device *devices,
    const struct device *const *alike)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct one *old = find(was, &d->at[i], i);

		if (old == NULL || !hears_the_same(&d->at[i], old, devices, alike))
			continue;
		program_take_over(&d->at[i].program, &old->program);
		d->at[i].good = old->good;
	}
}
