#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "../room.h"
#include "dictionary.h"
#include "layout.h"
#include "names_copy.h"
#include "texts.h"

#define RECORD		NAMES_RECORD
#define CHUNK		128u
#define CHUNKS		(NAMES_MOST / CHUNK)	/* 262,144 series */

#define NAME		(NAME_MAX_BYTES - 1u)	/* bytes of a record's texts */
#define WORD		(SERIES_WORD - 1u)

#define STEP		65536	/* bytes of names that have room ahead, at most */
#define AHEAD		16384	/* and at least: 85 of them */

#define BADS_MAX	10u	/* files set aside of each copy; the last is replaced */

static const char *const files[2] = { "series.a", "series.b" };

/* Rows do not move once they are there: the flush reads them while others are
 * added. */
struct dictionary {
	uint64_t	 store;
	uint32_t	 count;		/* the highest number */
	uint32_t	 flushed;	/* up to this one on disk */
	uint32_t	 damaged;
	bool		 sound[2];	/* the file has all it should have */
	bool		 hurt[2];	/* it may have what we do not: kept aside
					 * before it is written anew */
	bool		 unread;	/* the device did not give one of them */
	bool		 named;		/* both are in the folder for good */
	struct series	*chunks[CHUNKS];
	struct texts	 texts;		/* of the rows */
	uint32_t	*buckets;	/* numbers by hash; 0: empty */
	uint32_t	 nbuckets;	/* a power of two; 0: nobody sought a name yet */
};

struct dictionary *
dictionary_new(void)
{
	return room_for(1, sizeof(struct dictionary));
}

void
dictionary_free(struct dictionary *d)
{
	for (size_t i = 0; i < CHUNKS; i++)
		free(d->chunks[i]);
	texts_free(&d->texts);
	free(d->buckets);
	free(d);
}

static struct series *
row(const struct dictionary *d, uint32_t id)
{
	struct series *chunk = d->chunks[id / CHUNK];

	return chunk == NULL ? NULL : &chunk[id % CHUNK];
}

static struct series *
make_row(struct dictionary *d, uint32_t id)
{
	if (d->chunks[id / CHUNK] == NULL)
		d->chunks[id / CHUNK] = room_for(CHUNK, sizeof(struct series));
	return row(d, id);
}

static void
put_head(const struct dictionary *d, uint8_t *r)
{
	memset(r, 0, RECORD);
	memcpy(r + 4, names_magic, 8);
	put_le(r + 12, FORMAT_VERSION, 2);
	put_le(r + 16, d->store, 8);
	names_seal(r);
}

static void
put_text(uint8_t *to, const char *text, size_t n)
{
	memcpy(to, text, strnlen(text, n - 1));
}

static void
put_row(uint8_t *r, const struct series *s)
{
	memset(r, 0, RECORD);
	put_le(r + 4, s->id, 4);
	r[8] = (uint8_t)s->decimals;
	r[9] = s->basis;
	put_text(r + 16, s->unit, SERIES_WORD);
	put_text(r + 32, s->raw, SERIES_WORD);
	put_text(r + 64, s->device, NAME_MAX_BYTES);
	put_text(r + 128, s->point, NAME_MAX_BYTES);
	names_seal(r);
}

static const char *
get_text(struct dictionary *d, const uint8_t *from, size_t n)
{
	char text[NAME_MAX_BYTES];

	memcpy(text, from, n);
	text[n - 1] = '\0';
	return texts_keep(&d->texts, text, n - 1);
}

static void
get_row(struct dictionary *d, const uint8_t *r, uint32_t id)
{
	*make_row(d, id) = (struct series){
		.id = id, .decimals = (int8_t)r[8], .basis = r[9],
		.unit = get_text(d, r + 16, SERIES_WORD), .raw = get_text(d, r + 32, SERIES_WORD),
		.device = get_text(d, r + 64, NAME_MAX_BYTES),
		.point = get_text(d, r + 128, NAME_MAX_BYTES)
	};
}

