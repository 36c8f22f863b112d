#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "crc32c.h"
#include "segment.h"

static const char magic[8] = "tidegate";
static const char *const lane_names[LANES] = {
	[LANE_TELEMETRY] = "tele", [LANE_ALARM] = "alarm"
};

#define FOOT_MAGIC	0x746f6f66u	/* "foot" */

char *
segment_name(char name[SEGMENT_NAME], enum segment_name what, enum lane lane, uint64_t generation)
{
	if (what == NAME_SPARE)
		snprintf(name, SEGMENT_NAME, "%s-spare-%" PRIx64, lane_names[lane], generation);
	else
		snprintf(name, SEGMENT_NAME, "%s-%016" PRIx64 ".%s", lane_names[lane], generation,
		    what == NAME_BAD ? "bad" : "seg");
	return name;
}

/* Only what segment_name itself would write. */
enum segment_name
segment_parse(const char *name, enum lane *lane, uint64_t *generation)
{
	static const char *const shapes[] = {
		[NAME_SEGMENT] = "-%" SCNx64 ".seg%n",
		[NAME_SPARE] = "-spare-%" SCNx64 "%n",
		[NAME_BAD] = "-%" SCNx64 ".bad%n",
	};
	char again[SEGMENT_NAME];

	for (*lane = 0; *lane < LANES; ++*lane) {
		size_t n = strlen(lane_names[*lane]);

		for (enum segment_name what = NAME_SEGMENT; what <= NAME_BAD; what++) {
			int end = 0;

			if (strncmp(name, lane_names[*lane], n) == 0 &&
			    sscanf(name + n, shapes[what], generation, &end) == 1 && end > 0 &&
			    strcmp(segment_name(again, what, *lane, *generation), name) == 0)
				return what;
		}
	}
	return NAME_OTHER;
}

uint32_t
segment_blocks(enum lane lane)
{
	return lane == LANE_ALARM ? ALARM_BLOCKS : TELEMETRY_BLOCKS;
}

static int
whole(ssize_t n)
{
	if (n == (ssize_t)BLOCK)
		return 0;
	if (n >= 0)
		errno = EIO;
	return -1;
}

/* Tried twice: what one bad moment of the device hides is not damage. */
int
segment_read(const struct disk *d, int fd, uint32_t block, void *to)
{
	if (whole(d->pread(d->ctx, fd, to, BLOCK, (off_t)block * BLOCK)) == 0)
		return 0;
	return whole(d->pread(d->ctx, fd, to, BLOCK, (off_t)block * BLOCK));
}

int
segment_write(const struct disk *d, int fd, uint32_t block, const void *from)
{
	return whole(d->pwrite(d->ctx, fd, from, BLOCK, (off_t)block * BLOCK));
}

static void
head_put(uint8_t *b, const struct segment_head *h)
{
	memset(b, 0, BLOCK);
	memcpy(b + 4, magic, 8);
	put_le(b + 12, FORMAT_VERSION, 2);
	b[14] = (uint8_t)h->lane;
	put_le(b + 16, h->blocks, 4);
	put_le(b + 20, h->series, 4);
	put_le(b + 24, h->store, 8);
	put_le(b + 32, h->generation, 8);
	put_le(b + 40, h->salt, 8);
	put_le(b + 48, h->prev, 8);
	put_le(b + 56, (uint64_t)h->made, 8);
	put_le(b, crc32c(0, b + 4, BLOCK - 4), 4);
}

static bool
all_zero(const uint8_t *b)
{
	return b[0] == 0 && memcmp(b, b + 1, BLOCK - 1) == 0;
}

