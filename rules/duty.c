#include "plan.h"

/* A date takes the place of all shifts that begin on it. */
static bool
is_dated(const struct calendar *c, int64_t day)
{
	for (size_t i = 0; i < c->ndates; i++)
		if (day >= c->dates[i].first && day <= c->dates[i].last)
			return true;
	return false;
}

/* Does it begin on that day, and reach that minute from its midnight on? */
static bool
reaches(const struct shift *s, int64_t day, int weekday, int minute, bool dated)
{
	bool begins = dated ? day >= s->first && day <= s->last :
	    (s->hours.days >> weekday & 1) != 0;

	return begins && hours_reach(&s->hours, minute);
}

/* The i-th of those that are on at a minute that counts from the midnight of a
 * day; of all days alike where day is negative. */
static const struct shift *
shift_at(const struct calendar *c, int64_t day, int weekday, int minute, size_t *i)
{
	bool dated = day >= 0 && is_dated(c, day);
	const struct shift *at = dated ? c->dates : c->shifts;
	size_t n = dated ? c->ndates : c->nshifts;

	for (; *i < n; ++*i)
		if (reaches(&at[*i], day, weekday, minute, dated))
			return &at[(*i)++];
	return NULL;
}

static void
take(const struct plan *p, const struct calendar *c, int64_t day, int weekday, int minute,
    const struct local *l, struct plan_told *told)
{
	const struct shift *s;
	size_t i = 0;

	while ((s = shift_at(c, day, weekday, minute, &i)) != NULL)
		plan_resolve(p, &s->who, l, told);
}

void
duty_resolve(const struct plan *p, const struct calendar *c, const struct local *l,
    struct plan_told *told)
{
	take(p, c, l->day, l->weekday, l->minute, l, told);
	take(p, c, l->day - 1, (l->weekday + 6) % 7, l->minute + DAY_MINUTES, l, told);
}

static bool
is_covered(const struct calendar *c, int64_t day, int weekday, int minute)
{
	int64_t before = day >= 0 ? day - 1 : -1;
	size_t i = 0, k = 0;

	return shift_at(c, day, weekday, minute, &i) != NULL ||
	    shift_at(c, before, (weekday + 6) % 7, minute + DAY_MINUTES, &k) != NULL;
}

static bool
gap_on(const struct calendar *c, int64_t day, int weekday, struct gap_of_duty *gap)
{
	int from = 0, to;

	while (from < DAY_MINUTES && is_covered(c, day, weekday, from))
		from++;
	for (to = from; to < DAY_MINUTES && !is_covered(c, day, weekday, to); to++)
		continue;
	*gap = (struct gap_of_duty){ day, weekday, from, to };
	return from < DAY_MINUTES;
}

bool
duty_gap(const struct calendar *c, struct gap_of_duty *gap)
{
	for (int weekday = 0; weekday < 7; weekday++)
		if (gap_on(c, -1, weekday, gap))
			return true;
	for (size_t i = 0; i < c->ndates; i++)
		for (int64_t day = c->dates[i].first; day <= c->dates[i].last; day++)
			if (gap_on(c, day, (int)((day + 3) % 7), gap))
				return true;
	return false;
}