static uint32_t
hash(const struct series *s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < NAME && s->device[i] != '\0'; i++)
		h = (h ^ (uint8_t)s->device[i]) * 16777619u;
	h = (h ^ '/') * 16777619u;
	for (size_t i = 0; i < NAME && s->point[i] != '\0'; i++)
		h = (h ^ (uint8_t)s->point[i]) * 16777619u;
	return h;
}

/* As far as a record holds them. */
static bool
same(const struct series *a, const struct series *b)
{
	return strncmp(a->device, b->device, NAME) == 0 &&
	    strncmp(a->point, b->point, NAME) == 0 &&
	    strncmp(a->unit, b->unit, WORD) == 0 && strncmp(a->raw, b->raw, WORD) == 0 &&
	    a->decimals == b->decimals && a->basis == b->basis;
}

static void
enter(struct dictionary *d, uint32_t id)
{
	uint32_t i = hash(row(d, id)) & (d->nbuckets - 1);

	while (d->buckets[i] != 0)
		i = (i + 1) & (d->nbuckets - 1);
	d->buckets[i] = id;
}

/* At most four fifths of the buckets are taken. */
static uint32_t
buckets_for(uint32_t ids)
{
	uint32_t n = 512;

	while (n / 5 * 4 <= ids)
		n *= 2;
	return n;
}

/* Who only reads asks by number: an index is made when somebody seeks. */
static void
index_rows(struct dictionary *d)
{
	free(d->buckets);
	d->nbuckets = buckets_for(d->count);
	d->buckets = room_for(d->nbuckets, sizeof(uint32_t));
	for (uint32_t i = 1; i <= d->count; i++)
		if (row(d, i) != NULL && row(d, i)->id == i)
			enter(d, i);
}

static uint32_t
last_sound(struct names_copy *c, uint32_t from)
{
	uint32_t last = 0;

	for (uint32_t id = from; id < c->records; id++)
		last = names_copy_has(c, id) ? id : last;
	return last;
}

/* Takes the rows from this number on.  The first file is whole before the second
 * is begun: what only the first should have may be an unfinished write, never
 * used, and counts up to its first hole.  Else what is missing is damage. */
static void
merge(struct dictionary *d, struct names_copy *a, struct names_copy *b, uint32_t from)
{
	uint32_t n = a->records > b->records ? a->records : b->records;
	uint32_t second = last_sound(b, from);

	d->count = from - 1;
	for (uint32_t id = from; id < n; id++) {
		bool in_a = names_copy_has(a, id), in_b = names_copy_has(b, id);
		bool at_a = names_copy_touched(a, id), at_b = names_copy_touched(b, id);

		if (!in_a && !in_b && b->head && id > second)
			break;
		if (!at_a && !at_b)
			continue;
		d->count = id;
		d->sound[0] &= in_a;
		d->sound[1] &= in_b;
		d->damaged += (!in_a || (!in_b && at_b)) && id <= second;
		if (!in_a && !in_b) {
			d->damaged += id > second && at_a && at_b;
			d->hurt[0] = d->hurt[1] = true;
			continue;
		}
		if (row(d, id) == NULL || row(d, id)->id != id)
			get_row(d, names_copy_at(in_b ? b : a, id), id);
	}
	d->flushed = d->count;
	dictionary_sought(d);		/* of before, if any */
}

/* What the files as such say. */
static void
begin(struct dictionary *d, const struct names_copy c[2])
{
	for (size_t i = 0; i < 2; i++) {
		d->sound[i] = c[i].head;
		d->hurt[i] = c[i].hurt;
		d->unread |= c[i].unread;
	}
	d->store = c[0].head ? c[0].store : c[1].store;
	d->damaged = c[0].head != c[1].head && c[0].records > 1 && c[1].records > 1;
}

/* Anew without a file that the device begins to refuse in the middle. */
static void
read_rows(struct dictionary *d, struct names_copy c[2], uint32_t from)
{
	int refused;

	do {
		refused = c[0].unread + c[1].unread;
		begin(d, c);
		merge(d, &c[0], &c[1], from);
	} while (c[0].unread + c[1].unread != refused);
}

