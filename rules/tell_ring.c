#include "tell_own.h"

void
ring_put(struct ring *r, int64_t at)
{
	if (r->cap == 0)
		return;
	r->head = (r->head + r->cap - 1) % r->cap;
	r->at[r->head] = at;
	if (r->n < r->cap)
		r->n++;
}

int64_t
ring_nth(const struct ring *r, size_t k)
{
	return k <= r->n ? r->at[(r->head + k - 1) % r->cap] : INT64_MIN;
}

size_t
ring_since(const struct ring *r, int64_t from)
{
	size_t n = 0;

	while (n < r->n && ring_nth(r, n + 1) > from)
		n++;
	return n;
}
