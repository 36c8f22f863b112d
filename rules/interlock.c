#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interlock.h"

/* A poll may come late, and be asked once more. */
#define PERIODS	2
#define GRACE	(5 * INT64_C(1000000))

static size_t
site_length(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash != NULL ? (size_t)(slash - name) : 0;
}

static bool
same_site(const struct device *a, const struct device *b)
{
	size_t n = site_length(a->conf.name);

	return n == site_length(b->conf.name) &&
	    memcmp(a->conf.name, b->conf.name, n) == 0;
}

static bool
is_in(const struct device *d, size_t point)
{
	return d->profile->points[point].derived || d->taps[point].block != BLOCK_NONE;
}

/* A channel that is out of service has no detector; of a device none of whose
 * channels are left somebody took the detector away, and nothing is known. */
static bool
is_off(const struct device *d, size_t point)
{
	size_t in = 0;

	for (size_t i = 0; i < d->profile->npoints; i++)
		in += is_in(d, i) && !isnan(gas_limit(d, i));
	return in > 0 && !is_in(d, point);
}

static size_t
collect(const struct device *d, struct detector *to)
{
	size_t n = 0;

	if (d->profile == NULL)		/* what is wrong with it was told */
		return 0;
	for (size_t i = 0; i < d->profile->npoints; i++) {
		double limit = gas_limit(d, i);

		if (isnan(limit) || is_off(d, i))
			continue;
		if (to != NULL)
			to[n] = (struct detector){ .device = d, .limit = limit,
			    .point = &d->profile->points[i], .figure = NAN,
			    .lasts = PERIODS * device_period(d, &d->profile->points[i]) + GRACE };
		n++;
	}
	return n;
}

struct interlock *
interlock_new(const struct device *devices, size_t n, struct arena *arena)
{
	struct interlock *il = arena_alloc(arena, sizeof(*il));
	size_t all = 0, at = 0;

	for (size_t i = 0; i < n; i++)
		all += collect(&devices[i], NULL);
	if (il == NULL)
		return NULL;
	*il = (struct interlock){ .n = all,
	    .at = arena_alloc(arena, (all + 1) * sizeof(il->at[0])) };
	if (il->at == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++)
		at += collect(&devices[i], &il->at[at]);
	return dwells_new(&il->dwells, devices, n, arena) == 0 ? il : NULL;
}

static int
compare(const void *a, const void *b)
{
	const struct detector *x = a, *y = b;

	return (x->series > y->series) - (x->series < y->series);
}

void
interlock_start(struct interlock *il, int64_t now)
{
	for (size_t i = 0; i < il->n; i++) {
		struct detector *t = &il->at[i];

		t->series = t->device->taps[t->point - t->device->profile->points].series;
	}
	qsort(il->at, il->n, sizeof(il->at[0]), compare);
	dwells_start(&il->dwells, now);
}

static struct detector *
find(const struct interlock *il, uint32_t series)
{
	const struct detector key = { .series = series };

	return il->n == 0 ? NULL :
	    bsearch(&key, il->at, il->n, sizeof(il->at[0]), compare);
}

void
interlock_take_over(struct interlock *il, const struct interlock *was)
{
	for (size_t i = 0; i < il->n; i++) {
		const struct detector *t = find(was, il->at[i].series);

		if (t == NULL)
			continue;
		il->at[i].heard = t->heard;
		il->at[i].mono = t->mono;
		il->at[i].figure = t->figure;
		il->at[i].quality = t->quality;
		il->at[i].low = t->low;
	}
	dwells_take_over(&il->dwells, &was->dwells);
}

void
interlock_hear(struct interlock *il, const struct reading *r)
{
	struct detector *t = find(il, r->series);

	dwells_hear(&il->dwells, r);
	if (t == NULL)
		return;
	t->heard = true;
	t->mono = r->mono - (int64_t)r->age * 1000000;
	t->quality = r->quality;
	if (!value_number(&r->value, &t->figure))
		t->figure = NAN;
	t->low = r->quality.code == Q_OUT_OF_RANGE &&
	    !(t->point->ranged && t->figure > t->point->max);
}

/* Over-range is gas; below range, or a figure that is worth nothing, is not
 * known. */
