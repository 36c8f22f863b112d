#include "repeats.h"

#define END	0xffffU		/* bits of the far end */

static bool
is_it(const struct repeats_one *one, const struct repeat *is, int64_t now)
{
	int64_t age = now - one->taken;

	if (one->print == 0 || age > REPEATS_KEPT)
		return false;
	if (is->by != REPEAT_EXCHANGE)
		return one->print == is->print;
	return (one->print | END) == (is->print | END) &&
	    age <= (one->print == is->print ? REPEATS_LIFE : REPEATS_SPAN);
}

/* The clock of an instrument may stand still: where it said something else of the same
 * moment meanwhile, its time tells nothing, and to miss a figure would be worse. */
bool
repeats_know(const struct repeats *r, const struct repeat *is, int64_t now, uint64_t *seq)
{
	for (size_t i = 1; is->by != REPEAT_NEVER && i <= REPEATS; i++) {
		const struct repeats_one *one = &r->at[(r->next + REPEATS - i) % REPEATS];

		if (is_it(one, is, now)) {
			*seq = one->seq;
			return true;
		}
		if (is->by == REPEAT_TIMES && one->print != 0 && one->time == is->time)
			return false;
	}
	return false;
}

void
repeats_take(struct repeats *r, const struct repeat *is, uint64_t seq, int64_t now)
{
	if (is->print == 0)
		return;
	r->at[r->next] = (struct repeats_one){ .print = is->print, .seq = seq,
	    .time = is->time, .taken = now };
	r->next = (r->next + 1) % REPEATS;
}

void
repeats_forsake(struct repeats *r, uint64_t durable)
{
	for (size_t i = 0; i < REPEATS; i++)
		if (r->at[i].seq > durable)
			r->at[i].print = 0;
}
