#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

static int
find(const struct image *m, const char *name)
{
	for (int i = 0; i < IMAGE_FILES; i++)
		if (strcmp(m->files[i].name, name) == 0)
			return i;
	errno = ENOENT;
	return -1;
}

static int
image_open(void *ctx, const char *name, int flags)
{
	struct image *m = ctx;
	int fd = find(m, name);

	if (fd >= 0 || !(flags & O_CREAT))
		return fd;
	fd = find(m, "");
	if (fd >= 0)
		strncpy(m->files[fd].name, name, IMAGE_NAME - 1);
	return fd;
}

static void
image_close(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
}

static ssize_t
image_pread(void *ctx, int fd, void *to, size_t n, off_t at)
{
	struct image *m = ctx;
	size_t size = m->files[fd].size;

	if ((size_t)at >= size)
		return 0;
	n = n < size - (size_t)at ? n : size - (size_t)at;
	memcpy(to, m->files[fd].bytes + at, n);
	return (ssize_t)n;
}

static void
grow(struct image *m, int fd, size_t size)
{
	if (size <= m->files[fd].size)
		return;
	m->files[fd].bytes = realloc(m->files[fd].bytes, size);
	memset(m->files[fd].bytes + m->files[fd].size, 0, size - m->files[fd].size);
	m->files[fd].size = size;
}

static ssize_t
image_pwrite(void *ctx, int fd, const void *from, size_t n, off_t at)
{
	struct image *m = ctx;

	grow(m, fd, (size_t)at + n);
	memcpy(m->files[fd].bytes + at, from, n);
	return (ssize_t)n;
}

static int
image_sync(void *ctx, int fd)
{
	(void)ctx;
	(void)fd;
	return 0;
}

static int
image_allocate(void *ctx, int fd, off_t size)
{
	grow(ctx, fd, (size_t)size);
	return 0;
}

static off_t
image_size(void *ctx, int fd)
{
	struct image *m = ctx;

	return (off_t)m->files[fd].size;
}

static int
image_unlink(void *ctx, const char *name)
{
	struct image *m = ctx;
	int fd = find(m, name);

	if (fd < 0)
		return -1;
	free(m->files[fd].bytes);
	memset(&m->files[fd], 0, sizeof(m->files[fd]));
	return 0;
}

static int
image_rename(void *ctx, const char *from, const char *to)
{
	struct image *m = ctx;
	int fd = find(m, from);

	if (fd < 0)
		return -1;
	if (find(m, to) >= 0)
		image_unlink(m, to);
	strncpy(m->files[fd].name, to, IMAGE_NAME - 1);
	return 0;
}

static int
image_sync_dir(void *ctx)
{
	(void)ctx;
	return 0;
}

static int
image_list(void *ctx, void (*each)(void *, const char *), void *arg)
{
	struct image *m = ctx;

	for (int i = 0; i < IMAGE_FILES; i++)
		if (m->files[i].name[0] != '\0')
			each(arg, m->files[i].name);
	return 0;
}

void
image_init(struct image *m)
{
	*m = (struct image){ .disk = { .ctx = m, .open = image_open, .close = image_close,
	    .pread = image_pread, .pwrite = image_pwrite, .sync = image_sync,
	    .allocate = image_allocate, .size = image_size, .rename = image_rename,
	    .unlink = image_unlink, .sync_dir = image_sync_dir, .list = image_list } };
}

void
image_copy(struct image *to, const struct image *from)
{
	for (int i = 0; i < IMAGE_FILES; i++) {
		free(to->files[i].bytes);
		to->files[i] = from->files[i];
		if (from->files[i].size == 0)
			continue;
		to->files[i].bytes = malloc(from->files[i].size);
		memcpy(to->files[i].bytes, from->files[i].bytes, from->files[i].size);
	}
}

void
image_poke(struct image *m, size_t file, size_t at, const void *from, size_t n)
{
	file %= IMAGE_FILES;
	if (at < m->files[file].size && n <= m->files[file].size - at)
		memcpy(m->files[file].bytes + at, from, n);
}
