#include <errno.h>
#include <string.h>

#include "../../gateway/forward/fars.h"
#include "../../gateway/journal/dictionary.h"
#include "../../gateway/journal/reader.h"
#include "../check.h"
#include "store.h"

#define FIRST	3000u		/* series of the store; a file of names has 750 KB */
#define LITTLE	(6 * 16384u)	/* bytes: a few pieces of the two files */

/* The store as somebody else reads it; what is read of names is counted. */
static struct {
	struct disk	*under, disk;
	bool		 names[1024];		/* by descriptor: a file of names */
	size_t		 bytes, reads;
	/* from this reading of a file of names on, that file is refused; 0: none */
	size_t		 refuse;
	int		 refused;		/* the descriptor */
} look;

static int
l_open(void *ctx, const char *name, int flags)
{
	int fd = look.under->open(look.under->ctx, name, flags);

	(void)ctx;
	CHECK(fd < 1024);
	if (fd >= 0)
		look.names[fd] = strncmp(name, "series.", 7) == 0;
	return fd;
}

static void
l_close(void *ctx, int fd)
{
	(void)ctx;
	look.under->close(look.under->ctx, fd);
}

static ssize_t
l_pread(void *ctx, int fd, void *to, size_t n, off_t at)
{
	ssize_t got;

	(void)ctx;
	if (look.names[fd] && ++look.reads == look.refuse)
		look.refused = fd;
	if (look.refused == fd && look.names[fd]) {
		errno = EIO;
		return -1;
	}
	got = look.under->pread(look.under->ctx, fd, to, n, at);
	if (look.names[fd] && got > 0)
		look.bytes += (size_t)got;
	return got;
}

static int
l_sync(void *ctx, int fd)
{
	(void)ctx;
	return look.under->sync(look.under->ctx, fd);
}

static off_t
l_size(void *ctx, int fd)
{
	(void)ctx;
	return look.under->size(look.under->ctx, fd);
}

static int
l_list(void *ctx, void (*each)(void *, const char *), void *arg)
{
	(void)ctx;
	return look.under->list(look.under->ctx, each, arg);
}

static void
refuse_from(size_t nth)
{
	look.reads = 0;
	look.refuse = nth;
	look.refused = -1;
}

static const struct disk *
look_at(struct test_store *s)
{
	look.under = disk_folder(s->folder, false);
	CHECK(look.under != NULL);
	look.disk = (struct disk){ .open = l_open, .close = l_close, .pread = l_pread,
	    .sync = l_sync, .size = l_size, .list = l_list };
	look.bytes = 0;
	refuse_from(0);
	return &look.disk;
}

/* What one took since it was asked last. */
static size_t
taken(void)
{
	size_t n = look.bytes;

	look.bytes = 0;
	return n;
}

static void
point_name(uint32_t id, char name[16])
{
	snprintf(name, 16, "p%u", id);
}

/* Series up to this number, each with a reading, durable. */
static void
grow(struct test_store *s, uint32_t from, uint32_t to)
{
	char name[16];

	for (uint32_t id = from; id <= to; id++) {
		struct entry e = { .kind = ENTRY_READING, .reading = { .time = test_wall,
		    .mono = test_mono, .due = test_mono, .value = { VALUE_F32 } } };

		point_name(id, name);
		e.reading.series = store_series(s, "plant", name);
		CHECK(e.reading.series == id);
		CHECK(journal_append(s->journal, &e, COMMIT_LAZY, test_mono, test_wall, true));
		if (id % 500 == 0)
			store_flush(s);
	}
	store_flush(s);
}

static struct test_store *
with_names(void)
{
	struct test_store *s = store_open(1 << 20);

	grow(s, 1, FIRST);
	return s;
}

static void
end(struct test_store *s)
{
	disk_close(look.under);
	store_close(s);
}

static bool
named(struct reader *r, uint32_t id)
{
	const struct series *s = reader_series(r, id);
	char name[16];

	point_name(id, name);
	return s != NULL && s->id == id && strcmp(s->point, name) == 0 &&
	    strcmp(s->device, "plant") == 0;
}

/* As an uplink does: entry by entry, with the name of each. */
static uint32_t
read_on(struct reader *r, uint64_t limit)
{
	struct entry e;
	struct gap gap;
	uint32_t n = 0;

	while (reader_next(r, limit, &e, &gap) == READ_ENTRY) {
		CHECK(named(r, e.reading.series));
		n++;
	}
	return n;
}

static void
names_are_read_once(void)
{
	struct test_store *s = with_names();
	struct reader *r = reader_open(look_at(s));
	const struct series *first = reader_series(r, 1);
	uint32_t n = FIRST;

	CHECK(taken() >= 2 * FIRST * 256);
	reader_seek(r, LANE_TELEMETRY, 1);
	CHECK(read_on(r, FIRST) == FIRST && taken() == 0);
	for (uint32_t batch = 0; batch < 50; batch++, n++) {	/* each has a new one */
		grow(s, n + 1, n + 1);
		CHECK(read_on(r, n + 1) == 1);
		CHECK(taken() <= LITTLE);
	}
	CHECK(reader_series(r, 1) == first);
	for (uint32_t id = 1; id <= n; id++)
		CHECK(named(r, id));
	CHECK(reader_series(r, n + 1) == NULL && reader_store(r) == journal_store(s->journal));
	taken();
	for (int i = 0; i < 10; i++)
		CHECK(reader_series(r, n + 1) == NULL);
	CHECK(taken() <= 10 * LITTLE);
	reader_close(r);
	end(s);
}

