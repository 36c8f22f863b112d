#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "crc32c.h"
#include "layout.h"
#include "names_copy.h"

#define RECORD	NAMES_RECORD

const char names_magic[8] = "tidename";

void
names_seal(uint8_t *r)
{
	put_le(r, crc32c(0, r + 4, RECORD - 4), 4);
}

static bool
sealed(const uint8_t *r)
{
	return get_le(r, 4) == crc32c(0, r + 4, RECORD - 4);
}

static bool
blank(const uint8_t *b, size_t n)
{
	return n == 0 || (b[0] == 0 && memcmp(b, b + 1, n - 1) == 0);
}

static void
give_up(struct names_copy *c)
{
	c->unread = c->hurt = true;
	c->head = false;
	c->records = c->have = 0;
}

/* For a bad moment of the device. */
static ssize_t
read_twice(struct names_copy *c, off_t at)
{
	ssize_t n = c->disk->pread(c->disk->ctx, c->fd, c->window, sizeof(c->window), at);

	return n >= 0 ? n :
	    c->disk->pread(c->disk->ctx, c->fd, c->window, sizeof(c->window), at);
}

/* A file that ends before it should has what was read. */
static void
fill(struct names_copy *c, uint32_t first)
{
	ssize_t n = read_twice(c, (off_t)first * RECORD);

	if (n < 0) {
		give_up(c);
		return;
	}
	c->first = first;
	c->have = (uint32_t)n / RECORD;
	if (c->have < NAMES_WINDOW && first + c->have < c->records)
		c->records = first + c->have;
}

const uint8_t *
names_copy_at(struct names_copy *c, uint32_t id)
{
	if (id >= c->records)
		return NULL;
	if (id < c->first || id >= c->first + c->have)
		fill(c, id);
	return id < c->records ? c->window + (size_t)(id - c->first) * RECORD : NULL;
}

bool
names_copy_has(struct names_copy *c, uint32_t id)
{
	const uint8_t *r = names_copy_at(c, id);

	return r != NULL && sealed(r) && get_le(r + 4, 4) == id;
}

bool
names_copy_touched(struct names_copy *c, uint32_t id)
{
	const uint8_t *r = names_copy_at(c, id);

	return r != NULL && !blank(r, RECORD);
}

/* Up to its end, which may be in the middle of a record. */
static bool
anything(struct names_copy *c, off_t size)
{
	for (off_t at = 0; at < size; at += (off_t)sizeof(c->window)) {
		ssize_t n = read_twice(c, at);

		c->have = 0;
		if (n < 0)
			give_up(c);
		if (n <= 0)
			return c->unread;
		if (!blank(c->window, (size_t)n))
			return true;
	}
	return false;
}

static void
look_at_head(struct names_copy *c, off_t size)
{
	const uint8_t *r = names_copy_at(c, 0);

	if (c->unread)
		return;
	if (r == NULL || memcmp(r + 4, names_magic, 8) != 0 || !sealed(r)) {
		c->hurt = anything(c, size);
		return;
	}
	c->newer = get_le(r + 12, 2) != FORMAT_VERSION;
	c->store = get_le(r + 16, 8);
	c->head = true;
}

int
names_copy_open(struct names_copy *c, const struct disk *disk, const char *name)
{
	off_t size;

	memset(c, 0, offsetof(struct names_copy, window));
	c->disk = disk;
	c->fd = disk->open(disk->ctx, name, O_RDONLY);
	if (c->fd < 0)
		return errno == ENOENT ? 0 : -1;
	size = disk->size(disk->ctx, c->fd);
	if (size < 0)
		give_up(c);
	else
		c->records = size / RECORD < NAMES_MOST ? (uint32_t)(size / RECORD) : NAMES_MOST;
	look_at_head(c, size);
	return 0;
}

void
names_copy_close(struct names_copy *c)
{
	if (c->fd >= 0)
		c->disk->close(c->disk->ctx, c->fd);
	c->fd = -1;
}
