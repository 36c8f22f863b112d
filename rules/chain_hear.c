#include <math.h>
#include <stdlib.h>

#include "chain.h"

#define BESIDE		1000LL	/* ms: of one and the same answer */
#define SILENCE		5000LL	/* ms beyond two periods: it is the flow of then */
#define NOISE		0.01	/* a fall of less is no reset */

/* How far a counter that fell went on; below 0: it did not, it was corrected. */
static double
step_over(const struct chain *c, double figure)
{
	double wrapped = c->conf->wrap - c->counted + figure;

	if (c->conf->wrap > 0 && wrapped >= 0 && wrapped < c->conf->wrap / 2)
		return wrapped;
	if (figure >= c->counted * (1 - NOISE))
		return -1;
	return figure > 0 ? figure : 0;
}

/* One that comes late is in the step of the one behind it. */
static void
count(struct chain *c, struct bucket *b, int64_t time, double figure)
{
	double step = figure - c->counted;

	if (c->counting && time < c->counted_time)
		return;
	if (c->counting && step < 0)
		step = step_over(c, figure);
	if (c->counting)
		bucket_count(b, step > 0 ? step : 0);
	if (!c->counting || step >= 0)
		c->counted = figure;
	c->counting = true;
	c->counted_time = time;
}

/* What goes through while somebody works on the counter is not counted. */
static void
pass_over(struct chain *c, const struct reading *r, double figure)
{
	if (c->amount != AMOUNT_COUNTER || (c->counting && r->time < c->counted_time) ||
	    (r->quality.flags & (QF_MAINTENANCE | QF_CALIBRATION | QF_MANUAL)) == 0)
		return;
	c->counting = true;
	c->counted = figure;
	c->counted_time = r->time;
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
	c->silence = b->silence = mark == 'N' ? 'B' : mark;
	if (mark == 'N') {
		hear_good(s, c, b, r, figure, wall);
		return;
	}
	b->samples++;
	bucket_mark(b, mark, 1);
	if (is)
		pass_over(c, r, figure);
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