static enum head_result
head_get(const uint8_t *b, struct segment_head *h)
{
	if (all_zero(b))
		return HEAD_EMPTY;
	if (memcmp(b + 4, magic, 8) != 0 || get_le(b, 4) != crc32c(0, b + 4, BLOCK - 4))
		return HEAD_BAD;
	if (get_le(b + 12, 2) != FORMAT_VERSION)
		return HEAD_NEWER;
	*h = (struct segment_head){
		.lane = b[14],
		.blocks = (uint32_t)get_le(b + 16, 4),
		.series = (uint32_t)get_le(b + 20, 4),
		.store = get_le(b + 24, 8),
		.generation = get_le(b + 32, 8),
		.salt = get_le(b + 40, 8),
		.prev = get_le(b + 48, 8),
		.made = (int64_t)get_le(b + 56, 8),
	};
	if (b[14] >= LANES || h->blocks != segment_blocks(h->lane))
		return HEAD_BAD;
	return HEAD_FINE;
}

enum head_result
segment_read_head(const struct disk *d, int fd, struct segment_head *h)
{
	static const uint32_t places[] = { AT_HEADER, AT_COPY };
	enum head_result worst = HEAD_BAD, found;
	uint8_t b[BLOCK];

	for (size_t i = 0; i < 2; i++) {
		const off_t at = (off_t)places[i] * BLOCK;
		ssize_t n = d->pread(d->ctx, fd, b, BLOCK, at);

		if (n < 0)
			n = d->pread(d->ctx, fd, b, BLOCK, at);
		if (n < 0) {
			worst = HEAD_UNREADABLE;
			continue;
		}
		memset(b + n, 0, BLOCK - (size_t)n);
		found = head_get(b, h);
		if (found == HEAD_FINE || found == HEAD_NEWER)
			return found;
		if (found == HEAD_EMPTY && worst == HEAD_BAD)
			worst = HEAD_EMPTY;
	}
	return worst;
}

int
segment_begin(const struct disk *d, int fd, const struct segment_head *h, uint64_t boot)
{
	struct block_head empty = {
		.prev = h->prev, .last = h->prev, .boot = boot, .wall = h->made
	};
	uint8_t b[BLOCK];

	head_put(b, h);
	if (segment_write(d, fd, AT_HEADER, b) != 0)
		return -1;
	for (; empty.commit < 2; empty.commit++) {
		memset(b, 0, BLOCK);
		block_seal(b, &empty, block_seed(h->salt));
		if (segment_write(d, fd, AT_SLOT + empty.commit, b) != 0)
			return -1;
	}
	head_put(b, h);
	return segment_write(d, fd, AT_COPY, b);
}

bool
segment_read_foot(const struct disk *d, int fd, const struct segment_head *h,
    struct segment_foot *f)
{
	uint8_t b[BLOCK];

	if (segment_read(d, fd, h->blocks - 1, b) != 0 || get_le(b + 4, 4) != FOOT_MAGIC ||
	    get_le(b + 56, 8) != h->generation ||
	    get_le(b, 4) != crc32c(block_seed(h->salt), b + 4, BLOCK - 4))
		return false;
	*f = (struct segment_foot){
		.blocks = (uint32_t)get_le(b + 8, 4),
		.last = get_le(b + 16, 8),
		.count = get_le(b + 24, 8),
		.time_min = (int64_t)get_le(b + 32, 8),
		.time_max = (int64_t)get_le(b + 40, 8),
		.stored = (int64_t)get_le(b + 48, 8),
	};
	return f->blocks <= segment_room(h->blocks);
}

int
segment_write_foot(const struct disk *d, int fd, const struct segment_head *h,
    const struct segment_foot *f)
{
	uint8_t b[BLOCK] = { 0 };

	put_le(b + 4, FOOT_MAGIC, 4);
	put_le(b + 8, f->blocks, 4);
	put_le(b + 16, f->last, 8);
	put_le(b + 24, f->count, 8);
	put_le(b + 32, (uint64_t)f->time_min, 8);
	put_le(b + 40, (uint64_t)f->time_max, 8);
	put_le(b + 48, (uint64_t)f->stored, 8);
	put_le(b + 56, h->generation, 8);
	put_le(b, crc32c(block_seed(h->salt), b + 4, BLOCK - 4), 4);
	return segment_write(d, fd, h->blocks - 1, b);
}
