#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/uplink/sent.h"
#include "../check.h"

#define MANY	5000

static char folder[] = "/tmp/t_sent.XXXXXX";
static struct disk *disk;
static struct sent *sent;

static void
again(uint64_t store)
{
	sent_close(sent);
	sent = sent_open(disk, "city/hook", store);
	CHECK(sent != NULL);
}

static void
note(uint64_t first, uint64_t last, enum stream stream)
{
	CHECK(sent_note(sent, &(struct sent_batch){ first, last, stream }) == 0);
}

static void
is(uint64_t first, uint64_t last, enum stream stream)
{
	const struct sent_batch *b = sent_find(sent, first);

	CHECK(b != NULL && b->first == first && b->last == last && b->stream == stream);
}

static void
path(char *to, size_t n)
{
	snprintf(to, n, "%s/sent-city.hook", folder);
}

static void
bounds_outlive_the_process(void)
{
	again(7);
	CHECK(sent_find(sent, 1) == NULL);
	note(1, 60, STREAM_ALARM);
	note(61, 61, STREAM_LIVE);
	note(UINT64_MAX - 1, UINT64_MAX, STREAM_BACKFILL);
	is(1, 60, STREAM_ALARM);
	again(7);
	is(1, 60, STREAM_ALARM);
	is(61, 61, STREAM_LIVE);
	is(UINT64_MAX - 1, UINT64_MAX, STREAM_BACKFILL);
	CHECK(sent_find(sent, 60) == NULL && sent_find(sent, 0) == NULL);
}

static void
the_same_beginning_is_replaced(void)
{
	again(7);
	note(61, 70, STREAM_LIVE);
	is(61, 70, STREAM_LIVE);
	again(7);
	is(61, 70, STREAM_LIVE);
	is(1, 60, STREAM_ALARM);
}

static void
of_another_store_nothing_is_found(void)
{
	again(8);
	CHECK(sent_find(sent, 1) == NULL && sent_find(sent, 61) == NULL);
	note(1, 2, STREAM_LIVE);
	again(8);
	is(1, 2, STREAM_LIVE);
}

static void
the_newest_are_kept(void)
{
	again(9);
	for (uint64_t i = 0; i < MANY; i++) {
		/* opened again at any place of the ring */
		if (i % 777 == 0)
			again(9);
		note(100 + 10 * i, 109 + 10 * i, STREAM_LIVE);
	}
	again(9);
	for (uint64_t i = MANY - 2000; i < MANY; i++)
		is(100 + 10 * i, 109 + 10 * i, STREAM_LIVE);
	CHECK(sent_find(sent, 100) == NULL);
}

/* Each byte of a record, changed: that one is not found, the others are. */
static void
a_damaged_record_is_none(void)
{
	char name[100];
	uint8_t byte;
	int fd;

	path(name, sizeof(name));
	unlink(name);
	again(7);
	note(5, 6, STREAM_LIVE);
	note(7, 8, STREAM_LIVE);
	fd = open(name, O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0);
	for (off_t at = 0; at < 32; at++) {
		CHECK(pread(fd, &byte, 1, at) == 1);
		byte ^= 0x10;
		CHECK(pwrite(fd, &byte, 1, at) == 1);
		again(7);
		CHECK(sent_find(sent, 5) == NULL);
		is(7, 8, STREAM_LIVE);
		byte ^= 0x10;
		CHECK(pwrite(fd, &byte, 1, at) == 1);
	}
	/* torn off, as by a power cut while the file was made */
	CHECK(ftruncate(fd, 40) == 0);
	again(7);
	CHECK(sent_find(sent, 5) == NULL && sent_find(sent, 7) == NULL);
	note(9, 10, STREAM_LIVE);
	again(7);
	is(9, 10, STREAM_LIVE);
	close(fd);
}

int
main(void)
{
	char name[100];

	CHECK(mkdtemp(folder) != NULL);
	disk = disk_folder(folder, false);
	CHECK(disk != NULL);
	RUN(bounds_outlive_the_process);
	RUN(the_same_beginning_is_replaced);
	RUN(of_another_store_nothing_is_found);
	RUN(the_newest_are_kept);
	RUN(a_damaged_record_is_none);
	sent_close(sent);
	disk_close(disk);
	path(name, sizeof(name));
	CHECK(unlink(name) == 0 && rmdir(folder) == 0);
	return 0;
}
