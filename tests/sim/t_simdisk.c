/* The disk of the rig forgets, tears and refuses as it should: else nothing
 * that the rig says about the store is worth anything. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../check.h"
#include "simdisk.h"

static char
byte_at(const struct simdisk *d, const char *name, off_t at)
{
	char c = '?';

	simdisk_peek(d, name, at, &c, 1);
	return c;
}

/* A file "a" of 2048 'o' that is safe, name and all; open as fd 0. */
static struct simdisk *
with_file(void)
{
	struct simdisk *d = simdisk_new(1);
	char old[2048];
	int fd = d->disk.open(d, "a", O_RDWR | O_CREAT);

	memset(old, 'o', sizeof old);
	CHECK(fd == 0 && d->disk.pwrite(d, fd, old, sizeof old, 0) == sizeof old);
	CHECK(d->disk.sync(d, fd) == 0 && d->disk.sync_dir(d) == 0);
	CHECK(simdisk_unsynced(d) == 0);
	return d;
}

static void
write_new(struct simdisk *d, off_t at, size_t n)
{
	char new[2048];

	memset(new, 'n', sizeof new);
	CHECK(d->disk.pwrite(d, 0, new, n, at) == (ssize_t)n);
}

static struct simdisk *
cut_of(const struct simdisk *d, uint64_t survivors)
{
	struct chance chance = { .state = 7 };

	return simdisk_cut(d, &(struct cut){ .survivors = survivors }, &chance);
}

static void
unsynced_sectors_survive_one_by_one(void)
{
	struct simdisk *d = with_file();

	write_new(d, 0, 2048);
	CHECK(simdisk_unsynced(d) == 4 && byte_at(d, "a", 0) == 'n');
	for (uint64_t bits = 0; bits < 16; bits++) {
		struct simdisk *after = cut_of(d, bits);

		for (off_t i = 0; i < 4; i++) {
			char want = bits >> i & 1 ? 'n' : 'o';

			CHECK(byte_at(after, "a", i * 512) == want);
			CHECK(byte_at(after, "a", i * 512 + 511) == want);
		}
		simdisk_free(after);
	}
	CHECK(byte_at(d, "a", 0) == 'n');	/* the old one went on */
	simdisk_free(d);
}

static void
a_write_within_a_sector_tears_nothing_else(void)
{
	struct simdisk *d = with_file(), *after;

	write_new(d, 500, 24);
	CHECK(simdisk_unsynced(d) == 2);
	after = cut_of(d, 2);
	CHECK(byte_at(after, "a", 511) == 'o' && byte_at(after, "a", 512) == 'n');
	CHECK(byte_at(after, "a", 523) == 'n' && byte_at(after, "a", 524) == 'o');
	simdisk_free(after);
	simdisk_free(d);
}

static void
synced_survives_and_a_lying_sync_does_not(void)
{
	struct simdisk *d = with_file(), *after;

	write_new(d, 0, 512);
	CHECK(d->disk.sync(d, 0) == 0);
	after = cut_of(d, 0);
	CHECK(byte_at(after, "a", 0) == 'n');
	simdisk_free(after);
	d->sync_lies = true;
	write_new(d, 512, 512);
	CHECK(d->disk.sync(d, 0) == 0);
	after = cut_of(d, 0);
	CHECK(byte_at(after, "a", 512) == 'o');
	simdisk_free(after);
	simdisk_free(d);
}

static void
older_content_of_a_sector_may_survive_alone(void)
{
	struct simdisk *d = with_file(), *after;
	char x[512];

	write_new(d, 0, 512);
	memset(x, 'x', sizeof x);
	CHECK(d->disk.pwrite(d, 0, x, sizeof x, 0) == 512);
	after = cut_of(d, 1);
	CHECK(byte_at(after, "a", 0) == 'n');
	simdisk_free(after);
	simdisk_free(d);
}

static void
names_are_kept_by_sync_dir_only(void)
{
	struct simdisk *d = with_file(), *after;

	CHECK(d->disk.rename(d, "a", "b") == 0);
	CHECK(d->disk.open(d, "c", O_RDWR | O_CREAT | O_EXCL) == 1);
	CHECK(d->disk.sync(d, 0) == 0);
	CHECK(simdisk_size(d, "a") == -1 && simdisk_size(d, "b") == 2048);
	after = cut_of(d, 0);
	CHECK(simdisk_size(after, "a") == 2048 && simdisk_size(after, "b") == -1);
	CHECK(simdisk_size(after, "c") == -1);
	simdisk_free(after);
	after = cut_of(d, 2);	/* the second alone: not without the first */
	CHECK(simdisk_size(after, "c") == -1);
	simdisk_free(after);
	CHECK(d->disk.sync_dir(d) == 0 && d->disk.unlink(d, "c") == 0);
	after = cut_of(d, 0);
	CHECK(simdisk_size(after, "b") == 2048 && simdisk_size(after, "c") == 0);
	simdisk_free(after);
	simdisk_free(d);
}

