#include "rehearsal.h"
#include "switched.h"

/* An interval is over: the rules hear of it as in the field role. */
static void
finished(void *arg, const struct statistic *s)
{
	struct rehearsal *r = arg;

	rules_statistic(r->course.rules, s, r->now, rehearsal_wall(r));
	if (r->finished != NULL)
		r->finished(r->owner, s);
}

/* Rounded down, whichever side of 1970. */
int64_t
rehearsal_wall(const struct rehearsal *r)
{
	int64_t us = r->now + r->offset;

	return us / 1000 - (us % 1000 < 0);
}

void
rehearsal_begin(struct rehearsal *r, int64_t now, int64_t wall)
{
	r->now = now;
	r->offset = wall * 1000 - now;
	if (r->course.statistics != NULL)
		statistics_on_finish(r->course.statistics, finished, r);
}

static int64_t
next(const struct rehearsal *r)
{
	int64_t at = rules_deadline(r->course.rules), end;

	if (r->course.statistics == NULL)
		return at;
	end = statistics_deadline(r->course.statistics);
	if (end == INT64_MAX)
		return at;
	end = end * 1000 - r->offset;
	return end < at ? end : at;
}

/* What rules switch is switched nowhere, and obeys at once: an order that nobody
 * takes would stay due, and no time would pass. */
static void
obey(struct rehearsal *r)
{
	struct rules *rules = r->course.rules;
	struct rule_order o;

	for (size_t i = 0; rules_order(rules, r->now, &i, &o);) {
		rules_ordered(rules, o.i, r->now);
		rules_order_end(rules, o.series, DRIVE_OBEYED, r->now, rehearsal_wall(r));
	}
}

void
rehearsal_until(struct rehearsal *r, int64_t now)
{
	int64_t at;

	while ((at = next(r)) <= now) {
		r->now = at > r->now ? at : r->now;
		rules_tick(r->course.rules, r->now, rehearsal_wall(r));
		obey(r);
		if (r->course.statistics != NULL)
			statistics_tick(r->course.statistics, rehearsal_wall(r), SIZE_MAX);
	}
	r->now = now > r->now ? now : r->now;
}

size_t
rehearsal_hear(struct rehearsal *r, struct reading *at, size_t n, int64_t now, int64_t wall)
{
	rehearsal_until(r, now);
	r->offset = wall * 1000 - r->now;
	return course_hear(&r->course, at, n, r->now, wall);
}

void
rehearsal_skip(struct rehearsal *r, int64_t now, int64_t wall)
{
	r->now = now > r->now ? now : r->now;
	r->offset = wall * 1000 - r->now;
	rules_resume(r->course.rules, r->now);
	if (r->course.derived != NULL)
		derived_resume(r->course.derived, r->now);
}
