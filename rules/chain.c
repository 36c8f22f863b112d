#include <math.h>

#include "chain.h"

#define AHEAD		10000LL		/* ms: no clock of an instrument is more so */
#define GRACE		60000LL		/* ms: within it what is over is told of */
#define SOONEST		1577836800LL	/* s: 2020; before, a clock does not know */
#define PER_HOUR	3600000.0

static bool
wants(const struct chain *c, enum statistic_span span)
{
	switch (span) {
	case STATISTIC_MINUTE:
		return c->conf->minute > 0;
	case STATISTIC_HOUR:
		return c->conf->hour;
	case STATISTIC_DAY:
		break;
	}
	return c->conf->day;
}

struct bucket *
chain_upper(const struct chain *c, enum statistic_span span)
{
	struct bucket *at = c->buckets + c->nbase;
	bool hour = c->base == STATISTIC_MINUTE && c->conf->hour;

	if (span == STATISTIC_HOUR)
		return hour ? at : NULL;
	return span == STATISTIC_DAY && c->conf->day ? at + (hour ? 1 : 0) : NULL;
}

struct interval
chain_interval(const struct statistics *s, const struct chain *c, enum statistic_span span,
    int64_t utc)
{
	switch (span) {
	case STATISTIC_MINUTE:
		return zone_slice(s->zone, utc, c->conf->minute / 1000);
	case STATISTIC_HOUR:
		return zone_slice(s->zone, utc, (int64_t)PER_HOUR);
	case STATISTIC_DAY:
		break;
	}
	return zone_day(s->zone, utc, (int64_t)PER_HOUR * c->conf->day_start);
}

double *
chain_weight(const struct chain *c, const struct bucket *b)
{
	return c->weights != NULL ? &c->weights[b - c->buckets] : NULL;
}

static void
begin(const struct chain *c, struct bucket *b, uint32_t from, uint32_t to)
{
	bucket_begin(b, from, to, c->silence);
	b->rested = c->rests || c->rested > from * 1000LL;
	if (c->weights != NULL)
		*chain_weight(c, b) = 0;
}

static uint32_t
expected(const struct chain *c, uint32_t from, uint32_t to)
{
	int64_t n = (int64_t)(to - from) * 1000 / c->period;

	return n > 1 ? (uint32_t)n : 1;
}

/* One reading may have slipped over the edge of the interval: it is not missed. */
static bool
is_valid(const struct chain *c, const struct bucket *b, uint32_t all)
{
	uint32_t due = all > 1 ? all - 1 : 1;

	if (due < b->samples)
		due = b->samples;
	return b->good > 0 && b->good * 100.0 >= c->conf->valid * due;
}

static double
mean_of(const struct chain *c, const struct bucket *b)
{
	const double *weight = chain_weight(c, b);
	double mean = b->sum / (weight != NULL ? *weight : b->good);

	if (weight != NULL && !(*weight > 0))
		return NAN;
	/* rounding must not take it out of what there was */
	if (mean < b->min)
		return b->min;
	return mean > b->max ? b->max : mean;
}

static double
amount_of(const struct chain *c, const struct bucket *b)
{
	if (c->amount == AMOUNT_COUNTER)
		return b->counted ? b->amount : NAN;
	return c->amount == AMOUNT_NONE ? NAN :
	    b->sum * c->an_hour * (double)c->period / PER_HOUR;
}

static void
tell(struct statistics *s, const struct chain *c, enum statistic_span span,
    const struct bucket *b)
{
	uint32_t all = expected(c, b->from, b->to);
	uint32_t valid = b->good < all ? (uint32_t)((uint64_t)b->good * 1000 / all) : 1000;
	bool any = b->good > 0;
	const struct statistic st = {
		.series = c->series,
		.span = (uint8_t)span,
		.from = b->from * 1000LL,
		.to = b->to * 1000LL,
		.mean = any ? mean_of(c, b) : NAN,
		.min = any ? b->min : NAN,
		.max = any ? b->max : NAN,
		.amount = any ? amount_of(c, b) : NAN,
		.amount_kind = c->amount,
		.samples = b->samples,
		.valid = (uint16_t)valid,
		.mark = is_valid(c, b, all) ? 'N' : bucket_worst(b),
	};

	s->counts.finished++;
	s->finished(s->owner, &st);
}

