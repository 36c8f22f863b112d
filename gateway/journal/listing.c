#include <stdlib.h>
#include <string.h>

#include "../room.h"
#include "listing.h"
#include "segment.h"

static void
grow(struct listing *l)
{
	uint64_t *more = room_for(l->room * 2 + 64, sizeof(*more));

	if (l->n > 0)
		memcpy(more, l->generations, l->n * sizeof(*more));
	free(l->generations);
	l->generations = more;
	l->room = l->room * 2 + 64;
}

static void
found_name(void *arg, const char *name)
{
	struct listing *l = arg;
	enum lane lane;
	uint64_t generation;
	enum segment_name what = segment_parse(name, &lane, &generation);

	if (what == NAME_BAD && lane == l->lane && generation > l->bad)
		l->bad = generation;
	if (what != NAME_SEGMENT || lane != l->lane)
		return;
	if (l->n == l->room)
		grow(l);
	l->generations[l->n++] = generation;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int
listing_read(struct listing *l, const struct disk *disk, enum lane lane)
{
	l->lane = lane;
	l->n = 0;
	l->bad = 0;
	if (disk->list(disk->ctx, found_name, l) != 0)
		return -1;
	if (l->n > 0)
		qsort(l->generations, l->n, sizeof(*l->generations), by_number);
	return 0;
}

void
listing_free(struct listing *l)
{
	free(l->generations);
}
