#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../protocols/buf.h"
#include "../journal/crc32c.h"
#include "sent.h"

#define RECORD	32		/* bytes on disk; none goes over the end of a sector */
#define RECORDS	2048		/* far more than go out until a cursor is saved */
#define SUMMED	(RECORD - 4)

struct ring_record {
	uint64_t		serial;		/* 0: free */
	struct sent_batch	batch;
	bool			written;
};

struct sent {
	const struct disk	*disk;
	int			 fd;
	uint64_t		 store, serial;	/* of the newest */
	struct ring_record		 records[RECORDS];
};

/* The store is part of the sum and not of the record. */
static uint32_t
sum_of(const struct sent *s, const uint8_t *record)
{
	uint8_t bytes[8];
	struct buf b = { .at = bytes, .cap = sizeof(bytes) };

	buf_putle64(&b, s->store);
	return crc32c(crc32c(0, bytes, sizeof(bytes)), record, SUMMED);
}

/* False: free, torn, or of another store. */
static bool
decode(const struct sent *s, uint8_t *bytes, struct ring_record *r)
{
	struct buf b = { .at = bytes, .len = RECORD, .cap = RECORD };
	uint32_t stream;

	r->serial = buf_le64(&b);
	r->batch.first = buf_le64(&b);
	r->batch.last = buf_le64(&b);
	stream = buf_le32(&b);
	r->batch.stream = stream < STREAMS ? (enum stream)stream : STREAM_LIVE;
	r->written = true;
	return buf_le32(&b) == sum_of(s, bytes) && r->serial != 0 && stream < STREAMS;
}

static void
encode(const struct sent *s, const struct ring_record *r, uint8_t *bytes)
{
	struct buf b = { .at = bytes, .cap = RECORD };

	buf_putle64(&b, r->serial);
	buf_putle64(&b, r->batch.first);
	buf_putle64(&b, r->batch.last);
	buf_putle32(&b, (uint32_t)r->batch.stream);
	buf_putle32(&b, sum_of(s, bytes));
}

static int
load(struct sent *s)
{
	const size_t n = (size_t)RECORD * RECORDS;
	uint8_t *bytes = malloc(n);
	ssize_t got = bytes != NULL ? s->disk->pread(s->disk->ctx, s->fd, bytes, n, 0) : -1;

	for (size_t i = 0; got > 0 && i < (size_t)got / RECORD; i++) {
		struct ring_record r;

		if (!decode(s, bytes + i * RECORD, &r))
			continue;
		s->records[i] = r;
		if (r.serial > s->serial)
			s->serial = r.serial;
	}
	free(bytes);
	return got < 0 ? -1 : 0;
}

struct sent *
sent_open(const struct disk *disk, const char *uplink, uint64_t store)
{
	struct sent *s = calloc(1, sizeof(*s));
	char name[80];
	off_t size = -1;

	if (s == NULL)
		return NULL;
	/* '/' is no part of a file's name, and '.' none of an uplink's */
	snprintf(name, sizeof(name), "sent-%s", uplink);
	for (char *c = name; *c != '\0'; c++)
		if (*c == '/')
			*c = '.';
	s->disk = disk;
	s->store = store;
	s->fd = disk->open(disk->ctx, name, O_RDWR | O_CREAT);
	if (s->fd >= 0)
		size = disk->size(disk->ctx, s->fd);
	/* with its place, so that a full disk refuses no record */
	if (size >= 0 && size < (off_t)RECORD * RECORDS &&
	    (disk->allocate(disk->ctx, s->fd, (off_t)RECORD * RECORDS) < 0 ||
	    disk->sync_dir(disk->ctx) < 0))
		size = -1;
	if (size >= 0 && load(s) == 0)
		return s;
	sent_close(s);
	return NULL;
}

void
sent_close(struct sent *s)
{
	int error = errno;

	if (s == NULL)
		return;
	if (s->fd >= 0)
		s->disk->close(s->disk->ctx, s->fd);
	free(s);
	errno = error;
}

static const struct ring_record *
find(const struct sent *s, uint64_t first)
{
	for (size_t i = 0; i < RECORDS; i++)
		if (s->records[i].serial != 0 && s->records[i].batch.first == first)
			return &s->records[i];
	return NULL;
}

const struct sent_batch *
sent_find(const struct sent *s, uint64_t first)
{
	const struct ring_record *r = find(s, first);

	return r != NULL ? &r->batch : NULL;
}

int
sent_note(struct sent *s, const struct sent_batch *b)
{
	const struct ring_record *old = find(s, b->first);
	size_t at = old != NULL ? (size_t)(old - s->records) : (size_t)(s->serial % RECORDS);
	struct ring_record *r = &s->records[at];
	uint8_t bytes[RECORD];

	if (old != NULL && old->written && old->batch.last == b->last &&
	    old->batch.stream == b->stream)
		return 0;
	if (old == NULL)
		s->serial++;
	*r = (struct ring_record){ .serial = s->serial, .batch = *b };
	encode(s, r, bytes);
	if (s->disk->pwrite(s->disk->ctx, s->fd, bytes, RECORD, (off_t)at * RECORD) != RECORD ||
	    s->disk->sync(s->disk->ctx, s->fd) < 0)
		return -1;
	r->written = true;
	return 0;
}