static void
who_wants_entries_alone_reads_no_names(void)
{
	struct test_store *s = with_names();
	struct reader *r = reader_open_nameless(look_at(s));
	uint64_t first, last;
	struct entry e;
	struct gap gap;

	reader_seek(r, LANE_TELEMETRY, 1);
	for (uint32_t i = 0; i < FIRST; i++)
		CHECK(reader_next(r, FIRST, &e, &gap) == READ_ENTRY);
	reader_range(r, LANE_TELEMETRY, &first, &last);
	CHECK(first == 1 && last > FIRST - 600 && taken() == 0);
	CHECK(named(r, 17) && taken() > 0);
	reader_close(r);
	r = reader_open_nameless(&look.disk);
	CHECK(reader_store(r) == journal_store(s->journal));
	reader_close(r);
	end(s);
}

static void
count_entry(void *arg, const struct entry *e)
{
	*(size_t *)arg += e->kind == ENTRY_READING;
}

/* What statistics are made of again after a start. */
static void
a_replay_reads_no_names(void)
{
	struct test_store *s = with_names();
	struct disk own = *s->disk;
	size_t n = 0;

	look_at(s);
	s->disk->open = l_open;
	s->disk->pread = l_pread;
	CHECK(journal_newest(s->journal) == test_wall);
	CHECK(journal_replay(s->journal, 0, count_entry, &n) == 0 && n == FIRST);
	CHECK(taken() == 0);
	*s->disk = own;
	end(s);
}

/* A name that both files have lost is not looked for with each reading. */
static void
a_lost_name_is_looked_for_once(void)
{
	struct test_store *s = with_names();
	const char *const files[] = { "series.a", "series.b" };
	struct reader *r;
	uint8_t junk[256];

	memset(junk, 0xff, sizeof(junk));
	for (int i = 0; i < 2; i++) {
		int fd = s->disk->open(s->disk->ctx, files[i], 2);

		CHECK(fd >= 0);
		CHECK(s->disk->pwrite(s->disk->ctx, fd, junk, 256, 70 * 256) == 256);
		s->disk->close(s->disk->ctx, fd);
	}
	r = reader_open(look_at(s));
	taken();
	for (int i = 0; i < 1000; i++)
		CHECK(reader_series(r, 70) == NULL && named(r, 69) && named(r, FIRST));
	CHECK(taken() == 0);
	reader_close(r);
	end(s);
}

/* At whatever moment the device begins to refuse one of the files, the other one
 * has all the names. */
static void
a_file_that_is_refused_in_the_middle_is_left_out(void)
{
	struct test_store *s = with_names();
	const struct disk *disk = look_at(s);
	size_t reads;

	for (size_t nth = 1;; nth++) {
		struct dictionary *d = dictionary_new();

		refuse_from(nth);
		CHECK(dictionary_load(d, disk) == 0);
		reads = look.reads;
		CHECK(dictionary_unread(d) == (reads >= nth) && dictionary_count(d) == FIRST);
		CHECK(dictionary_store(d) == journal_store(s->journal));
		for (uint32_t id = 1; id <= FIRST; id++)
			CHECK(dictionary_at(d, id) != NULL && dictionary_at(d, id)->id == id);
		dictionary_free(d);
		if (reads < nth)
			break;
	}
	CHECK(reads > 2 * FIRST / 64);
	end(s);
}

/* What the forward role tells each second. */
static struct runner_status status;

void
runner_status(struct runner *r, struct runner_status *to)
{
	(void)r;
	*to = status;
}

const char *
runner_state_name(enum runner_state state)
{
	return state == RUNNER_BEHIND ? "behind" : "ok";
}

struct traffic
runner_traffic(struct runner *r)
{
	(void)r;
	return (struct traffic){ 0 };
}

static void
the_age_of_what_is_owed_costs_no_names(void)
{
	struct test_store *s = with_names();
	struct durable durable = { .seq = { [LANE_TELEMETRY] = FIRST } };
	struct feed feed;
	struct fars all = { .common = { .disk = look_at(s), .feed = &feed,
	    .clock = &test_clock } };
	struct far far = { .conf = { .name = "city" }, .runner = (struct runner *)&all };
	char row[1200], *age = row;

	feed_init(&feed);
	feed_grew(&feed, &durable);
	test_wall += 60000;
	for (uint64_t acked = 0; acked < 50; acked++) {
		status = (struct runner_status){ .state = RUNNER_BEHIND, .backlog = FIRST - acked,
		    .acked_telemetry = acked };
		CHECK(far_row(&all, &far, row, sizeof(row)) < (int)sizeof(row));
		fars_rest(&all);
		age = row;
		for (int tab = 0; tab < 6; tab++)
			age = strchr(age, '\t') + 1;
		CHECK(strtoll(age, NULL, 10) >= 60000000);
	}
	CHECK(taken() == 0);
	test_wall -= 60000;
	feed_free(&feed);
	end(s);
}

int
main(void)
{
	RUN(names_are_read_once);
	RUN(who_wants_entries_alone_reads_no_names);
	RUN(a_replay_reads_no_names);
	RUN(a_lost_name_is_looked_for_once);
	RUN(a_file_that_is_refused_in_the_middle_is_left_out);
	RUN(the_age_of_what_is_owed_costs_no_names);
	return 0;
}