/* -1: errno. */
static int
open_copies(struct names_copy c[2], const struct disk *disk)
{
	int error = 0;

	for (size_t i = 0; i < 2; i++) {
		if (names_copy_open(&c[i], disk, files[i]) != 0 && error == 0)
			error = errno;
		if (c[i].newer)
			error = EPROTO;
	}
	errno = error;
	return error == 0 ? 0 : -1;
}

static void
close_copies(struct names_copy *c)
{
	int error = errno;

	names_copy_close(&c[0]);
	names_copy_close(&c[1]);
	free(c);
	errno = error;
}

int
dictionary_load(struct dictionary *d, const struct disk *disk)
{
	struct names_copy *c = room_for(2, sizeof(*c));
	int rc = open_copies(c, disk);

	if (rc == 0)
		read_rows(d, c, 1);
	else
		d->unread |= c[0].unread || c[1].unread;
	close_copies(c);
	return rc;
}

int
dictionary_more(struct dictionary *d, const struct disk *disk)
{
	struct names_copy *c = room_for(2, sizeof(*c));
	int rc = open_copies(c, disk);

	if (rc == 0 && (!c[0].head || !c[1].head || c[0].store != d->store ||
	    c[1].store != d->store))
		rc = 1;
	if (rc == 0)
		read_rows(d, c, d->count + 1);
	close_copies(c);
	return rc;
}

bool
dictionary_hurt(const struct dictionary *d)
{
	return d->hurt[0] && d->hurt[1];
}

bool
dictionary_unread(const struct dictionary *d)
{
	return d->unread;
}

uint32_t
dictionary_damaged(const struct dictionary *d)
{
	return d->damaged;
}

/* On a full disk the names of what a reload adds go where others cannot.  A file
 * system that reserves nothing has none. */
static void
reserve(const struct disk *disk, int fd, uint32_t upto)
{
	off_t end = ((off_t)upto + 1) * RECORD + AHEAD;

	if (disk->reserve != NULL)
		disk->reserve(disk->ctx, fd, (end + STEP - 1) / STEP * STEP);
}

/* Rows from..upto into one file. */
static int
write_rows(struct dictionary *d, const struct disk *disk, int fd, uint32_t from, uint32_t upto)
{
	uint8_t bytes[16 * RECORD];

	while (from <= upto) {
		uint32_t n = upto - from + 1 < 16 ? upto - from + 1 : 16;

		memset(bytes, 0, sizeof(bytes));
		for (uint32_t i = 0; i < n; i++) {
			const struct series *s = row(d, from + i);

			if (from + i == 0)
				put_head(d, bytes);
			else if (s != NULL && s->id != 0)
				put_row(bytes + i * RECORD, s);
		}
		if (disk->pwrite(disk->ctx, fd, bytes, n * RECORD, (off_t)from * RECORD) !=
		    (ssize_t)(n * RECORD))
			return -1;
		from += n;
	}
	return 0;
}

static bool
exists(const struct disk *disk, const char *name)
{
	int fd = disk->open(disk->ctx, name, O_RDONLY);

	if (fd >= 0)
		disk->close(disk->ctx, fd);
	return fd >= 0 || errno != ENOENT;
}

/* A file that may say more than is known goes to NAME.bad, or NAME.bad.1 ... */
static int
set_aside(const struct disk *disk, const char *file)
{
	char name[32];

	snprintf(name, sizeof(name), "%s.bad", file);
	for (unsigned i = 1; i < BADS_MAX && exists(disk, name); i++)
		snprintf(name, sizeof(name), "%s.bad.%u", file, i);
	return disk->rename(disk->ctx, file, name) == 0 || errno == ENOENT ? 0 : -1;
}

