#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notice_json.h"

#define MODE_FILE	0640
#define LINE_MAX_BYTES	8192
#define LOOK_BACK	(1 << 20)	/* bytes: where a receipt is looked for */

/* Messages as JSON lines at the end of a file: for who sends them on by himself,
 * for demonstrations and tests. */
struct file_conf {
	const char	*path;
};

struct file_way {
	const char	*path;
	int		 fd;
};

static void
refuse(struct way_result *r, const char *what, const char *path)
{
	r->outcome = WAY_REFUSED;
	snprintf(r->why, sizeof(r->why), "%s %.100s: %s", what, path, strerrordesc_np(errno));
}

static int
file_open(void *self, const struct way_env *env, char *why, size_t n)
{
	struct file_way *f = self;
	struct stat st;

	f->path = ((const struct file_conf *)env->conf->own)->path;
	f->fd = open(f->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, MODE_FILE);
	if (f->fd < 0) {
		snprintf(why, n, "cannot open %.100s: %s", f->path, strerrordesc_np(errno));
		return -1;
	}
	if (fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	snprintf(why, n, "%.100s is not a regular file", f->path);
	close(f->fd);
	return -1;
}

/* Somebody's log rotation may have taken it away. */
static int
same_file(struct file_way *f)
{
	struct stat there, mine;
	int fd;

	if (stat(f->path, &there) == 0 && fstat(f->fd, &mine) == 0 &&
	    there.st_ino == mine.st_ino && there.st_dev == mine.st_dev)
		return 0;
	fd = open(f->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, MODE_FILE);
	if (fd < 0)
		return -1;
	close(f->fd);
	f->fd = fd;
	return 0;
}

/* A crash may have left half a line behind, which the next would be glued to. */
static int
end_line(struct file_way *f, off_t size)
{
	char last;

	if (size == 0 || (pread(f->fd, &last, 1, size - 1) == 1 && last == '\n'))
		return 0;
	return write(f->fd, "\n", 1) == 1 ? 0 : -1;
}

/* Whole or not at all, as far as the disk lets us. */
static int
append(struct file_way *f, const uint8_t *at, size_t n)
{
	struct stat st;
	ssize_t k;
	int error;

	if (fstat(f->fd, &st) < 0 || end_line(f, st.st_size) < 0)
		return -1;
	k = write(f->fd, at, n);
	if (k == (ssize_t)n && fdatasync(f->fd) == 0)
		return 0;
	error = k >= 0 && k < (ssize_t)n ? ENOSPC : errno;
	if (ftruncate(f->fd, st.st_size) < 0)
		error = errno;
	errno = error;
	return -1;
}

static void
file_send(void *self, const struct notice *m, struct way_result *r)
{
	struct file_way *f = self;
	uint8_t line[LINE_MAX_BYTES];
	struct buf out = { .at = line, .cap = sizeof(line) };

	if (notice_json(&out, m))
		buf_put8(&out, '\n');
	else
		out.bad = true;
	if (out.bad) {
		r->outcome = WAY_REFUSED;
		r->for_good = true;
		snprintf(r->why, sizeof(r->why), "too long");
		return;
	}
	if (same_file(f) < 0) {
		refuse(r, "cannot open", f->path);
		return;
	}
	flock(f->fd, LOCK_EX);		/* the other lanes */
	if (append(f, out.at, out.len) < 0)
		refuse(r, "cannot write", f->path);
	else
		r->outcome = WAY_DELIVERED;
	flock(f->fd, LOCK_UN);
	snprintf(r->provider, sizeof(r->provider), "%s", m->id);
}

/* Is a line with the id among the last ones? */
static bool
has_id(int fd, const char *id)
{
	static const char begin[] = "{\"id\":\"";
	char room[65536 + 128], wanted[128];
	struct stat st;
	off_t from;

	snprintf(wanted, sizeof(wanted), "%s%s\",", begin, id);
	if (fstat(fd, &st) < 0)
		return false;
	from = st.st_size > LOOK_BACK ? st.st_size - LOOK_BACK : 0;
	for (; from < st.st_size; from += 65536) {	/* a line may lie across */
		ssize_t n = pread(fd, room, sizeof(room), from);

		if (n > 0 && memmem(room, (size_t)n, wanted, strlen(wanted)) != NULL)
			return true;
	}
	return false;
}

static void
file_receipt(void *self, const struct notice *m, const char *provider, struct way_result *r)
{
	struct file_way *f = self;

	(void)provider;
	if (same_file(f) < 0) {
		refuse(r, "cannot open", f->path);
		r->outcome = WAY_UNKNOWN;
		return;
	}
	r->outcome = has_id(f->fd, m->id) ? WAY_DELIVERED : WAY_REFUSED;
	if (r->outcome == WAY_REFUSED)
		snprintf(r->why, sizeof(r->why), "it is not in the file");
}

static void
file_close(void *self)
{
	struct file_way *f = self;

	close(f->fd);
}

static int
file_check(const struct way_conf *conf, struct errs *errs)
{
	const struct file_conf *f = conf->own;

	if (f->path[0] == '/' && f->path[strlen(f->path) - 1] != '/')
		return 0;
	return err_add(errs, conf->place.file, conf->place.line,
	    "%s: path \"%s\" must begin with / and name a file", conf->name, f->path);
}

static const struct key file_keys[] = {
	{ .name = "path", .type = KEY_STRING, .offset = offsetof(struct file_conf, path),
	  .example = "\"/var/lib/tidegate/messages.jsonl\"",
	  .help = "The file that gets one JSON object for each message." },
	{ .name = NULL }
};

const struct way_kind file_way = {
	.name = "file",
	.keys = file_keys,
	.conf_size = sizeof(struct file_conf),
	.check = file_check,
	.address = WAY_TO_NAME,
	.form = WAY_FORM_SHORT,
	.lanes = 1,
	.lanes_max = 16,
	.size = sizeof(struct file_way),
	.open = file_open,
	.send = file_send,
	.receipt = file_receipt,
	.close = file_close,
};
