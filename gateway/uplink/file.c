#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "entry_json.h"
#include "reading_json.h"

#define MODE_FILE	0640
#define MODE_FOLDER	0750
#define LOOK_BACK	65536	/* bytes read at once in search of a newline */
#define TORN_MAX	(8 << 20)	/* no line of ours is longer */
#define CHUNK		65536	/* bytes written at once: longer than any line */
#define BATCH		16000	/* entries: as many as one flush may be for */

/* JSON lines in a file that is rotated by size: NAME, NAME.1 (the newest
 * rotated one), NAME.2 ...  Acknowledged means written and flushed.
 *
 * A flush costs as much as thousands of lines, so that a batch is large; it is
 * written piece by piece while it is put, and what it costs of memory is one
 * piece. */
struct file {
	const struct uplink_env	*env;
	int			 fd;		/* -1: to be opened again */
	off_t			 size;		/* flushed, all of it whole lines */
	off_t			 more;		/* written behind it, not flushed */
	struct buf		 out;		/* lines not written yet */
	struct line_parts	 parts;
	bool			 failed;	/* the batch in hand: why */
	char			 why[160];
};

static int
fail(char *why, size_t n, const char *what, const char *path)
{
	snprintf(why, n, "%s %.100s: %s", what, path, strerrordesc_np(errno));
	return -1;
}

/* Every folder on the way to the file, for it may be the first run. */
static int
make_folders(const char *path, char *why, size_t n)
{
	char part[PATH_MAX];

	for (const char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		if (mkdir(part, MODE_FOLDER) < 0 && errno != EEXIST)
			return fail(why, n, "cannot make", part);
	}
	return 0;
}

static int
sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, result;

	snprintf(folder, sizeof(folder), "%.*s", slash != NULL ? (int)(slash - path + 1) : 1,
	    slash != NULL ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	result = fsync(fd);
	close(fd);
	return result;
}

/* Where the last whole line ends; -1: errno, EFBIG when this cannot be a file
 * of lines. */
static off_t
last_line_end(int fd, off_t size)
{
	char room[LOOK_BACK];

	for (off_t end = size; end > 0;) {
		size_t want = end > LOOK_BACK ? LOOK_BACK : (size_t)end;
		ssize_t n = pread(fd, room, want, end - (off_t)want);
		const char *at;

		if (n != (ssize_t)want) {
			errno = n < 0 ? errno : EIO;
			return -1;
		}
		at = memrchr(room, '\n', want);
		if (at != NULL)
			return end - (off_t)want + (at - room) + 1;
		end -= (off_t)want;
		if (size - end > TORN_MAX)
			break;
	}
	if (size <= TORN_MAX)
		return 0;	/* a first line that was torn */
	errno = EFBIG;
	return -1;
}

/* Every line of ours is a JSON object.  What begins otherwise is somebody else's
 * file, and nothing of it may be cut off. */
static bool
looks_ours(int fd, off_t size)
{
	char begin[2];
	size_t n = size < (off_t)sizeof(begin) ? (size_t)size : sizeof(begin);

	return pread(fd, begin, n, 0) == (ssize_t)n && memcmp(begin, "{\"", n) == 0;
}

/* A crash may have left half a line behind. */
static int
repair(struct file *f, const char *path, char *why, size_t n)
{
	struct stat st;
	off_t end;

	if (fstat(f->fd, &st) < 0)
		return fail(why, n, "cannot look at", path);
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, n, "%s is not a regular file", path);
		return -1;
	}
	if (flock(f->fd, LOCK_EX | LOCK_NB) < 0) {
		snprintf(why, n, "%s is being written by somebody else", path);
		return -1;
	}
	errno = EFBIG;
	end = looks_ours(f->fd, st.st_size) ? last_line_end(f->fd, st.st_size) : -1;
	if (end < 0 && errno == EFBIG) {
		snprintf(why, n, "%s is not a file of JSON lines", path);
		return -1;
	}
	if (end < 0)
		return fail(why, n, "cannot read", path);
	if (end < st.st_size && ftruncate(f->fd, end) < 0)
		return fail(why, n, "cannot cut the torn line of", path);
	f->size = end;
	return 0;
}

static void
drop(struct file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static int
file_ready(struct file *f, char *why, size_t n)
{
	const char *path = f->env->conf->path;
	struct stat there, mine;

	/* somebody else's log rotation took the file away */
	if (f->fd >= 0 && (stat(path, &there) < 0 || fstat(f->fd, &mine) < 0 ||
	    there.st_ino != mine.st_ino || there.st_dev != mine.st_dev))
		drop(f);
	if (f->fd >= 0)
		return 0;
	if (make_folders(path, why, n) < 0)
		return -1;
	/* a pipe without a reader must not hold us up */
	f->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, MODE_FILE);
	if (f->fd < 0)
		return fail(why, n, "cannot open", path);
	if (repair(f, path, why, n) == 0) {
		if (sync_folder(path) == 0)
			return 0;
		fail(why, n, "cannot flush the folder of", path);
	}
	drop(f);
	return -1;
}

static void
rotated_name(char *name, size_t n, const char *path, int64_t i)
{
	if (i == 0)
		snprintf(name, n, "%s", path);
	else
		snprintf(name, n, "%s.%lld", path, (long long)i);
}