static int
write_copy(struct dictionary *d, const struct disk *disk, size_t which, uint32_t upto)
{
	uint32_t from = d->sound[which] ? d->flushed + 1 : 0;
	int fd, rc, error;
	bool full;

	if (d->hurt[which] && set_aside(disk, files[which]) != 0)
		return -1;
	d->hurt[which] = false;
	fd = disk->open(disk->ctx, files[which], O_RDWR | O_CREAT);
	if (fd < 0)
		return -1;
	errno = EIO;
	rc = write_rows(d, disk, fd, from, upto);
	full = rc != 0 && (errno == ENOSPC || errno == EDQUOT);
	if (rc == 0)
		rc = disk->sync(disk->ctx, fd);
	error = errno;
	if (rc == 0)
		reserve(disk, fd, upto);
	disk->close(disk->ctx, fd);
	errno = error;
	/* after a failed sync nothing is known of the file: all of it again; what
	 * had no room spoilt nothing */
	d->sound[which] = rc == 0 || (full && d->sound[which]);
	return rc;
}

/* Is there nothing to write up to this one? */
static bool
is_clean(const struct dictionary *d, uint32_t upto)
{
	return d->sound[0] && d->sound[1] && d->named && d->flushed >= upto;
}

int
dictionary_flush(struct dictionary *d, const struct disk *disk, uint32_t upto)
{
	if (is_clean(d, upto))
		return 0;
	for (size_t i = 0; i < 2; i++)
		if (write_copy(d, disk, i, upto) != 0)
			return -1;
	if (!d->named && disk->sync_dir(disk->ctx) != 0)
		return -1;
	d->named = true;
	if (upto > d->flushed)
		d->flushed = upto;
	return 0;
}

/* Stores of before have nothing reserved. */
int
dictionary_repair(struct dictionary *d, const struct disk *disk)
{
	if (dictionary_flush(d, disk, d->count) != 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		int fd = disk->open(disk->ctx, files[i], O_RDWR);

		if (fd < 0)
			return -1;
		reserve(disk, fd, d->count);
		disk->close(disk->ctx, fd);
	}
	return 0;
}

uint32_t
dictionary_flushed(const struct dictionary *d)
{
	return d->flushed;
}

uint64_t
dictionary_store(const struct dictionary *d)
{
	return d->store;
}

void
dictionary_set_store(struct dictionary *d, uint64_t store)
{
	d->store = store;
	d->sound[0] = d->sound[1] = false;
}

uint32_t
dictionary_count(const struct dictionary *d)
{
	return d->count;
}

void
dictionary_reserve(struct dictionary *d, uint32_t id)
{
	if (id > d->count && id < CHUNK * CHUNKS)
		d->count = id;
}

const struct series *
dictionary_at(const struct dictionary *d, uint32_t id)
{
	const struct series *s;

	if (id == 0 || id > d->count)
		return NULL;
	s = row(d, id);
	return s == NULL || s->id != id ? NULL : s;
}

uint32_t
dictionary_find(struct dictionary *d, const struct series *s)
{
	if (d->nbuckets == 0)
		index_rows(d);
	for (uint32_t i = hash(s) & (d->nbuckets - 1); d->buckets[i] != 0;
	    i = (i + 1) & (d->nbuckets - 1))
		if (same(row(d, d->buckets[i]), s))
			return d->buckets[i];
	return 0;
}

void
dictionary_sought(struct dictionary *d)
{
	free(d->buckets);
	d->buckets = NULL;
	d->nbuckets = 0;
}

uint32_t
dictionary_add(struct dictionary *d, const struct series *s)
{
	uint32_t id = d->count + 1;

	if (id >= CHUNK * CHUNKS)
		return 0;
	*make_row(d, id) = (struct series){
		.id = id, .decimals = s->decimals, .basis = s->basis,
		.unit = texts_keep(&d->texts, s->unit, WORD),
		.raw = texts_keep(&d->texts, s->raw, WORD),
		.device = texts_keep(&d->texts, s->device, NAME),
		.point = texts_keep(&d->texts, s->point, NAME)
	};
	d->count = id;
	if (id >= d->nbuckets / 5 * 4)
		index_rows(d);
	else
		enter(d, id);
	return id;
}
