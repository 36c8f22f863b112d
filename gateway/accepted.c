#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "../protocols/buf.h"
#include "accepted.h"
#include "room.h"

/* Two places for a text, in memory that is not there before it is written; a
 * head says which of them holds.  It is written at once and last: whoever dies
 * before leaves the one before in force. */
#define PLACE(i)	((off_t)((i) + 1) << 30)

struct head {
	uint64_t	turn, bytes;	/* bytes 0: there is none */
};

static off_t
place_of(const struct head *head)
{
	return PLACE(head->turn & 1);
}

int
accepted_open(struct accepted *a)
{
	a->fd = memfd_create("tidegate configuration", MFD_CLOEXEC);
	a->told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return a->fd < 0 || a->told < 0 ? -1 : 0;
}

static struct head
head_of(const struct accepted *a)
{
	struct head head;

	if (pread(a->fd, &head, sizeof(head), 0) != sizeof(head))
		return (struct head){ 0 };
	return head;
}

bool
accepted_any(const struct accepted *a)
{
	return head_of(a).bytes > 0;
}

static void
put_text(struct buf *b, const char *text, size_t n)
{
	buf_putle32(b, (uint32_t)n);
	buf_putbytes(b, text, n);
}

static size_t
room_of(const struct config *c)
{
	const struct gateway_conf *g = &c->gateway;
	size_t n = 256 + strlen(g->id) + strlen(g->zone) + strlen(g->control) +
	    strlen(g->store.dir);

	for (size_t i = 0; i < c->nfiles; i++)
		n += 8 + strlen(c->files[i]->path) + c->files[i]->len;
	return n;
}

static void
write_all(struct buf *b, const struct config *c)
{
	const struct gateway_conf *g = &c->gateway;
	const char *texts[] = { g->id, g->zone, g->control, g->store.dir };
	const int64_t figures[] = { g->store.cap, g->store.age, g->store.commit, g->store.buffer };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		put_text(b, texts[i], strlen(texts[i]));
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		buf_putle64(b, (uint64_t)figures[i]);
	buf_putle32(b, (uint32_t)c->nfiles);
	for (size_t i = 0; i < c->nfiles; i++) {
		put_text(b, c->files[i]->path, strlen(c->files[i]->path));
		put_text(b, c->files[i]->text, c->files[i]->len);
	}
}

static int
put_bytes(int fd, const uint8_t *at, size_t n, off_t to)
{
	while (n > 0) {
		ssize_t put = pwrite(fd, at, n, to);

		if (put < 0 && errno != EINTR)
			return -1;
		if (put < 0)
			continue;
		at += put;
		to += put;
		n -= (size_t)put;
	}
	return 0;
}

int
accepted_put(const struct accepted *a, const struct config *c)
{
	struct head was = head_of(a), head = { .turn = was.turn + 1 };
	struct buf b = { .cap = room_of(c) };
	const uint64_t one = 1;
	int rc;

	b.at = room_for(b.cap, 1);
	write_all(&b, c);
	head.bytes = b.len;
	rc = b.bad ? -1 : put_bytes(a->fd, b.at, b.len, place_of(&head));
	free(b.at);
	if (rc < 0 || pwrite(a->fd, &head, sizeof(head), 0) != sizeof(head))
		return -1;
	if (was.bytes > 0)
		fallocate(a->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, place_of(&was),
		    (off_t)was.bytes);
	return write(a->told, &one, sizeof(one)) == sizeof(one) || errno == EAGAIN ? 0 : -1;
}

/* NUL-ended in the arena; NULL: there is no room. */
static const char *
take_text(struct buf *b, struct arena *arena, size_t *n)
{
	const uint8_t *at;

	*n = buf_le32(b);
	at = buf_bytes(b, *n);
	return at != NULL ? arena_text(arena, (const char *)at, *n) : NULL;
}

/* What only a start takes up, as it was then. */
static bool
take_settings(struct buf *b, struct gateway_conf *g, struct arena *arena)
{
	const char **texts[] = { &g->id, &g->zone, &g->control, &g->store.dir };
	int64_t *figures[] = { &g->store.cap, &g->store.age, &g->store.commit,
	    &g->store.buffer };
	size_t n;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if ((*texts[i] = take_text(b, arena, &n)) == NULL)
			return false;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		*figures[i] = (int64_t)buf_le64(b);
	return true;
}

/* Every file, its texts in place: each stands behind the other. */
static struct tree_file *
take_files(struct buf *b, struct arena *arena, size_t *n)
{
	struct tree_file *files;
	size_t len;

	*n = buf_le32(b);
	files = b->bad ? NULL : arena_alloc(arena, (*n + 1) * sizeof(*files));
	for (size_t i = 0; files != NULL && i < *n; i++) {
		files[i].path = take_text(b, arena, &len);
		files[i].text = take_text(b, arena, &files[i].len);
		if (files[i].path == NULL || files[i].text == NULL)
			return NULL;
	}
	return files;
}

static struct config *
read_from(struct buf *b, struct errs *errs)
{
	struct arena arena = config_arena();
	struct gateway_conf held = { .id = NULL };
	struct tree_files files = { .at = NULL };
	struct config *c = NULL;

	if (arena.at != NULL && take_settings(b, &held, &arena))
		files.at = take_files(b, &arena, &files.n);
	if (files.at != NULL && files.n > 0)
		c = config_read_files(&files, &held, errs);
	else
		err_add(errs, "", 0, "there is no memory to read it");
	if (arena.at != NULL)
		munmap(arena.at, arena.cap);
	return c;
}

/* The bytes that were read; at is the caller's. */
static struct buf
take_bytes(const struct accepted *a, const struct head *head)
{
	struct buf b = { .at = room_for(head->bytes, 1), .cap = head->bytes };
	ssize_t n;

	while (b.len < b.cap && (n = pread(a->fd, b.at + b.len, b.cap - b.len,
	    place_of(head) + (off_t)b.len)) > 0)
		b.len += (size_t)n;
	return b;
}

/* While it is read, one more may be accepted and its place given back: what was
 * read is nothing then, and the newer one is read. */
static struct buf
take_newest(const struct accepted *a)
{
	struct head head = head_of(a), now;
	struct buf b = take_bytes(a, &head);

	while (now = head_of(a), now.turn != head.turn) {
		free(b.at);
		head = now;
		b = take_bytes(a, &head);
	}
	return b;
}

struct config *
accepted_read(const struct accepted *a, struct errs *errs)
{
	struct buf b = take_newest(a);
	struct config *c = NULL;

	if (b.len == b.cap)
		c = read_from(&b, errs);
	else
		err_add(errs, "", 0, "cannot be read: %s", strerrordesc_np(errno));
	free(b.at);
	return c;
}

static bool
is_still(const struct tree_file *file)
{
	char bytes[4096];
	size_t at = 0;
	ssize_t n = 0;
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return false;
	while (at <= file->len && (n = read(fd, bytes, sizeof(bytes))) > 0 &&
	    (size_t)n <= file->len - at && memcmp(bytes, file->text + at, (size_t)n) == 0)
		at += (size_t)n;
	close(fd);
	return n == 0 && at == file->len;
}

const char *
accepted_differs(const struct config *c)
{
	for (size_t i = 0; i < c->nfiles; i++)
		if (!is_still(c->files[i]))
			return c->files[i]->path;
	return NULL;
}
