#include <math.h>

#include "judge.h"

int
judge_init(struct device *d, struct arena *arena)
{
	const struct profile *p = d->profile;

	d->memory = arena_alloc(arena, (p->npoints + 1) * sizeof(*d->memory));
	d->states = arena_alloc(arena, (p->nstatuses + 1) * sizeof(*d->states));
	return d->memory != NULL && d->states != NULL ? 0 : -1;
}

bool
status_concerns(const struct status *s, size_t point)
{
	for (size_t i = 0; i < s->npoints; i++)
		if (s->points[i] == point)
			return true;
	return s->npoints == 0;
}

bool
status_holds(const struct status *s, double number)
{
	if (s->nwhen == 0)
		return number != 0;
	for (size_t i = 0; i < s->nwhen; i++)
		if (s->when[i] == number)
			return true;
	return false;
}

static void
hear(const struct status *s, struct status_state *state, const uint8_t *wire, int64_t mono)
{
	struct value v;
	double number;

	if (wire == NULL || point_decode(&s->at, wire, &v) != Q_GOOD ||
	    !value_number(&v, &number)) {
		state->known = false;
		return;
	}
	if (!state->known || number != state->number)
		state->since = mono;
	state->heard = mono;
	state->known = true;
	state->number = number;
	state->holds = s->kind == STATUS_STATE && status_holds(s, number);
}

void
judge_hear_one(const struct device *d, size_t status, uint16_t first, const uint8_t *data,
    size_t len, int64_t mono)
{
	const struct status *s = &d->profile->statuses[status];
	uint8_t bit;

	hear(s, &d->states[status], data == NULL ? NULL :
	    judge_wire(first, &s->at, data, len, &bit), mono);
}

void
judge_hear(const struct device *d, size_t block, const uint8_t *data, size_t len,
    int64_t mono)
{
	for (size_t i = 0; i < d->profile->nstatuses; i++)
		if (d->states[i].block == block)
			judge_hear_one(d, i, d->blocks[block].first, data, len, mono);
}

void
judge_correct(const struct memory *m, struct value *v)
{
	double number;

	if (value_number(v, &number))
		*v = (struct value){ .kind = VALUE_F64, .d = number * m->gain + m->offset };
}

static void
lower(struct reading *r, enum quality_code code, uint8_t flags)
{
	r->quality = quality_worse(r->quality,
	    (struct quality){ .code = (uint8_t)code, .flags = flags });
}

/* A result that is not of this moment; of several ages the greatest holds. */
static void
held(struct reading *r, double seconds, int64_t max_age)
{
	bool stale = max_age > 0 && seconds * 1e6 > (double)max_age;
	uint32_t age = seconds < (double)UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;

	r->age = age > r->age ? age : r->age;
	lower(r, stale ? Q_STALE : Q_GOOD, QF_HELD);
}

/* An age below 0 is how instruments say that there never was a result. */
static void
hear_age(const struct status *s, double seconds, struct reading *r)
{
	if (seconds < 0)
		lower(r, Q_NO_DATA_YET, 0);
	else if (seconds >= 1)
		held(r, seconds, s->max_age);
}

/* One that warms up may stand at its stop, which is no figure yet. */
static void
warm_up(struct reading *r, uint8_t flags)
{
	if (r->quality.code == Q_OUT_OF_RANGE)
		r->quality.code = Q_WARMING_UP;
	lower(r, Q_WARMING_UP, flags);
}

static void
hear_status(const struct status *s, const struct status_state *state, struct reading *r)
{
	if (!state->known)
		lower(r, Q_STATUS_UNKNOWN, 0);
	else if (s->kind == STATUS_AGE)
		hear_age(s, state->number, r);
	else if (s->kind == STATUS_RESULT && state->heard > state->since)
		held(r, (double)(r->mono - state->since) / 1e6, s->max_age);
	else if (state->holds && s->code == Q_WARMING_UP)
		warm_up(r, s->flags);
	else if (state->holds)
		lower(r, s->code, s->flags);
}

/* Further than any change of the thing that is measured: uncertain, and by
 * the next reading it is known whether it stays. */
static bool
jumped(const struct point *p, const struct memory *m, double number, int64_t mono)
{
	double step = fabs(number - m->number), seconds = (double)(mono - m->mono) / 1e6;

	return (p->max_step > 0 && step > p->max_step) ||
	    (p->max_rate > 0 && step > p->max_rate * (seconds > 0 ? seconds : 0));
}

static void
compare(const struct point *p, struct memory *m, bool repeats, struct reading *r)
{
	double number;

	if (quality_severity(r->quality) != SEVERITY_GOOD || !value_number(&r->value, &number))
		return;
	if (!m->known || number != m->number)
		m->since = r->mono;
	if (m->known && jumped(p, m, number, r->mono))
		lower(r, Q_JUMP, 0);
	if (repeats && p->hold > 0 && r->mono > m->since)
		held(r, (double)(r->mono - m->since) / 1e6, p->hold);
	m->known = true;
	m->number = number;
	m->mono = r->mono;
}

/* Of one that measures when told to it is known how old its result is; the
 * same figure may be a new one. */
static void
hear_measured(const struct device *d, const struct point *p, struct reading *r)
{
	if (d->measured != 0 && r->mono > d->measured)
		held(r, (double)(r->mono - d->measured) / 1e6,
		    p->hold > 0 ? p->hold : 2 * d->conf.measure);
}

/* Only what compare keeps: a figure that was good, or jumped. */
void
judge_remember(const struct point *p, struct memory *m, const struct reading *r, int64_t mono)
{
	double number;
	int64_t since = mono - (int64_t)r->age * 1000000;

	if (!point_remembers(p) || (r->quality.code != Q_GOOD && r->quality.code != Q_JUMP &&
	    r->quality.code != Q_STALE) || !value_number(&r->value, &number))
		return;
	if (!m->known || number != m->number || since < m->since)
		m->since = since;
	m->known = true;
	m->number = number;
	m->mono = mono;
}

void
judge_point(const struct device *d, size_t point, struct reading *r)
{
	const struct point *p = &d->profile->points[point];

	for (size_t i = 0; i < d->profile->nstatuses; i++)
		if (d->states[i].block != BLOCK_NONE &&
		    status_concerns(&d->profile->statuses[i], point))
			hear_status(&d->profile->statuses[i], &d->states[i], r);
	hear_measured(d, p, r);
	if (point_remembers(p))
		compare(p, &d->memory[point], d->conf.measure == 0, r);
}
