#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../check.h"
#include "faulty.h"

static bool
refused(struct faulty *f, enum faulty_op op)
{
	f->calls[op]++;
	if (f->times == 0 || op != f->op || (f->nth > 1 && f->nth--))
		return false;
	f->times--;
	errno = f->error;
	return true;
}

static int
f_open(void *ctx, const char *name, int flags)
{
	struct faulty *f = ctx;

	return refused(f, ON_OPEN) ? -1 : f->under->open(f->under->ctx, name, flags);
}

static void
f_close(void *ctx, int fd)
{
	struct faulty *f = ctx;

	f->under->close(f->under->ctx, fd);
}

static ssize_t
f_pread(void *ctx, int fd, void *to, size_t n, off_t at)
{
	struct faulty *f = ctx;

	return refused(f, ON_READ) ? -1 : f->under->pread(f->under->ctx, fd, to, n, at);
}

/* As a disk without a free block does. */
static bool
no_room(const struct faulty *f, int fd, off_t end)
{
	struct stat st;

	if (!f->full)
		return false;
	CHECK(fstat(fd, &st) == 0);
	errno = ENOSPC;
	return end > st.st_size && end > (off_t)st.st_blocks * 512;
}

static ssize_t
f_pwrite(void *ctx, int fd, const void *from, size_t n, off_t at)
{
	struct faulty *f = ctx;

	if (refused(f, ON_WRITE) || no_room(f, fd, at + (off_t)n))
		return -1;
	f->bytes += n;
	return f->under->pwrite(f->under->ctx, fd, from, n, at);
}

static int
f_sync(void *ctx, int fd)
{
	(void)fd;
	return refused(ctx, ON_SYNC) ? -1 : 0;
}

static int
f_allocate(void *ctx, int fd, off_t size)
{
	if (refused(ctx, ON_ALLOCATE) || no_room(ctx, fd, size))
		return -1;
	return ftruncate(fd, size);
}

static int
f_reserve(void *ctx, int fd, off_t upto)
{
	struct faulty *f = ctx;

	return no_room(f, fd, upto) ? -1 : f->under->reserve(f->under->ctx, fd, upto);
}

static off_t
f_size(void *ctx, int fd)
{
	struct faulty *f = ctx;

	return f->under->size(f->under->ctx, fd);
}

static int
f_rename(void *ctx, const char *from, const char *to)
{
	struct faulty *f = ctx;

	return refused(f, ON_RENAME) ? -1 : f->under->rename(f->under->ctx, from, to);
}

static int
f_unlink(void *ctx, const char *name)
{
	struct faulty *f = ctx;

	return refused(f, ON_UNLINK) ? -1 : f->under->unlink(f->under->ctx, name);
}

static int
f_sync_dir(void *ctx)
{
	return refused(ctx, ON_SYNC_DIR) ? -1 : 0;
}

static int
f_list(void *ctx, void (*each)(void *, const char *), void *arg)
{
	struct faulty *f = ctx;

	return f->under->list(f->under->ctx, each, arg);
}

struct faulty *
faulty_new(void)
{
	struct faulty *f = calloc(1, sizeof(*f));

	CHECK(f != NULL);
	strcpy(f->path, "/tmp/tidegate-XXXXXX");
	CHECK(mkdtemp(f->path) != NULL);
	f->under = disk_folder(f->path, true);
	CHECK(f->under != NULL);
	f->disk = (struct disk){ .ctx = f, .open = f_open, .close = f_close, .pread = f_pread,
	    .pwrite = f_pwrite, .sync = f_sync, .allocate = f_allocate,
	    .reserve = f_reserve, .size = f_size, .rename = f_rename, .unlink = f_unlink, .sync_dir = f_sync_dir, .list = f_list };
	return f;
}

static void
remove_one(void *ctx, const char *name)
{
	struct faulty *f = ctx;

	f->under->unlink(f->under->ctx, name);
}

void
faulty_free(struct faulty *f)
{
	f->under->list(f->under->ctx, remove_one, f);
	disk_close(f->under);
	CHECK(rmdir(f->path) == 0);
	free(f);
}

void
faulty_fail(struct faulty *f, enum faulty_op op, unsigned long nth, unsigned long times, int error)
{
	f->op = op;
	f->nth = nth;
	f->times = times;
	f->error = error;
}

void
faulty_poke(struct faulty *f, const char *name, long at, const void *from, size_t n)
{
	int fd = f->under->open(f->under->ctx, name, O_RDWR);

	CHECK(fd >= 0 && f->under->pwrite(f->under->ctx, fd, from, n, at) == (ssize_t)n);
	f->under->close(f->under->ctx, fd);
}

void
faulty_peek(struct faulty *f, const char *name, long at, void *to, size_t n)
{
	int fd = f->under->open(f->under->ctx, name, O_RDONLY);

	CHECK(fd >= 0 && f->under->pread(f->under->ctx, fd, to, n, at) == (ssize_t)n);
	f->under->close(f->under->ctx, fd);
}
