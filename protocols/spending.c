#include "spending.h"

#define US_A_HOUR	3600000000LL
#define ALONG		(7 * 24 * US_A_HOUR)	/* what was before tells no more */
#define EASE		0.95	/* of the budget: a step is left */
#define EASE_BLIND	0.8	/* the same where nobody knows what it saved */

/* An hour that began with the clock was not begun late; 0 means that nobody counts. */
#define SINCE(hour)	((hour) * US_A_HOUR + 1)

/* Where an hour stands; of a machine just booted some are before its first. */
static uint64_t *
at(struct spending *s, int64_t hour)
{
	return &s->hours[(hour % SPENDING_HOURS + SPENDING_HOURS) % SPENDING_HOURS];
}

static void
move_to(struct spending *s, int64_t now)
{
	int64_t hour = now / US_A_HOUR;

	if (s->since == 0) {
		s->hour = hour;
		s->since = now;
	}
	if (hour - s->hour > SPENDING_HOURS) {	/* the clock went on, nobody counted */
		*s = (struct spending){ .hour = hour, .since = now };
		return;
	}
	while (s->hour < hour) {
		/* an hour that was begun late is none */
		s->whole += s->whole < SPENDING_HOURS - 1 && (s->whole > 0 ||
		    s->since <= SINCE(s->hour));
		s->hour++;
		s->since = s->hour * US_A_HOUR;
		*at(s, s->hour) = 0;
	}
}

void
spending_add(struct spending *s, uint64_t bytes, int64_t now)
{
	move_to(s, now);
	*at(s, s->hour) += bytes;
}

void
spending_seed(struct spending *s, uint64_t today, double hours, uint64_t yesterday, int64_t now)
{
	int64_t hour = now / US_A_HOUR;

	*s = (struct spending){ .hour = hour, .since = SINCE(hour) };
	if (yesterday == 0 && hours < 1)
		return;
	s->whole = yesterday > 0 ? SPENDING_HOURS - 1 : (unsigned)hours;
	for (unsigned i = 0; i <= s->whole && i < SPENDING_HOURS; i++) {
		double an_hour = i < (unsigned)(hours + 0.5) ?
		    (double)today / (hours > 1 ? hours : 1) : (double)yesterday / 24;

		*at(s, hour - i) = (uint64_t)an_hour;
	}
	/* of the present one so much as is over */
	*at(s, hour) = (uint64_t)((double)*at(s, hour) *
	    (double)(now - s->since) / (double)US_A_HOUR);
}

unsigned
spending_keep(struct spending *s, uint64_t hours[SPENDING_HOURS], int64_t now)
{
	move_to(s, now);
	for (int64_t i = 0; i < SPENDING_HOURS; i++)
		hours[i] = *at(s, s->hour + 1 + i);
	return s->whole;
}

void
spending_resume(struct spending *s, const uint64_t hours[SPENDING_HOURS], unsigned whole,
    unsigned since, int64_t now)
{
	int64_t hour = now / US_A_HOUR;

	*s = (struct spending){ .hour = hour, .since = SINCE(hour), .whole = whole + since };
	if (s->whole > SPENDING_HOURS - 1)
		s->whole = SPENDING_HOURS - 1;
	for (int64_t i = since; i < SPENDING_HOURS; i++)
		*at(s, hour + 1 + i - since) = hours[i];
}

double
spending_a_day(struct spending *s, double hours, int64_t now)
{
	double bytes, span;
	unsigned i;

	move_to(s, now);
	bytes = (double)*at(s, s->hour);
	span = (double)(now - s->since) / (double)US_A_HOUR;
	for (i = 1; i <= s->whole && span < hours; i++) {
		double part = hours - span < 1 ? hours - span : 1;

		bytes += part * (double)*at(s, s->hour - i);
		span += part;
	}
	return span < 0.999 ? -1 : bytes * 24 / span;
}

/* What goes at this rate would be gone before a step could show what it does. */
static int
is_acute(const struct thrift_terms *t, double used, double left, double lately)
{
	double days = (double)t->settle / (24.0 * (double)US_A_HOUR);

	return lately > 0 && days < left && used + lately * days > t->budget;
}

int64_t
thrift_settled(const struct thrift *f, int64_t now)
{
	return now - (f->since > f->changed ? f->since : f->changed);
}

static int
may_ease(const struct thrift *f, const struct thrift_terms *t, double used, double left,
    double a_day, int64_t now)
{
	double before = f->before[f->step - 1];

	if (thrift_settled(f, now) < t->settle)
		return 0;
	if (before > 0 && now - f->changed < ALONG)
		return used + before * left <= EASE * t->budget;
	return used + a_day * left <= EASE_BLIND * t->budget;
}

unsigned
thrift_step(struct thrift *f, const struct thrift_terms *t, double used, double left,
    double a_day, double lately, int64_t now)
{
	int64_t wait = is_acute(t, used, left, lately) ? US_A_HOUR : t->settle;

	if (a_day < 0)
		return f->step;
	if (used + a_day * left > t->budget && f->step < t->steps) {
		if (f->changed != 0 && now - f->changed < wait)
			return f->step;
		f->before[f->step++] = a_day;
		f->changed = now;
	} else if (f->step > 0 && may_ease(f, t, used, left, a_day, now)) {
		f->before[--f->step] = 0;
		f->changed = now;
	}
	return f->step;
}
