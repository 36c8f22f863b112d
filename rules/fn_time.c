#include <math.h>

#include "../conf/zone.h"
#include "functions.h"
#include "stack.h"

#define S		1000000LL
#define MINUTE_MS	60000

/* Since when a condition is as it is. */
struct hold {
	int64_t	since;		/* mono us: it is true since then; or it was last */
	int64_t	started;	/* 0: not yet */
	bool	on;		/* it is true; of since(): it was at any time */
	bool	sure;		/* it was false, and nothing is missing since; of
				 * since(): it was true at the look before */
};

size_t
fn_hold_size(const struct rule_call *call)
{
	(void)call;
	return sizeof(struct hold);
}

/* Not known for a moment, it begins anew; and until it was true for so long or false
 * at all nobody can say that it was not. */
struct term
fn_for(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	enum truth truth = truth_of(args[0]);
	struct hold *h = state;

	if (truth == TRUTH_YES && !h->on)
		h->since = look->now;
	h->on = truth == TRUTH_YES;
	h->sure = truth == TRUTH_NO || (h->sure && truth == TRUTH_YES);
	if (truth != TRUTH_YES)
		return term_truth(truth);
	if (look->now - h->since >= call->literal[1].whole)
		return term_truth(TRUTH_YES);
	rule_look_again(look, h->since + call->literal[1].whole);
	return term_truth(h->sure ? TRUTH_NO : TRUTH_UNKNOWN);
}

/* Since it was true for the last time: never is at least since the start, and while
 * it is unknown it may be true now. */
struct term
fn_since(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	enum truth truth = truth_of(args[0]);
	struct hold *h = state;
	double age;

	(void)call;
	if (h->started == 0)
		h->started = look->now;
	if (truth == TRUTH_YES) {
		h->since = look->now;
		h->on = h->sure = true;
		return term_number(0);
	}
	if (truth == TRUTH_NO && h->sure)
		h->since = look->now;
	h->sure = false;
	rule_look_again(look, look->now + S);
	age = (double)(look->now - (h->on ? h->since : h->started)) / 1e6;
	if (truth == TRUTH_NO)
		return h->on ? term_number(age) : term_between(age, INFINITY);
	return h->on ? term_between(0, age) : term_unknown();
}

/* The clock on the wall may be set at any time: it is looked at each minute. */
static void
next_minute(struct rule_look *look)
{
	int64_t past = (look->wall % MINUTE_MS + MINUTE_MS) % MINUTE_MS;

	rule_look_again(look, look->now + (MINUTE_MS - past) * 1000);
}

/* From one minute of the day until another, over midnight too. */
struct term
fn_between(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	int minute = zone_minute(look->zone, look->wall);
	int64_t from = call->literal[0].whole, to = call->literal[1].whole;
	bool yes = from <= to ? minute >= from && minute < to : minute >= from || minute < to;

	(void)state;
	(void)args;
	next_minute(look);
	return term_truth(yes ? TRUTH_YES : TRUTH_NO);
}

/* Hours of constants: 10.5 is 10:30, and 24 the end of the day. */
struct term
fn_daytime(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	double hour = zone_minute(look->zone, look->wall) / 60.0;
	double from = args[0].low, to = args[1].low;

	(void)call;
	(void)state;
	next_minute(look);
	if (!term_known(args[0]) || !term_known(args[1]))
		return term_truth(TRUTH_UNKNOWN);
	/* a third of an hour is no double: half a minute is nothing */
	hour += 1 / 120.0;
	return term_truth((from <= to ? hour >= from && hour < to : hour >= from || hour < to) ?
	    TRUTH_YES : TRUTH_NO);
}

struct term
fn_weekday(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	int day = zone_weekday(look->zone, look->wall);

	(void)state;
	(void)args;
	next_minute(look);
	return term_truth(call->literal[0].whole >> day & 1 ? TRUTH_YES : TRUTH_NO);
}

struct term
fn_date(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	(void)call;
	(void)state;
	(void)args;
	next_minute(look);
	return term_number((double)zone_date(look->zone, look->wall));
}

struct term
dated_term(const struct constant *c, struct rule_look *look)
{
	int64_t today = zone_date(look->zone, look->wall);
	struct term t = term_unknown();

	next_minute(look);
	for (size_t i = 0; i < c->ndated && c->dated[i].day <= today; i++)
		t = term_number(c->dated[i].number);
	return t;
}

/* How often it came today. */
struct daily {
	int64_t		day;
	uint32_t	n;
	bool		on, begun;
};

size_t
fn_tally_size(const struct rule_call *call)
{
	(void)call;
	return sizeof(struct daily);
}

/* What stands at midnight came yesterday; what is not known for a while did not come
 * meanwhile. */
struct term
fn_count_today(const struct rule_call *call, void *state, const struct term *args,
    struct rule_look *look)
{
	int64_t today = zone_date(look->zone, look->wall);
	enum truth truth = truth_of(args[0]);
	struct daily *t = state;

	(void)call;
	if (!t->begun || t->day != today) {
		t->begun = true;
		t->day = today;
		t->n = 0;
	}
	t->n += truth == TRUTH_YES && !t->on;
	if (truth != TRUTH_UNKNOWN)
		t->on = truth == TRUTH_YES;
	next_minute(look);
	return term_number(t->n);
}
