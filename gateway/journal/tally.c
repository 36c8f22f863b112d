#include <fcntl.h>
#include <stdlib.h>

#include "../room.h"
#include "listing.h"
#include "scan.h"
#include "tally.h"

struct count {
	const struct disk *disk;
	uint64_t	 from, to;	/* what is left to be counted */
	uint64_t	 n;
	struct codec	*codec;
	struct scan	*scan;
};

/* Numbers of a segment from this one on. */
static uint64_t
numbers_from(struct count *c, int fd, const struct segment_head *h, uint64_t from)
{
	scan_segment(c->disk, fd, h, from, c->codec, c->scan);
	return c->scan->foot.count + c->scan->restated;
}

/* A number that a flush which failed left behind stands in the next segment
 * once more: what was counted is not counted again. */
static void
count_segment(struct count *c, int fd, const struct segment_head *h)
{
	struct segment_foot foot;
	bool sealed = segment_read_foot(c->disk, fd, h, &foot);
	uint64_t last;

	if (h->prev >= c->to || (sealed && foot.last < c->from))
		return;
	if (sealed && h->lane == LANE_TELEMETRY && h->prev + 1 >= c->from && foot.last <= c->to) {
		c->n += foot.count;
		c->from = foot.last + 1;
		return;
	}
	c->n += numbers_from(c, fd, h, c->from);
	last = c->scan->foot.last;
	if (last > c->to)
		c->n -= numbers_from(c, fd, h, c->to + 1);
	if (last >= c->from)
		c->from = last + 1;
}

static void
look_into(struct count *c, enum lane lane, uint64_t generation)
{
	struct segment_head head;
	char name[SEGMENT_NAME];
	int fd = c->disk->open(c->disk->ctx, segment_name(name, NAME_SEGMENT, lane, generation),
	    O_RDONLY);

	if (fd < 0)
		return;
	if (segment_read_head(c->disk, fd, &head) == HEAD_FINE &&
	    head.generation == generation && head.lane == lane)
		count_segment(c, fd, &head);
	c->disk->close(c->disk->ctx, fd);
}

uint64_t
tally(const struct disk *disk, enum lane lane, uint64_t from, uint64_t to)
{
	struct count c = { .disk = disk, .from = from, .to = to };
	struct listing l = { .n = 0 };

	c.codec = room_for(1, sizeof(*c.codec));
	c.scan = room_for(1, sizeof(*c.scan));
	if (listing_read(&l, disk, lane) == 0)
		for (size_t i = 0; i < l.n && c.from <= c.to; i++)
			look_into(&c, lane, l.generations[i]);
	listing_free(&l);
	free(c.codec);
	free(c.scan);
	return c.n;
}
