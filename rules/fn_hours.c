#include "../conf/zone.h"
#include "functions.h"

/* Hours in which something is usually so, learnt of each half hour of the week and,
 * until that was seen often enough, of any day. */

#define SLOTS_DAY	48
#define SLOTS_WEEK	(7 * SLOTS_DAY)
#define SLOT_MINUTES	30
#define SLOT_US		(SLOT_MINUTES * 60000000LL)
#define WEEKS		4		/* the newest weigh as much as so many */
#define SEEN_WEEK	2		/* times before a half hour of the week speaks */
#define SEEN_DAY	3		/* days before one of any day does */
#define STEP_MAX	(2 * SLOT_US)	/* longer gaps teach nothing */

struct slot {
	float		share;		/* of the time in which it was so */
	uint8_t		seen;		/* weeks, or days, to WEEKS */
};

struct hours {
	struct slot	week[SLOTS_WEEK], day[SLOTS_DAY];
	int64_t		at;		/* the look before, mono us; 0: none */
	int64_t		open, known;	/* us of the slot that runs */
	int		slot;		/* that runs */
	bool		was, was_known;	/* what was said at the look before */
};

size_t
fn_hours_size(const struct rule_call *call)
{
	(void)call;
	return sizeof(struct hours);
}

static void
learn(struct slot *s, float share)
{
	s->seen = s->seen < WEEKS ? s->seen + 1 : WEEKS;
	s->share += (share - s->share) / (float)s->seen;
}

/* What was known for half of it or more teaches. */
static void
finish(struct hours *h)
{
	float share = h->known > 0 ? (float)h->open / (float)h->known : 0;

	if (h->known * 2 >= SLOT_US) {
		learn(&h->week[h->slot], share);
		learn(&h->day[h->slot % SLOTS_DAY], share);
	}
	h->open = h->known = 0;
}

/* Until now it was as at the look before. */
static void
pass(struct hours *h, int slot, int64_t now)
{
	int64_t step = now - h->at;

	if (h->at != 0 && h->was_known && step <= STEP_MAX) {
		h->known += step;
		h->open += h->was ? step : 0;
	}
	if (h->at != 0 && slot != h->slot)
		finish(h);
	h->slot = slot;
	h->at = now;
}

static enum truth
usual(const struct hours *h)
{
	const struct slot *week = &h->week[h->slot], *day = &h->day[h->slot % SLOTS_DAY];

	if (week->seen >= SEEN_WEEK)
		return week->share >= 0.5f ? TRUTH_YES : TRUTH_NO;
	if (day->seen >= SEEN_DAY)
		return day->share >= 0.5f ? TRUTH_YES : TRUTH_NO;
	return TRUTH_UNKNOWN;
}

struct term
fn_open_hours(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	int minute = zone_minute(look->zone, look->wall);
	struct hours *h = state;

	(void)call;
	pass(h, zone_weekday(look->zone, look->wall) * SLOTS_DAY + minute / SLOT_MINUTES,
	    look->now);
	h->was_known = term_known(args[0]);
	h->was = truth_of(args[0]) == TRUTH_YES;
	rule_look_again(look, look->now +
	    (SLOT_MINUTES - minute % SLOT_MINUTES) * 60000000LL -
	    (look->wall % 60000 + 60000) % 60000 * 1000);
	return term_truth(usual(h));
}
