#include <stdlib.h>
#include <string.h>

#include "partly.h"

void
partly_open(struct partly *p, size_t most)
{
	*p = (struct partly){ .most = most };
}

void
partly_close(struct partly *p)
{
	free(p->at);
	*p = (struct partly){ .n = 0 };
}

/* Where it is, or would be. */
static size_t
place_of(const struct partly *p, uint64_t seq)
{
	size_t from = 0, to = p->n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (p->at[middle].seq < seq)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool
partly_has(struct partly *p, uint64_t seq)
{
	size_t i = place_of(p, seq);

	if (i == p->n || p->at[i].seq != seq)
		return false;
	p->met += !p->at[i].met;
	p->at[i].met = true;
	return true;
}

void
partly_delivered(struct partly *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (!p->at[i].met)
			p->at[n++] = p->at[i];
	p->n = n;
	p->met = 0;
}

void
partly_failed(struct partly *p)
{
	for (size_t i = 0; i < p->n; i++)
		p->at[i].met = false;
	p->met = 0;
}

static bool
make_room(struct partly *p)
{
	size_t room = p->room > 0 ? 2 * p->room : 64;
	struct partly_entry *more;

	if (p->n < p->room)
		return true;
	more = realloc(p->at, room * sizeof(*more));
	if (more == NULL)
		return false;
	p->at = more;
	p->room = room;
	return true;
}

void
partly_add(struct partly *p, uint64_t seq)
{
	size_t i;

	if (p->n == p->most)
		memmove(&p->at[0], &p->at[1], --p->n * sizeof(p->at[0]));
	i = place_of(p, seq);
	if ((i < p->n && p->at[i].seq == seq) || !make_room(p))
		return;
	memmove(&p->at[i + 1], &p->at[i], (p->n - i) * sizeof(p->at[0]));
	p->at[i] = (struct partly_entry){ .seq = seq };
	p->n++;
}