static enum interlock_result
state(const struct detector *t, int64_t now)
{
	uint8_t code = t->quality.code;

	if (!t->heard || code == Q_NO_DATA_YET)
		return INTERLOCK_NOT_HEARD;
	if (now - t->mono > t->lasts || t->mono > now || code == Q_STALE)
		return INTERLOCK_SILENT;
	if (code == Q_WARMING_UP)
		return INTERLOCK_WARMING_UP;
	if (code == Q_OUT_OF_RANGE && !t->low)
		return INTERLOCK_GAS;
	if (code == Q_STATUS_UNKNOWN || isnan(t->figure) || t->low ||
	    quality_severity(t->quality) == SEVERITY_BAD)
		return INTERLOCK_BAD;
	return t->figure >= t->limit ? INTERLOCK_GAS : INTERLOCK_FREE;
}

/* Gas is said before what is only not known. */
static struct interlock_verdict
look(const struct interlock *il, const struct device *d, int64_t now)
{
	struct interlock_verdict v = { .result = INTERLOCK_FREE };

	for (size_t i = 0; i < il->n; i++) {
		const struct detector *t = &il->at[i];
		enum interlock_result is;

		if (!same_site(t->device, d))
			continue;
		is = state(t, now);
		if (is == INTERLOCK_GAS)
			return (struct interlock_verdict){ .result = is, .because = t };
		if (is != INTERLOCK_FREE && v.result == INTERLOCK_FREE)
			v = (struct interlock_verdict){ .result = is, .because = t };
	}
	return v;
}

void
interlock_wrote(struct interlock *il, const struct device *d, const struct point *p,
    double figure, int64_t now)
{
	dwells_wrote(&il->dwells, d, p, figure, now);
}

static struct interlock_verdict
wait(const struct interlock *il, const struct device *d, const struct point *p,
    double figure, int64_t now)
{
	struct interlock_verdict v = { .result = INTERLOCK_FREE };

	if (dwells_look(&il->dwells, d, p, figure, now, &v.dwelling))
		v.result = INTERLOCK_TOO_SOON;
	return v;
}

struct interlock_verdict
interlock_judge(const struct interlock *il, const struct device *d, const struct point *p,
    double figure, int64_t now)
{
	const struct output *o = output_of(d, p);
	int acts = o != NULL ? o->acts : OUTPUT_OTHER;

	if (acts == OUTPUT_GAS_VALVE)
		return (struct interlock_verdict){ .result = figure == o->closes ? INTERLOCK_FREE :
		    INTERLOCK_OPENS };
	if (acts != OUTPUT_SETTING && (o == NULL || !o->explosion_proof)) {
		const struct interlock_verdict gas = look(il, d, now);

		if (gas.result != INTERLOCK_FREE)
			return gas;
	}
	return wait(il, d, p, figure, now);
}

/* A detector that has to be started is how gas becomes known. */
static bool
detects(const struct interlock *il, const struct device *d)
{
	for (size_t i = 0; i < il->n; i++)
		if (il->at[i].device == d)
			return true;
	return false;
}

struct interlock_verdict
interlock_run(const struct interlock *il, const struct device *d, int64_t now)
{
	if (detects(il, d))
		return (struct interlock_verdict){ .result = INTERLOCK_FREE };
	return look(il, d, now);
}

const char *
interlock_words(const struct interlock_verdict *v, char *buf, size_t n)
{
	static const char *const formats[] = {
		[INTERLOCK_GAS] = "%s.%s tells of gas, %s: only what is explosion_proof is "
		    "switched, and gas valves closed",
		[INTERLOCK_NOT_HEARD] = "gas is not known: %s.%s was not heard yet",
		[INTERLOCK_SILENT] = "gas is not known: %s.%s is silent",
		[INTERLOCK_WARMING_UP] = "gas is not known: %s.%s warms up",
		[INTERLOCK_BAD] = "gas is not known: %s.%s says %s",
		[INTERLOCK_TOO_SOON] = "",
	};
	const struct detector *t = v->because;
	char figure[40];

	buf[0] = '\0';
	if (v->result == INTERLOCK_OPENS)
		snprintf(buf, n, "%s", "a gas valve is opened by hand at the valve, by no command");
	if (v->result == INTERLOCK_TOO_SOON)
		return dwelling_words(&v->dwelling, buf, n);
	if (t == NULL)
		return buf;
	snprintf(figure, sizeof(figure), "%s", quality_name(t->quality));
	if (v->result == INTERLOCK_GAS && !isnan(t->figure))
		snprintf(figure, sizeof(figure), "%g", t->figure);
	snprintf(buf, n, formats[v->result], t->device->conf.name, t->point->name, figure);
	return buf;
}
