#include <stddef.h>
#include <string.h>

#include "chain.h"

#define BEFORE	3600000LL	/* ms */

static struct chain *
chain_of(const struct statistics *s, uint32_t series)
{
	uint32_t i = series < s->nseries ? s->by_series[series] : NO_CHAIN;

	return i != NO_CHAIN ? &s->chains[i] : NULL;
}

static struct flow *
flow_of(const struct statistics *s, uint32_t series)
{
	uint32_t i = series < s->nseries ? s->flow_of[series] : NO_CHAIN;

	return i != NO_CHAIN ? &s->flows[i] : NULL;
}

void
statistics_on_finish(struct statistics *s, void (*finished)(void *, const struct statistic *),
    void *owner)
{
	s->finished = finished;
	s->owner = owner;
}

void
statistics_take(struct statistics *s, const struct reading *r, int64_t wall)
{
	struct chain *c = chain_of(s, r->series);
	struct flow *f = flow_of(s, r->series);

	if (r->series < s->nseries)
		chain_hear_rest(s, s->rest_of[r->series], r);
	if (f != NULL)
		chain_hear_flow(s, f, r, wall);
	if (c != NULL)
		chain_hear(s, c, r, wall);
}

void
statistics_tick(struct statistics *s, int64_t wall, size_t most)
{
	struct due *first;

	while (most-- > 0 && (first = due_first(&s->dues)) != NULL && first->at <= wall)
		if (!chain_close(s, (struct chain *)first, wall))
			chain_arm(s, (struct chain *)first);
}

int64_t
statistics_deadline(const struct statistics *s)
{
	const struct due *first = due_first(&s->dues);

	return first != NULL ? first->at : INT64_MAX;
}

size_t
statistics_points(const struct statistics *s)
{
	return s->n;
}

size_t
statistics_open(const struct statistics *s)
{
	size_t open = 0;

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->chains[i].nbase + 2U; k++)
			open += s->chains[i].buckets[k].to != 0 &&
			    s->chains[i].buckets[k].samples > 0;
	return open;
}

const struct statistics_counts *
statistics_counts(const struct statistics *s)
{
	return &s->counts;
}

void
statistics_replay(struct statistics *s, const struct reading *r, int64_t wall)
{
	struct chain *c = chain_of(s, r->series);

	s->replaying = true;
	if (c != NULL)
		chain_pass(s, c, wall);
	s->counts.recomputed += c != NULL;
	statistics_take(s, r, wall);
}

static enum statistic_span
longest(const struct statistic_conf *c)
{
	return c->day ? STATISTIC_DAY : c->hour ? STATISTIC_HOUR : STATISTIC_MINUTE;
}

/* The longest interval that may be open at a moment. */
static int64_t
open_from(const struct statistics *s, const struct chain *c, int64_t wall)
{
	return chain_interval(s, c, longest(c->conf), wall - c->conf->late / 1000).from;
}

/* An interval without a reading was told of, and none is known from before: what
 * is missing from then on counts all the same. */
static void
begin_empty(struct statistics *s, struct chain *c, const struct statistic *st)
{
	if (c->active || st->span != c->base || st->samples > 0 ||
	    st->from < open_from(s, c, s->until))
		return;
	c->active = true;
	c->silence = st->mark;
	chain_go_on(s, c, st->from);
}

void
statistics_replay_told(struct statistics *s, const struct statistic *st)
{
	struct chain *c = chain_of(s, st->series);
	uint32_t from = (uint32_t)(st->from / 1000), to = (uint32_t)(st->to / 1000);

	if (c == NULL || st->span >= STATISTIC_SPANS || st->from < 0 || st->to <= st->from ||
	    st->to / 1000 > UINT32_MAX)
		return;
	s->replaying = true;
	begin_empty(s, c, st);
	/* it ended all before it as well */
	while (st->span == c->base && chain_close(s, c, st->to + c->conf->late / 1000))
		;
	if (!told_has(&c->told[st->span], from))
		told_add(&c->told[st->span], from, to);
	chain_close_uppers(s, c, st->to);
}

bool
statistics_lack(const struct statistics *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (chain_lacks(&s->chains[i]))
			return true;
	return false;
}

void
statistics_replay_earlier(struct statistics *s, const struct reading *r)
{
	struct chain *c = chain_of(s, r->series);

	if (c != NULL)
		chain_hear_earlier(c, r);
}

