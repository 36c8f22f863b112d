#include <errno.h>
#include <string.h>

#include "../../gateway/journal/slot.h"
#include "../check.h"
#include "faulty.h"

static struct slot *
open_slot(struct faulty *f)
{
	struct slot *s = slot_open(&f->disk, "cursor");

	CHECK(s != NULL);
	return s;
}

static void
holds(struct slot *s, const char *want)
{
	char got[SLOT_MAX + 1] = "";

	CHECK(slot_read(s, got, SLOT_MAX) == strlen(want) && strcmp(got, want) == 0);
}

static void
the_newest_state_is_read(void)
{
	struct faulty *f = faulty_new();
	struct slot *s = open_slot(f);
	char text[32], big[SLOT_MAX + 1] = "";

	holds(s, "");
	for (int i = 0; i < 9; i++) {
		snprintf(text, sizeof(text), "state %d", i);
		CHECK(slot_write(s, text, strlen(text)) == 0);
		holds(s, text);
		slot_close(s);
		s = open_slot(f);
		holds(s, text);
	}
	memset(big, 'x', SLOT_MAX);
	CHECK(slot_write(s, big, SLOT_MAX) == 0);
	slot_close(s);
	s = open_slot(f);
	holds(s, big);
	CHECK(slot_write(s, big, SLOT_MAX + 1) == -1 && errno == EFBIG);
	CHECK(slot_write(s, "", 0) == 0 && slot_read(s, big, 1) == 0);
	slot_close(s);
	faulty_free(f);
}

static void
a_torn_write_leaves_the_one_before(void)
{
	struct faulty *f = faulty_new();

	for (size_t byte = 0; byte < 40; byte++) {
		struct slot *s = open_slot(f);
		uint8_t b;

		CHECK(slot_write(s, "old", 3) == 0 && slot_write(s, "new", 3) == 0);
		slot_close(s);
		/* the count alternates halves: the newest is in the second */
		faulty_peek(f, "cursor", 4096 + (long)byte, &b, 1);
		b ^= 1;
		faulty_poke(f, "cursor", 4096 + (long)byte, &b, 1);
		s = open_slot(f);
		holds(s, "old");
		slot_close(s);
		f->under->unlink(f->under->ctx, "cursor");
	}
	faulty_free(f);
}

static void
a_refused_write_keeps_the_older_in_force(void)
{
	const enum faulty_op ops[] = { ON_WRITE, ON_SYNC };
	struct faulty *f = faulty_new();
	struct slot *s = open_slot(f);

	CHECK(slot_write(s, "one", 3) == 0);
	for (size_t i = 0; i < 2; i++) {
		faulty_fail(f, ops[i], 1, 3, EIO);
		for (int k = 0; k < 3; k++)
			CHECK(slot_write(s, "two", 3) == -1 && errno == EIO);
		holds(s, "one");
	}
	CHECK(slot_write(s, "three", 5) == 0);
	holds(s, "three");
	slot_close(s);
	faulty_fail(f, ON_OPEN, 1, 1, EMFILE);
	CHECK(slot_open(&f->disk, "cursor") == NULL && errno == EMFILE);
	faulty_fail(f, ON_READ, 1, 1, EIO);
	CHECK(slot_open(&f->disk, "cursor") == NULL && errno == EIO);
	faulty_free(f);
}

int
main(void)
{
	RUN(the_newest_state_is_read);
	RUN(a_torn_write_leaves_the_one_before);
	RUN(a_refused_write_keeps_the_older_in_force);
	return 0;
}
