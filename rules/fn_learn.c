#include "../conf/zone.h"
#include "functions.h"

/* What something is in a good state, learnt from itself: of each day its mean while a
 * condition is true, and of these the second highest, so that one odd day says
 * nothing. */

#define DAYS	90		/* that are remembered */
#define LEAST	3		/* of them before anything is said */
#define FEW	10		/* readings that make no day */

struct learnt_day {
	int32_t	day;		/* of the zone, + 1; 0: none */
	float	mean;
};

struct learnt {
	struct learnt_day	past[DAYS];
	int32_t			today;	/* + 1; 0: not yet */
	uint32_t		n;
	double			sum;	/* of today */
};

size_t
fn_learnt_size(const struct rule_call *call)
{
	(void)call;
	return sizeof(struct learnt);
}

static void
finish(struct learnt *l, int32_t today)
{
	if (l->n >= FEW)
		l->past[l->today % DAYS] = (struct learnt_day){ l->today,
		    (float)(l->sum / l->n) };
	l->today = today;
	l->n = 0;
	l->sum = 0;
}

/* A clock that was set back forgets nothing, but days to come are not believed. */
static struct term
best(const struct learnt *l)
{
	double first = 0, second = 0;
	size_t n = 0;

	for (size_t i = 0; i < DAYS; i++) {
		const struct learnt_day *d = &l->past[i];

		if (d->day == 0 || d->day > l->today || d->day <= l->today - DAYS)
			continue;
		if (n == 0 || d->mean > first) {
			second = n == 0 ? d->mean : first;
			first = d->mean;
		} else if (n == 1 || d->mean > second) {
			second = d->mean;
		}
		n++;
	}
	return n >= LEAST ? term_number(second) : term_unknown();
}

struct term
fn_learnt(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	int32_t today = (int32_t)zone_date(look->zone, look->wall) + 1;
	struct learnt *l = state;

	if (today != l->today)
		finish(l, today);
	if (rule_is_fresh(call, look) && term_known(args[0]) && truth_of(args[1]) == TRUTH_YES) {
		l->sum += args[0].low;
		l->n++;
	}
	return best(l);
}