/* Of an interval there is one statistic or none. */
static void
finish(struct statistics *s, struct chain *c, enum statistic_span span, const struct bucket *b)
{
	if (told_has(&c->told[span], b->from))
		return;
	told_add(&c->told[span], b->from, b->to);
	if (!s->replaying && wants(c, span))
		tell(s, c, span, b);
}

static void	end_upper(struct statistics *, struct chain *, enum statistic_span);

/* Into the next longer interval that there is. */
void
chain_merge_up(struct statistics *s, struct chain *c, enum statistic_span span,
    const struct bucket *b, double weight)
{
	struct bucket *up = NULL;
	struct interval part;

	while (up == NULL && span < STATISTIC_DAY)
		up = chain_upper(c, ++span);
	if (up == NULL)
		return;
	part = chain_interval(s, c, span, b->from * 1000LL);
	if (up->to != 0 && up->from * 1000LL != part.from) {
		if (up->to <= b->from)
			end_upper(s, c, span);
		else
			s->counts.dropped++;	/* the clock was ahead for a while */
		up->to = 0;
	}
	if (up->to == 0)
		begin(c, up, (uint32_t)(part.from / 1000), (uint32_t)(part.to / 1000));
	bucket_merge(up, b);
	if (c->weights != NULL)
		*chain_weight(c, up) += weight;
}

static void
merge_up(struct statistics *s, struct chain *c, enum statistic_span span, const struct bucket *b)
{
	chain_merge_up(s, c, span, b, c->weights != NULL ? *chain_weight(c, b) : 0);
}

static void
end_upper(struct statistics *s, struct chain *c, enum statistic_span span)
{
	struct bucket *b = chain_upper(c, span);

	finish(s, c, span, b);
	merge_up(s, c, span, b);
	b->to = 0;
}

/* While the journal is read, what it does not say was told may still be. */
void
chain_close_uppers(struct statistics *s, struct chain *c, int64_t wall)
{
	for (enum statistic_span span = STATISTIC_HOUR; span <= STATISTIC_DAY; span++) {
		const struct bucket *b = chain_upper(c, span);

		if (b == NULL || b->to == 0 || b->to > c->at)
			continue;
		if (s->replaying && wants(c, span) && !told_has(&c->told[span], b->from) &&
		    b->to * 1000LL + c->conf->late / 1000 + GRACE > wall)
			continue;
		end_upper(s, c, span);
	}
}

void
chain_arm(struct statistics *s, struct chain *c)
{
	if (c->active)
		due_arm(&s->dues, &c->due, c->at_to * 1000LL + c->conf->late / 1000);
}

/* The next one to end is that around this moment. */
void
chain_go_on(struct statistics *s, struct chain *c, int64_t utc)
{
	struct interval part = chain_interval(s, c, c->base, utc);

	c->at = (uint32_t)(part.from / 1000);
	c->at_to = (uint32_t)(part.to / 1000);
	chain_arm(s, c);
}

/* Behind a good reading there is none where the device rests, and is read seldom:
 * the instrument is out of operation.  Else the line has lost it. */
static char
mark_of_missing(const struct bucket *b)
{
	if (b->silence != 'N')
		return b->silence;
	return b->rested ? 'F' : 'B';
}

static void
end_base(struct statistics *s, struct chain *c, struct bucket *b)
{
	uint32_t all = expected(c, b->from, b->to);

	if (b->samples < all)
		bucket_mark(b, mark_of_missing(b), all - b->samples);
	finish(s, c, c->base, b);
	merge_up(s, c, c->base, b);
	b->to = 0;
}

static struct bucket *
oldest(const struct chain *c)
{
	struct bucket *first = NULL;

	for (size_t i = 0; i < c->nbase; i++) {
		struct bucket *b = &c->buckets[i];

		if (b->to != 0 && (first == NULL || b->from < first->from))
			first = b;
	}
	return first;
}

static struct bucket *
vacant(const struct chain *c)
{
	for (size_t i = 0; i < c->nbase; i++)
		if (c->buckets[i].to == 0)
			return &c->buckets[i];
	return NULL;
}

/* Time that was not lived, for the clock was set or the gateway did not run, has
 * no intervals but those in which there is something. */