static void
growth_is_lost_with_its_size(void)
{
	struct simdisk *d = with_file(), *after;

	write_new(d, 2048, 512);
	CHECK(simdisk_size(d, "a") == 2560 && simdisk_unsynced(d) == 2);
	after = cut_of(d, 2);		/* the sector without the size */
	CHECK(simdisk_size(after, "a") == 2048);
	simdisk_free(after);
	after = cut_of(d, 1);		/* the size without the sector: zeros */
	CHECK(simdisk_size(after, "a") == 2560 && byte_at(after, "a", 2048) == '\0');
	simdisk_free(after);
	simdisk_free(d);
}

static void
garbage_hits_only_the_write_in_flight(void)
{
	struct simdisk *d = with_file(), *after;
	struct chance chance = { .state = 3 };
	unsigned spoilt = 0;

	write_new(d, 0, 512);
	CHECK(d->disk.sync(d, 0) == 0);
	write_new(d, 1024, 512);
	CHECK(simdisk_unsynced_writes(d) == 1);
	for (int i = 0; i < 50; i++) {
		after = simdisk_cut(d, &(struct cut){ .survivors = 1, .garbage = 1 }, &chance);
		CHECK(byte_at(after, "a", 0) == 'n' && byte_at(after, "a", 512) == 'o');
		CHECK(byte_at(after, "a", 1536) == 'o');
		spoilt += byte_at(after, "a", 1024) != 'n' || byte_at(after, "a", 1535) != 'n';
		simdisk_free(after);
	}
	CHECK(spoilt > 20);
	simdisk_free(d);
}

static void
a_failed_sync_drops_what_it_had(void)
{
	struct simdisk *d = with_file(), *after;
	unsigned lost = 0;

	for (int i = 0; i < 20; i++) {
		d->fault = (struct sim_fault){
			.op = SIM_SYNC, .nth = d->calls[SIM_SYNC] + 1, .error = EIO
		};
		write_new(d, 0, 2048);
		errno = 0;
		CHECK(d->disk.sync(d, 0) == -1 && errno == EIO);
		CHECK(d->disk.sync(d, 0) == 0);		/* nothing left to do, it says */
		after = cut_of(d, UINT64_MAX);
		for (off_t k = 0; k < 4; k++)
			lost += byte_at(after, "a", k * 512) == 'o';
		simdisk_free(after);
		simdisk_free(d);
		d = with_file();
		d->chance.state = (uint64_t)i;
	}
	CHECK(lost > 10 && lost < 70);
	simdisk_free(d);
}

static void
faults_come_when_they_are_due(void)
{
	struct simdisk *d = with_file();
	char c[512];

	d->fault = (struct sim_fault){ .op = SIM_READ, .nth = 2, .error = EIO };
	CHECK(d->disk.pread(d, 0, c, 512, 0) == 512);
	CHECK(d->disk.pread(d, 0, c, 512, 0) == -1 && errno == EIO);
	CHECK(d->disk.pread(d, 0, c, 512, 0) == 512);
	d->fault = (struct sim_fault){
		.op = SIM_RENAME, .nth = 1, .sticky = true, .error = EROFS
	};
	CHECK(d->disk.rename(d, "a", "b") == -1 && d->disk.rename(d, "a", "b") == -1);
	CHECK(simdisk_size(d, "a") == 2048);
	d->fault = (struct sim_fault){ .op = SIM_WRITE, .nth = d->calls[SIM_WRITE] + 1 };
	CHECK(d->disk.pwrite(d, 0, c, 512, 0) == 256);		/* short */
	d->fault.nth = 0;
	d->room = 0;
	CHECK(d->disk.pwrite(d, 0, c, 512, 0) == 512);		/* in place */
	CHECK(d->disk.pwrite(d, 0, c, 512, 8192) == -1 && errno == ENOSPC);
	CHECK(d->disk.allocate(d, 0, 1 << 20) == -1 && errno == ENOSPC);
	d->room = -1;
	d->read_only = true;
	CHECK(d->disk.pwrite(d, 0, c, 512, 0) == -1 && errno == EROFS);
	CHECK(d->disk.open(d, "a", O_RDWR) == -1 && errno == EROFS);
	CHECK(d->disk.open(d, "a", O_RDONLY) >= 0);
	simdisk_free(d);
}

int
main(void)
{
	RUN(unsynced_sectors_survive_one_by_one);
	RUN(a_write_within_a_sector_tears_nothing_else);
	RUN(synced_survives_and_a_lying_sync_does_not);
	RUN(older_content_of_a_sector_may_survive_alone);
	RUN(names_are_kept_by_sync_dir_only);
	RUN(growth_is_lost_with_its_size);
	RUN(garbage_hits_only_the_write_in_flight);
	RUN(a_failed_sync_drops_what_it_had);
	RUN(faults_come_when_they_are_due);
	return 0;
}