/* From the oldest, which is overwritten, to the one in use. */
static int
rotate(struct file *f, char *why, size_t n)
{
	const struct uplink_conf *conf = f->env->conf;
	char from[PATH_MAX], to[PATH_MAX];

	for (int64_t i = conf->keep - 1; i >= 0; i--) {
		rotated_name(from, sizeof(from), conf->path, i);
		rotated_name(to, sizeof(to), conf->path, i + 1);
		if (rename(from, to) < 0 && errno != ENOENT)
			return fail(why, n, "cannot rotate", from);
	}
	drop(f);
	return file_ready(f, why, n);
}

static int
write_all(int fd, const uint8_t *at, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, at, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			errno = k < 0 ? errno : ENOSPC;
			return -1;
		}
		at += k;
		n -= (size_t)k;
	}
	return 0;
}

/* All of the batch or, as far as the disk lets us, nothing.  What stays in
 * spite of this is whole lines, sent once more, or one torn line, cut when the
 * file is opened again. */
static int
take_back(struct file *f)
{
	if (f->fd >= 0 && ftruncate(f->fd, f->size) < 0)
		f->size = -1;
	drop(f);
	f->more = 0;
	return -1;
}

static int
flush(struct file *f, char *why, size_t n)
{
	if (fdatasync(f->fd) < 0) {
		fail(why, n, "cannot flush", f->env->conf->path);
		return take_back(f);
	}
	f->size += f->more;
	f->more = 0;
	return 0;
}

static int
make_room(struct file *f, char *why, size_t n)
{
	int64_t limit = f->env->conf->rotate;
	off_t size = f->size + f->more;

	if (limit == 0 || size == 0 || size + (off_t)f->out.len <= limit)
		return 0;
	if (f->more > 0 && flush(f, why, n) < 0)
		return -1;
	return rotate(f, why, n);
}

static int
write_out(struct file *f, char *why, size_t n)
{
	if (f->more == 0 && file_ready(f, why, n) < 0)
		return -1;
	if (make_room(f, why, n) < 0)
		return -1;
	if (write_all(f->fd, f->out.at, f->out.len) < 0) {
		fail(why, n, "cannot write", f->env->conf->path);
		return take_back(f);
	}
	f->more += (off_t)f->out.len;
	return 0;
}

/* Makes room for more of the batch; what is wrong is said when it is sent. */
static void
spill(struct file *f)
{
	if (!f->failed)
		f->failed = write_out(f, f->why, sizeof(f->why)) < 0;
	f->out.len = 0;
}

static int
file_send(void *self, char *why, size_t n)
{
	struct file *f = self;
	bool failed;

	if (f->out.len > 0)
		spill(f);
	failed = f->failed;
	f->failed = false;
	if (failed) {
		snprintf(why, n, "%s", f->why);
		return -1;
	}
	return f->more > 0 ? flush(f, why, n) : 0;
}

static int
file_open(void *self, const struct uplink_env *env, char *why, size_t n)
{
	struct file *f = self;

	f->env = env;
	f->fd = -1;
	f->out.cap = CHUNK;
	f->out.at = malloc(f->out.cap);
	if (f->out.at == NULL)
		return fail(why, n, "no memory for", env->conf->path);
	if (file_ready(f, why, n) == 0)
		return 0;
	free(f->out.at);
	return -1;
}

static enum put_result
file_put(void *self, const struct entry *e, enum stream stream)
{
	struct file *f = self;

	if (reading_json(&f->parts, &f->out, e, stream, f->env) ||
	    entry_json(&f->out, e, stream, f->env))
		return PUT_TAKEN;
	spill(f);
	return entry_json(&f->out, e, stream, f->env) ? PUT_TAKEN : PUT_FULL;
}

static enum put_result
file_gap(void *self, const struct gap *gap, enum stream stream)
{
	struct file *f = self;

	if (gap_json(&f->out, gap, stream, f->env))
		return PUT_TAKEN;
	spill(f);
	return gap_json(&f->out, gap, stream, f->env) ? PUT_TAKEN : PUT_FULL;
}

static void
file_close(void *self)
{
	struct file *f = self;

	drop(f);
	free(f->out.at);
}

#define AT(field)	offsetof(struct uplink_conf, field)

static const struct key file_keys[] = {
	{ .name = "path", .type = KEY_STRING, .offset = AT(path),
	  .example = "\"/var/lib/tidegate/out.jsonl\"",
	  .help = "The file that gets one JSON object a line; its folder is made." },
	{ .name = "rotate", .type = KEY_SIZE, .offset = AT(rotate), .fallback = "16MB",
	  .max = 1e15, .help = "It is renamed to FILE.1 before it grows larger; 0: never." },
	{ .name = "keep", .type = KEY_INT, .offset = AT(keep), .fallback = "5",
	  .min = 1, .max = 1000, .help = "How many renamed files are kept." },
	{ .name = NULL }
};

const struct uplink file_uplink = {
	.name = "file",
	.keys = file_keys,
	.size = sizeof(struct file),
	.batch = BATCH,
	.open = file_open,
	.put = file_put,
	.send = file_send,
	.close = file_close,
	.gap = file_gap,
};