void
statistics_replay_end(struct statistics *s, int64_t wall)
{
	s->replaying = true;
	for (size_t i = 0; i < s->n; i++)
		chain_begin_earlier(&s->chains[i]);
	for (size_t i = 0; i < s->n; i++)
		chain_pass(s, &s->chains[i], wall);
	s->replaying = false;
	for (size_t i = 0; i < s->n; i++)
		chain_close_uppers(s, &s->chains[i], wall);
}

/* A counter goes on from a reading before the interval, a flow is that of before,
 * and so it is with what says whether the device rests. */
static int64_t
before(const struct chain *c)
{
	const struct device *idler = c->device->idler;
	int64_t rest = idler != NULL ? device_period(idler,
	    &idler->profile->points[c->device->idle_point]) / 1000 : 0;
	int64_t period = c->flow != NULL && c->flow->period > c->period ? c->flow->period :
	    c->period;

	if (c->flow == NULL && c->amount != AMOUNT_COUNTER && idler == NULL)
		return 0;
	period = rest > period ? rest : period;
	return 3 * period > BEFORE ? 3 * period : BEFORE;
}

int64_t
statistics_since(struct statistics *s, int64_t wall)
{
	int64_t since = INT64_MAX;

	s->until = wall;

	for (size_t i = 0; i < s->n; i++) {
		const struct chain *c = &s->chains[i];
		int64_t from;

		/* those of one entry are mostly alike */
		if (i > 0 && c->conf == s->chains[i - 1].conf && before(c) == 0)
			continue;
		from = open_from(s, c, wall) - before(c);
		since = from < since ? from : since;
	}
	return since;
}

static bool
same_base(const struct chain *a, const struct chain *b)
{
	return a->base == b->base && a->conf->minute == b->conf->minute;
}

/* Open intervals of before go on where they are the same ones; of a shorter one
 * that is not, the longer ones keep what is in it. */
static void
take_buckets(struct statistics *s, struct chain *c, const struct chain *was)
{
	bool same = same_base(c, was);
	struct bucket *to = c->buckets;

	for (size_t i = 0; i < was->nbase; i++) {
		const struct bucket *b = &was->buckets[i];
		double weight = was->weights != NULL ? was->weights[i] : 0;

		if (b->to == 0)
			continue;
		if (!same || to == c->buckets + c->nbase) {
			chain_merge_up(s, c, c->base, b, weight);
			continue;
		}
		*to = *b;
		if (c->weights != NULL)
			*chain_weight(c, to) = weight;
		to++;
	}
}

static void
take_uppers(const struct statistics *s, struct chain *c, const struct chain *was)
{
	for (enum statistic_span span = STATISTIC_HOUR; span <= STATISTIC_DAY; span++) {
		const struct bucket *b = chain_upper(was, span);
		struct bucket *to = chain_upper(c, span);

		if (b == NULL || to == NULL || b->to == 0 ||
		    chain_interval(s, c, span, b->from * 1000LL).from != b->from * 1000LL)
			continue;
		*to = *b;
		if (c->weights != NULL)
			*chain_weight(c, to) = *chain_weight(was, b);
	}
}

/* Are they made of the same figures? */
static bool
alike(const struct chain *a, const struct chain *b)
{
	uint32_t x = a->flow != NULL ? a->flow->series : 0;
	uint32_t y = b->flow != NULL ? b->flow->series : 0;

	return x == y && a->amount == b->amount && a->an_hour == b->an_hour;
}

static void
take_chain(struct statistics *s, struct chain *c, const struct chain *was)
{
	memcpy(c->told, was->told, sizeof(c->told));
	c->rests = was->rests && c->device->idler != NULL;
	c->rested = was->rested;
	if (!alike(c, was))
		return;
	c->silence = was->silence;
	c->counter = was->counter;
	c->waiting = was->waiting;
	take_uppers(s, c, was);
	take_buckets(s, c, was);
	/* others than before begin with the next reading */
	if (!was->active || !same_base(c, was))
		return;
	c->active = true;
	chain_go_on(s, c, was->at * 1000LL);
}

void
statistics_take_over(struct statistics *s, const struct statistics *was)
{
	for (size_t i = 0; i < s->nflows; i++) {
		struct flow *f = &s->flows[i];
		const struct flow *before = flow_of(was, f->series);

		if (before == NULL)
			continue;
		f->known = before->known;
		f->time = before->time;
		f->figure = before->figure;
		f->quality = before->quality;
	}
	for (size_t i = 0; i < s->n; i++) {
		const struct chain *before = chain_of(was, s->chains[i].series);

		if (before != NULL)
			take_chain(s, &s->chains[i], before);
	}
	s->counts = was->counts;
}
