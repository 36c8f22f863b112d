#include <ftw.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/journal/reader.h"
#include "../check.h"

static const struct journal_conf conf = { .commit = 1000000, .cap = 64 << 20,
    .buffer = 256 << 10, .boot = 7 };

static struct journal *
opened(const struct disk *disk)
{
	char why[200];
	struct journal *j = journal_open(disk, &conf, 1000000, 1700000000000, why, sizeof(why));

	if (j == NULL)
		fprintf(stderr, "%s\n", why);
	CHECK(j != NULL);
	return j;
}

static void
append(struct journal *j, enum commit_class class, int64_t mono)
{
	struct entry e = { .kind = ENTRY_NOTE, .note = { "test", "something" } };

	if (class == COMMIT_ALARM)
		e = (struct entry){ .kind = ENTRY_ALARM, .alarm = { .rule = "r", .device = "d",
		    .text_en = "", .text_zh = "", .who = "" } };
	CHECK(journal_append(j, &e, class, mono, 1700000000000 + mono / 1000, true) != 0);
}

static void
commit(struct journal *j, int64_t mono)
{
	do {
		journal_tick(j, mono);
		journal_work(j);
		journal_reap(j, mono);
	} while (journal_deadline(j) <= mono);
}

/* Entries that a reader sees whom nobody tells how far it is durable. */
static size_t
seen(const struct disk *disk, enum lane lane)
{
	struct reader *r = reader_open(disk);
	struct entry e;
	struct gap gap;
	enum read_result got;
	size_t n = 0;

	CHECK(r != NULL);
	reader_seek(r, lane, 1);
	while ((got = reader_next(r, 0, &e, &gap)) == READ_ENTRY)
		n++;
	CHECK(got == READ_END);
	reader_close(r);
	return n;
}

static int
unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
everything_is_seen_at_any_time(void)
{
	char path[] = "/tmp/tidegate-end-XXXXXX";
	struct disk *disk;
	struct journal *j;
	size_t wanted = 0;

	CHECK(mkdtemp(path) != NULL && (disk = disk_folder(path, true)) != NULL);
	for (int run = 1; run <= 3; run++) {
		int64_t mono = run * 60000000;

		j = opened(disk);
		for (int i = 0; i < 3; i++) {
			append(j, COMMIT_LAZY, mono);
			append(j, COMMIT_ALARM, mono);
			wanted++;
			mono += 2000000;
			commit(j, mono);
			CHECK(seen(disk, LANE_TELEMETRY) == wanted);
			CHECK(seen(disk, LANE_ALARM) == wanted);
		}
		append(j, COMMIT_LAZY, mono);
		append(j, COMMIT_ALARM, mono);
		wanted++;
		journal_close(j, mono, 1700000000000 + mono / 1000, true);
		CHECK(seen(disk, LANE_TELEMETRY) == wanted);
		CHECK(seen(disk, LANE_ALARM) == wanted);
	}
	disk_close(disk);
	CHECK(nftw(path, unlink_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static void
an_end_without_a_commit_is_one_too(void)
{
	char path[] = "/tmp/tidegate-end-XXXXXX";
	struct disk *disk;

	CHECK(mkdtemp(path) != NULL && (disk = disk_folder(path, true)) != NULL);
	for (int run = 0; run < 3; run++)
		journal_close(opened(disk), 1000000, 1700000000000, true);
	CHECK(seen(disk, LANE_TELEMETRY) == 0 && seen(disk, LANE_ALARM) == 0);
	disk_close(disk);
	CHECK(nftw(path, unlink_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

int
main(void)
{
	RUN(everything_is_seen_at_any_time);
	RUN(an_end_without_a_commit_is_one_too);
	return 0;
}
