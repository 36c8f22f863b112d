#include <math.h>
#include <string.h>

#include "bucket.h"

/* In the order in which they go before one another. */
static const char marks[BUCKET_MARKS + 1] = "CMSFTDB";

void
bucket_begin(struct bucket *b, uint32_t from, uint32_t to, char silence)
{
	*b = (struct bucket){ .from = from, .to = to, .silence = silence, .min = INFINITY,
	    .max = -INFINITY };
}

void
bucket_good(struct bucket *b, double figure, double weight)
{
	b->samples++;
	b->good++;
	b->sum += figure * weight;
	if (figure < b->min)
		b->min = figure;
	if (figure > b->max)
		b->max = figure;
}

static void
halve(struct bucket *b)
{
	for (size_t i = 0; i < BUCKET_MARKS; i++)
		b->marks[i] = (uint16_t)(b->marks[i] / 2);
	b->shift++;
}

/* n in units of 1; what is less than a unit counts as one, so that it is seen. */
static void
add_marks(struct bucket *b, size_t i, uint64_t n)
{
	uint64_t units;

	if (n == 0)
		return;
	while ((units = n >> b->shift) + b->marks[i] > UINT16_MAX)
		halve(b);
	if (units == 0 && b->marks[i] == 0)
		units = 1;
	b->marks[i] = (uint16_t)(b->marks[i] + units);
}

void
bucket_mark(struct bucket *b, char mark, uint32_t n)
{
	const char *at = strchr(marks, mark);

	add_marks(b, at != NULL ? (size_t)(at - marks) : BUCKET_MARKS - 1, n);
}

void
bucket_count(struct bucket *b, double amount)
{
	b->amount += amount;
	b->counted = true;
}

void
bucket_merge(struct bucket *b, const struct bucket *other)
{
	b->samples += other->samples;
	b->good += other->good;
	for (size_t i = 0; i < BUCKET_MARKS; i++)
		add_marks(b, i, (uint64_t)other->marks[i] << other->shift);
	b->sum += other->sum;
	if (other->min < b->min)
		b->min = other->min;
	if (other->max > b->max)
		b->max = other->max;
	if (other->counted)
		bucket_count(b, other->amount);
}

char
bucket_worst(const struct bucket *b)
{
	size_t most = BUCKET_MARKS - 1;

	for (size_t i = BUCKET_MARKS - 1; i-- > 0;)
		if (b->marks[i] >= b->marks[most] && b->marks[i] > 0)
			most = i;
	return marks[most];
}
