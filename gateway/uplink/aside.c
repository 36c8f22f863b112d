#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "aside.h"

#define PENDING		(32 << 10)
#define FILE_MAX	(1 << 20)

int
aside_open(struct aside *a, const struct disk *disk, const char *uplink)
{
	*a = (struct aside){ .disk = disk, .uplink = uplink, .count = a->count };
	a->pending.cap = PENDING;
	a->pending.at = malloc(PENDING);
	return a->pending.at != NULL ? 0 : -1;
}

void
aside_close(struct aside *a)
{
	free(a->pending.at);
	a->pending.at = NULL;
}

void
aside_add(struct aside *a, const char *why, const void *text, size_t n)
{
	struct buf *b = &a->pending;
	size_t before = b->len;

	a->npending++;
	buf_putbytes(b, "# ", 2);
	for (; *why != '\0'; why++)
		buf_put8(b, *why == '\n' || *why == '\r' ? ' ' : (uint8_t)*why);
	buf_put8(b, '\n');
	buf_putbytes(b, text, n);
	buf_put8(b, '\n');
	if (!b->bad)
		return;
	b->len = before;
	b->bad = false;
}

void
aside_add_one_of(struct aside *a, uint64_t count, const char *why, const void *text, size_t n)
{
	aside_add(a, why, text, n);
	a->npending += count - 1;
}

void
aside_forget(struct aside *a)
{
	a->pending.len = 0;
	a->npending = 0;
}

static void
file_name(const struct aside *a, char *name, size_t n, const char *end)
{
	snprintf(name, n, "%s.rejected%s", a->uplink, end);
	for (; *name != '\0'; name++)
		if (*name == '/')
			*name = '.';
}

static int
append(const struct aside *a)
{
	const struct disk *d = a->disk;
	char name[100], old[100];
	int fd, result = -1;
	off_t size;

	file_name(a, name, sizeof(name), "");
	file_name(a, old, sizeof(old), ".1");
	fd = d->open(d->ctx, name, O_RDWR | O_CREAT);
	if (fd < 0)
		return -1;
	size = d->size(d->ctx, fd);
	if (size + (off_t)a->pending.len > FILE_MAX && d->rename(d->ctx, name, old) == 0) {
		d->close(d->ctx, fd);
		fd = d->open(d->ctx, name, O_RDWR | O_CREAT);
		size = 0;
	}
	if (fd < 0)
		return -1;
	if (size >= 0 && d->pwrite(d->ctx, fd, a->pending.at, a->pending.len, size) ==
	    (ssize_t)a->pending.len && d->sync(d->ctx, fd) == 0)
		result = 0;
	d->close(d->ctx, fd);
	return result;
}

void
aside_keep(struct aside *a)
{
	char name[100];

	if (a->npending == 0)
		return;
	file_name(a, name, sizeof(name), "");
	a->count += a->npending;
	if (append(a) < 0)
		log_warn("uplink %s: %llu refused entries not kept: %s", a->uplink,
		    (unsigned long long)a->npending, strerrordesc_np(errno));
	else
		log_warn("uplink %s: refused: %llu kept in %s beside the store", a->uplink,
		    (unsigned long long)a->npending, name);
	aside_forget(a);
}
