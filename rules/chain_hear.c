#include <math.h>
#include <stdlib.h>

#include "chain.h"

#define BESIDE		1000LL	/* ms: of one and the same answer */
#define SILENCE		5000LL	/* ms beyond two periods: it is the flow of then */

static void
count(struct chain *c, struct bucket *b, int64_t time, double figure)
{
	bool begins = !c->counter.is;
	double step;

	if (counter_step(c->conf, &c->counter, time, figure, &step))
		bucket_count(b, step);
	if (begins)
		c->first = c->counter;
}

static bool
by_hand(struct quality q)
{
	return (q.flags & (QF_MAINTENANCE | QF_CALIBRATION | QF_MANUAL)) != 0;
}

/* What goes through while somebody works on the counter is not counted. */
static void
pass_over(struct chain *c, const struct reading *r, double figure)
{
	if (c->amount == AMOUNT_COUNTER && by_hand(r->quality) &&
	    !(c->counter.is && r->time < c->counter.time))
		c->counter = (struct counter){ true, figure, r->time };
}

static char
flow_mark(const struct flow *f, int64_t time)
{
	int64_t age = time - f->time;
	char mark = quality_hj212(f->quality);

	if (!f->known || age < -BESIDE || age > 2 * f->period + SILENCE)
		return 'B';
	return mark;
}

void
chain_settle(struct statistics *s, struct chain *c, int64_t wall)
{
	const struct flow *f = c->flow;
	double flow;
	struct bucket *b;
	char mark;

	if (!c->waiting.is)
		return;
	c->waiting.is = false;
	b = chain_bucket(s, c, c->waiting.time, wall);
	if (b == NULL)
		return;
	mark = flow_mark(f, c->waiting.time);
	flow = f->figure > 0 ? f->figure : 0;
	if (mark == 'N') {
		bucket_good(b, c->waiting.figure, flow);
		*chain_weight(c, b) += flow;
	} else {
		b->samples++;
		bucket_mark(b, mark, 1);
	}
}

static void
hear_good(struct statistics *s, struct chain *c, struct bucket *b, const struct reading *r,
    double figure, int64_t wall)
{
	if (c->amount == AMOUNT_COUNTER)
		count(c, b, r->time, figure);
	if (c->flow == NULL) {
		bucket_good(b, figure, 1);
		return;
	}
	chain_settle(s, c, wall);
	c->waiting = (struct waiting_figure){ true, r->time, figure };
	if (c->flow->known && c->flow->time == r->time)
		chain_settle(s, c, wall);
}

void
chain_hear(struct statistics *s, struct chain *c, const struct reading *r, int64_t wall)
{
	struct bucket *b = chain_bucket(s, c, r->time, wall);
	char mark = quality_hj212(r->quality);
	double figure = 0;
	bool is = value_number(&r->value, &figure) && isfinite(figure);

	if (b == NULL)
		return;
	if (mark == 'N' && !is)
		mark = 'D';
	c->silence = b->silence = mark;
	if (mark == 'N') {
		hear_good(s, c, b, r, figure, wall);
		return;
	}
	b->samples++;
	bucket_mark(b, mark, 1);
	if (is)
		pass_over(c, r, figure);
}

void
chain_hear_rest(struct statistics *s, uint32_t first, const struct reading *r)
{
	bool rests = device_rests(r);
	int64_t t = r->time / 1000;
	struct chain *c;

	for (uint32_t i = first; i != NO_CHAIN; i = c->next_rests) {
		c = &s->chains[i];
		if (c->rests && !rests)
			c->rested = r->time;
		c->rests = rests;
		for (size_t k = 0; k < c->nbase; k++)
			if (c->buckets[k].from <= t && t < c->buckets[k].to)
				c->buckets[k].rested |= rests;
	}
}

/* The same of a reading before the first one that was replayed. */
void
chain_hear_earlier(struct chain *c, const struct reading *r)
{
	double figure, step;

	if (!c->first.is || r->time >= c->first.time || !value_number(&r->value, &figure) ||
	    !isfinite(figure) || (c->earlier.is && r->time < c->earlier.time))
		return;
	if (quality_hj212(r->quality) == 'N')
		counter_step(c->conf, &c->earlier, r->time, figure, &step);
	else if (by_hand(r->quality))
		c->earlier = (struct counter){ true, figure, r->time };
}

/* The shortest interval around its first reading that is open; NULL: none is. */
static struct bucket *
around_first(const struct chain *c)
{
	size_t n = (size_t)c->nbase + (c->base == STATISTIC_MINUTE && c->conf->hour) +
	    (c->base != STATISTIC_DAY && c->conf->day);
	int64_t t = c->first.time / 1000;

	for (size_t i = 0; i < n && c->first.is; i++)
		if (c->buckets[i].from <= t && t < c->buckets[i].to)
			return &c->buckets[i];
	return NULL;
}

bool
chain_lacks(const struct chain *c)
{
	return around_first(c) != NULL;
}

void
chain_begin_earlier(struct chain *c)
{
	struct bucket *b = around_first(c);
	double step;

	if (b != NULL && c->earlier.is &&
	    counter_step(c->conf, &c->earlier, c->first.time, c->first.figure, &step))
		bucket_count(b, step);
	c->first.is = c->earlier.is = false;
}

/* A flow is that of figures in the same second, else of all until the next. */
void
chain_hear_flow(struct statistics *s, struct flow *f, const struct reading *r, int64_t wall)
{
	if (f->known && r->time < f->time)
		return;
	for (size_t i = 0; i < f->nchains; i++) {
		struct chain *c = &s->chains[f->chains[i]];

		if (c->waiting.is && r->time > c->waiting.time + BESIDE)
			chain_settle(s, c, wall);
	}
	f->known = true;
	f->time = r->time;
	f->quality = r->quality;
	if (!value_number(&r->value, &f->figure) || !isfinite(f->figure))
		f->quality.code = f->quality.code == Q_GOOD ? Q_SENSOR_FAILURE : f->quality.code;
	for (size_t i = 0; i < f->nchains; i++) {
		struct chain *c = &s->chains[f->chains[i]];

		if (c->waiting.is && llabs(r->time - c->waiting.time) <= BESIDE)
			chain_settle(s, c, wall);
	}
}