static bool
skip(struct statistics *s, struct chain *c, const struct bucket *next, int64_t wall)
{
	int64_t late = c->conf->late / 1000, len = (c->at_to - c->at) * 1000LL;

	if (wall - c->at_to * 1000LL - late <= 2 * len + GRACE)
		return false;
	chain_go_on(s, c, next != NULL ? next->from * 1000LL : wall - late);
	chain_close_uppers(s, c, wall);
	return true;
}

/* An interval without readings.  Where no bucket is free for it, all that are
 * open are of later ones: it only counts as over. */
static void
end_empty(struct statistics *s, struct chain *c)
{
	struct bucket *b = vacant(c);

	if (b == NULL)
		return;
	begin(c, b, c->at, c->at_to);
	end_base(s, c, b);
}

static void
end_next(struct statistics *s, struct chain *c, int64_t wall)
{
	struct bucket *b;
	uint32_t to = c->at_to;

	chain_settle(s, c, wall);
	b = oldest(c);
	if (b != NULL && b->from <= c->at) {
		to = b->to;
		end_base(s, c, b);
	} else {
		end_empty(s, c);
	}
	chain_go_on(s, c, to * 1000LL);
	chain_close_uppers(s, c, wall);
}

bool
chain_close(struct statistics *s, struct chain *c, int64_t wall)
{
	const struct bucket *b = oldest(c);
	bool full = b != NULL && b->from <= c->at;
	uint32_t to = full ? b->to : c->at_to;

	if (!c->active || to * 1000LL + c->conf->late / 1000 > wall)
		return false;
	if (full || !skip(s, c, b, wall))
		end_next(s, c, wall);
	return true;
}

void
chain_pass(struct statistics *s, struct chain *c, int64_t wall)
{
	int64_t grace = wants(c, c->base) ? GRACE : 0;

	while (chain_close(s, c, wall - grace))
		;
	chain_close_uppers(s, c, wall);
}

/* The clock was ahead, and what it saw there gives way. */
static struct bucket *
make_room(struct statistics *s, struct chain *c, int64_t utc, int64_t wall)
{
	struct bucket *b = oldest(c), *last = b;

	if (b->to * 1000LL + c->conf->late / 1000 <= wall) {
		end_next(s, c, wall);
		return vacant(c);
	}
	for (size_t i = 0; i < c->nbase; i++)
		if (c->buckets[i].from > last->from)
			last = &c->buckets[i];
	if (last->from * 1000LL <= utc)
		return NULL;
	s->counts.dropped++;
	last->to = 0;
	return last;
}

static bool
is_over(const struct chain *c, struct interval part, int64_t wall)
{
	return part.from / 1000 < SOONEST || part.to + c->conf->late / 1000 <= wall ||
	    told_has(&c->told[c->base], (uint32_t)(part.from / 1000));
}

static bool
is_ahead(int64_t utc, int64_t wall)
{
	return utc > wall + AHEAD || utc / 1000 > UINT32_MAX - 2 * 86400;
}

/* NULL: it is too late, or too early. */
static struct bucket *
open_bucket(struct statistics *s, struct chain *c, int64_t utc, int64_t wall)
{
	struct bucket *b = NULL;
	struct interval part;

	if (is_ahead(utc, wall)) {
		s->counts.ahead++;
		return NULL;
	}
	part = chain_interval(s, c, c->base, utc);
	if (!is_over(c, part, wall)) {
		b = vacant(c);
		if (b == NULL)
			b = make_room(s, c, utc, wall);
	}
	if (b == NULL) {
		s->counts.late++;
		return NULL;
	}
	begin(c, b, (uint32_t)(part.from / 1000), (uint32_t)(part.to / 1000));
	if (!c->active || b->from < c->at) {
		c->active = true;
		chain_go_on(s, c, part.from);
	}
	return b;
}

struct bucket *
chain_bucket(struct statistics *s, struct chain *c, int64_t utc, int64_t wall)
{
	struct bucket *b = &c->buckets[c->last];
	int64_t t = utc / 1000;

	if (b->from <= t && t < b->to)
		return b;
	for (size_t i = 0; i < c->nbase; i++) {
		b = &c->buckets[i];
		if (b->from <= t && t < b->to) {
			c->last = (uint8_t)i;
			return b;
		}
	}
	b = open_bucket(s, c, utc, wall);
	if (b != NULL)
		c->last = (uint8_t)(b - c->buckets);
	return b;
}
