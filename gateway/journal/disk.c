#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../room.h"
#include "disk.h"

#define LOCK	"lock"

struct folder {
	struct disk	disk;
	int		fd, lock;
};

static int
folder_open(void *ctx, const char *name, int flags)
{
	struct folder *f = ctx;

	return openat(f->fd, name, flags | O_CLOEXEC | O_NOFOLLOW, 0640);
}

static void
folder_close(void *ctx, int fd)
{
	(void)ctx;
	close(fd);
}

/* Goes on after signals and short counts; what it got before an error counts. */
static ssize_t
folder_pread(void *ctx, int fd, void *to, size_t n, off_t at)
{
	size_t done = 0;
	ssize_t got;

	(void)ctx;
	while (done < n) {
		got = pread(fd, (char *)to + done, n - done, at + (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

static ssize_t
folder_pwrite(void *ctx, int fd, const void *from, size_t n, off_t at)
{
	size_t done = 0;
	ssize_t put;

	(void)ctx;
	while (done < n) {
		put = pwrite(fd, (const char *)from + done, n - done, at + (off_t)done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		done += (size_t)put;
	}
	return (ssize_t)done;
}

static int
folder_sync(void *ctx, int fd)
{
	(void)ctx;
	return fdatasync(fd);
}

/* Written with zeros, not only reserved: else each first write of a block
 * would change the file's map and cost a commit of the file system. */
static int
folder_allocate(void *ctx, int fd, off_t size)
{
	static const char zeros[65536];

	for (off_t at = 0; at < size; at += (off_t)sizeof(zeros)) {
		size_t n = size - at < (off_t)sizeof(zeros) ? (size_t)(size - at) : sizeof(zeros);

		if (folder_pwrite(ctx, fd, zeros, n, at) < 0)
			return -1;
	}
	return fsync(fd);
}

static int
folder_reserve(void *ctx, int fd, off_t upto)
{
	(void)ctx;
	return fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, upto);
}

static off_t
folder_size(void *ctx, int fd)
{
	struct stat st;

	(void)ctx;
	return fstat(fd, &st) == 0 ? st.st_size : -1;
}

static int
folder_rename(void *ctx, const char *from, const char *to)
{
	struct folder *f = ctx;

	return renameat(f->fd, from, f->fd, to);
}

static int
folder_unlink(void *ctx, const char *name)
{
	struct folder *f = ctx;

	return unlinkat(f->fd, name, 0);
}

static int
folder_sync_dir(void *ctx)
{
	struct folder *f = ctx;

	return fsync(f->fd);
}

static int
folder_list(void *ctx, void (*each)(void *, const char *name), void *arg)
{
	struct folder *f = ctx;
	int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int error;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0)
		if (entry->d_name[0] != '.')
			each(arg, entry->d_name);
	error = errno;
	closedir(dir);
	errno = error;
	return error == 0 ? 0 : -1;
}

static const struct disk folder_disk = {
	.open = folder_open,
	.close = folder_close,
	.pread = folder_pread,
	.pwrite = folder_pwrite,
	.sync = folder_sync,
	.allocate = folder_allocate,
	.reserve = folder_reserve,
	.size = folder_size,
	.rename = folder_rename,
	.unlink = folder_unlink,
	.sync_dir = folder_sync_dir,
	.list = folder_list,
};

static int
lock_folder(struct folder *f)
{
	f->lock = openat(f->fd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	return f->lock < 0 ? -1 : flock(f->lock, LOCK_EX | LOCK_NB);
}

/* What a folder holds is found after a loss of power if its own name is.  A
 * parent that may be entered and not read was made by somebody else, and some
 * file systems have nothing to flush. */
static int
sync_parent(const char *path)
{
	char parent[PATH_MAX];
	int fd, rc;

	snprintf(parent, sizeof(parent), "%s", path);
	fd = open(dirname(parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES ? 0 : -1;
	rc = fsync(fd) == 0 || errno == EINVAL || errno == EROFS ? 0 : -1;
	close(fd);
	return rc;
}

static int
make_one(const char *path, mode_t mode)
{
	if (mkdir(path, mode) != 0)
		return errno == EEXIST ? 0 : -1;
	return sync_parent(path);
}

/* The folders on the way too, as users expect it. */
static int
make_folder(const char *path)
{
	char part[PATH_MAX];

	for (const char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		if (make_one(part, 0755) != 0)
			return -1;
	}
	/* also when it is there: a start that was cut short may have made it */
	return make_one(path, 0750) != 0 ? -1 : sync_parent(path);
}

struct disk *
disk_folder(const char *path, bool locked)
{
	struct folder *f = room_for(1, sizeof(*f));
	int error;

	f->disk = folder_disk;
	f->disk.ctx = f;
	f->fd = f->lock = -1;
	if (locked && make_folder(path) != 0)
		goto fail;
	f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd < 0 || (locked && lock_folder(f) != 0))
		goto fail;
	return &f->disk;
fail:
	error = errno;
	disk_close(&f->disk);
	errno = error;
	return NULL;
}

void
disk_close(struct disk *disk)
{
	struct folder *f = disk->ctx;

	if (f->lock >= 0)
		close(f->lock);
	if (f->fd >= 0)
		close(f->fd);
	free(f);
}

void
disk_sign(const struct disk *disk, pid_t pid)
{
	const struct folder *f = disk->ctx;
	char text[24];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)pid);

	if (pwrite(f->lock, text, (size_t)n, 0) == n && ftruncate(f->lock, n) < 0)
		return;
}

pid_t
disk_holder(const char *path)
{
	char name[PATH_MAX], text[24] = "";
	pid_t pid;
	int fd;

	if (snprintf(name, sizeof(name), "%s/" LOCK, path) >= (int)sizeof(name))
		return 0;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	pid = (pid_t)strtol(text, NULL, 10);
	return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM) ? pid : 0;
}

bool
disk_taken_away(const struct disk *disk, const char *path)
{
	const struct folder *f = disk->ctx;
	struct stat there, mine, lock;

	if (f->lock >= 0 && fstat(f->lock, &lock) == 0 && lock.st_nlink == 0)
		return true;
	if (stat(path, &there) < 0)
		return errno == ENOENT || errno == ENOTDIR;
	return fstat(f->fd, &mine) == 0 &&
	    (there.st_ino != mine.st_ino || there.st_dev != mine.st_dev);
}
