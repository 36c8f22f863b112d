#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "../room.h"
#include "crc32c.h"
#include "layout.h"
#include "slot.h"

#define HEAD	32u
static const char magic[4] = "slot";

struct slot {
	const struct disk *disk;
	int		 fd;
	uint64_t	 count;		/* of the newest state, 0: none */
	size_t		 size;
	unsigned	 at;		/* which half the newest one is in */
	bool		 named;		/* the file is in the folder for good */
	uint8_t		 state[SLOT_MAX];
};

static bool
sound(const uint8_t *b, uint64_t *count, size_t *size)
{
	if (memcmp(b + 4, magic, 4) != 0 || get_le(b, 4) != crc32c(0, b + 4, BLOCK - 4))
		return false;
	*count = get_le(b + 8, 8);
	*size = get_le(b + 16, 4);
	return *size <= SLOT_MAX;
}

static int
load(struct slot *s)
{
	uint8_t b[BLOCK];
	uint64_t count;
	size_t size;

	for (unsigned i = 0; i < 2; i++) {
		ssize_t n = s->disk->pread(s->disk->ctx, s->fd, b, BLOCK, (off_t)(i * BLOCK));

		if (n < 0)
			return -1;
		if (n < (ssize_t)BLOCK || !sound(b, &count, &size) || count <= s->count)
			continue;
		s->count = count;
		s->size = size;
		s->at = i;
		memcpy(s->state, b + HEAD, size);
	}
	return 0;
}

struct slot *
slot_open(const struct disk *disk, const char *name)
{
	struct slot *s = room_for(1, sizeof(*s));
	int error;

	s->disk = disk;
	s->at = 1;
	s->fd = disk->open(disk->ctx, name, O_RDWR | O_CREAT);
	if (s->fd >= 0 && load(s) == 0) {
		/* a disk that is full later takes both halves all the same */
		if (disk->reserve != NULL)
			disk->reserve(disk->ctx, s->fd, 2 * BLOCK);
		return s;
	}
	error = errno;
	if (s->fd >= 0)
		disk->close(disk->ctx, s->fd);
	free(s);
	errno = error;
	return NULL;
}

void
slot_close(struct slot *s)
{
	s->disk->close(s->disk->ctx, s->fd);
	free(s);
}

size_t
slot_read(const struct slot *s, void *to, size_t n)
{
	if (s->size > 0)
		memcpy(to, s->state, n < s->size ? n : s->size);
	return s->size;
}

static int
store(struct slot *s, unsigned half, const uint8_t *b)
{
	const struct disk *d = s->disk;
	ssize_t n = d->pwrite(d->ctx, s->fd, b, BLOCK, (off_t)(half * BLOCK));

	if (n != (ssize_t)BLOCK) {
		if (n >= 0)
			errno = EIO;
		return -1;
	}
	if (d->sync(d->ctx, s->fd) != 0)
		return -1;
	if (!s->named && d->sync_dir(d->ctx) != 0)
		return -1;
	s->named = true;
	return 0;
}

/* A failed write spoils only the half it was for: the next try goes there
 * again, so that the other keeps the older state. */
int
slot_write(struct slot *s, const void *from, size_t n)
{
	uint8_t b[BLOCK] = { 0 };
	unsigned half = 1 - s->at;

	if (n > SLOT_MAX) {
		errno = EFBIG;
		return -1;
	}
	memcpy(b + 4, magic, 4);
	put_le(b + 8, s->count + 1, 8);
	put_le(b + 16, n, 4);
	memcpy(b + HEAD, from, n);
	put_le(b, crc32c(0, b + 4, BLOCK - 4), 4);
	if (store(s, half, b) != 0)
		return -1;
	s->count++;
	s->at = half;
	s->size = n;
	memcpy(s->state, from, n);
	return 0;
}
