#include <assert.h>

#include "due.h"

static void
put(struct dues *d, size_t place, struct due *due)
{
	d->heap[place - 1] = due;
	due->place = place;
}

static void
rise(struct dues *d, size_t place)
{
	struct due *due = d->heap[place - 1];

	while (place > 1 && d->heap[place / 2 - 1]->at > due->at) {
		put(d, place, d->heap[place / 2 - 1]);
		place /= 2;
	}
	put(d, place, due);
}

static void
sink(struct dues *d, size_t place)
{
	struct due *due = d->heap[place - 1];
	size_t child;

	while ((child = 2 * place) <= d->n) {
		if (child < d->n && d->heap[child]->at < d->heap[child - 1]->at)
			child++;
		if (d->heap[child - 1]->at >= due->at)
			break;
		put(d, place, d->heap[child - 1]);
		place = child;
	}
	put(d, place, due);
}

void
due_arm(struct dues *d, struct due *due, int64_t at)
{
	if (due->place == 0) {
		assert(d->n < d->cap);
		put(d, ++d->n, due);
	}
	due->at = at;
	rise(d, due->place);
	sink(d, due->place);
}

void
due_disarm(struct dues *d, struct due *due)
{
	size_t place = due->place;
	struct due *last;

	if (place == 0)
		return;
	due->place = 0;
	last = d->heap[--d->n];
	if (last == due)
		return;
	put(d, place, last);
	rise(d, place);
	sink(d, last->place);
}

struct due *
due_first(const struct dues *d)
{
	return d->n > 0 ? d->heap[0] : NULL;
}
