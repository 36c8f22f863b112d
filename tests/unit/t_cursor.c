#include <string.h>

#include "../../gateway/uplink/cursor.h"
#include "../check.h"

static uint32_t seed = 5;

static uint32_t
chance(uint32_t below)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % below;
}

static void
live_goes_on_and_the_rest_is_kept(void)
{
	struct cursor c = { .live = 100 };

	cursor_miss(&c, 100);
	CHECK(c.nmissed == 0 && cursor_floor(&c) == 100);
	cursor_miss(&c, 300);
	CHECK(c.live == 300 && c.nmissed == 1);
	CHECK(c.missed[0].from == 101 && c.missed[0].to == 300);
	cursor_miss(&c, 350);			/* touches: the same range */
	CHECK(c.nmissed == 1 && c.missed[0].to == 350);
	c.live = 400;				/* 351..400 went out live */
	cursor_miss(&c, 500);
	CHECK(c.nmissed == 2 && c.missed[1].from == 401);
	CHECK(cursor_floor(&c) == 100);
	CHECK(cursor_backlog(&c, 0, 510) == 250 + 100 + 10);
	cursor_catch_up(&c, 200, 0);
	CHECK(cursor_floor(&c) == 200 && cursor_backlog(&c, 0, 500) == 250);
	cursor_catch_up(&c, 350, 0);
	CHECK(c.nmissed == 1 && cursor_floor(&c) == 400);
	cursor_catch_up(&c, 500, 0);
	CHECK(c.nmissed == 0 && cursor_floor(&c) == 500);
}

static void
many_ranges_merge_over_the_smallest_hole(void)
{
	struct cursor c = { 0 };

	for (uint64_t i = 0; i < MISSED_MAX; i++) {
		c.live += i == 5 ? 2 : 50;	/* the sixth hole is the smallest */
		cursor_miss(&c, c.live + 10);
	}
	CHECK(c.nmissed == MISSED_MAX);
	struct range before = c.missed[4], after = c.missed[5];
	c.live += 50;
	cursor_miss(&c, c.live + 10);
	CHECK(c.nmissed == MISSED_MAX);
	CHECK(c.missed[4].from == before.from && c.missed[4].to == after.to);
}

/* Against a plain set of numbers: what was never acknowledged is owed. */
static void
nothing_is_ever_forgotten(void)
{
	for (int round = 0; round < 2000; round++) {
		bool acked[3000] = { false };
		struct cursor c = { 0 };
		uint64_t durable = 0;

		for (int step = 0; step < 150; step++) {
			uint64_t to;

			durable += chance(15);
			switch (chance(3)) {
			case 0:			/* a live batch */
				to = c.live + chance(10);
				to = to < durable ? to : durable;
				for (uint64_t s = c.live + 1; s <= to; s++)
					acked[s] = true;
				c.live = to > c.live ? to : c.live;
				break;
			case 1:
				cursor_miss(&c, durable);
				break;
			default:		/* a piece of the first range */
				if (c.nmissed == 0)
					break;
				to = c.missed[0].from + chance(12);
				to = to < c.missed[0].to ? to : c.missed[0].to;
				for (uint64_t s = c.missed[0].from; s <= to; s++)
					acked[s] = true;
				cursor_catch_up(&c, to, 0);
			}
			CHECK(c.nmissed <= MISSED_MAX && c.live <= durable);
		}
		for (size_t i = 0; i < c.nmissed; i++)
			for (uint64_t s = c.missed[i].from; s <= c.missed[i].to; s++)
				acked[s] = true;
		for (uint64_t s = 1; s <= c.live; s++)
			CHECK(acked[s]);
	}
}

/* Bytes of a file made before there were times in it. */
static size_t
untimed(const struct cursor *c)
{
	return 26 + 16 * c->nmissed;
}

/* What a hole begins with is known, however far it was caught up. */
static void
a_range_knows_when_it_began(void)
{
	struct cursor c = { .live = 100, .live_time = 5000 };

	cursor_miss(&c, 300);
	CHECK(c.missed[0].since == 5000 && c.live_time == 0);
	cursor_miss(&c, 350);
	CHECK(c.missed[0].since == 5000);
	cursor_catch_up(&c, 50, 4000);
	CHECK(c.missed[0].since == 5000);
	cursor_catch_up(&c, 200, 7000);
	CHECK(c.missed[0].from == 201 && c.missed[0].since == 7000 && c.live_time == 0);
	cursor_catch_up(&c, 350, 9000);		/* where live goes on */
	CHECK(c.nmissed == 0 && c.live_time == 9000);
	cursor_catch_up(&c, 350, 9500);
	CHECK(c.live_time == 9000);
}

/* Since when something is owed: a lane that has nothing does not make it
 * unknown. */
static void
what_is_owed_has_an_age(void)
{
	struct cursor c = { .live = 100, .live_time = 5000 };

	CHECK(cursor_time(&c, 0, 110) == 5000);		/* never an alarm */
	CHECK(cursor_time(&c, 105, 110) == 0);		/* the first alarm */
	CHECK(cursor_time(&c, 0, 0) == 0);		/* nobody tells */
	c.alarm = 90;
	c.alarm_time = 4000;
	CHECK(cursor_time(&c, 90, 110) == 5000);
	CHECK(cursor_time(&c, 105, 110) == 4000);
	CHECK(cursor_time(&c, 0, 0) == 4000);
	cursor_miss(&c, 300);
	CHECK(cursor_time(&c, 90, 310) == 5000);
}

static void
comes_back_from_its_bytes(void)
{
	uint8_t bytes[CURSOR_BYTES], bad[CURSOR_BYTES];
	struct cursor c = { .store = 0xfedcba9876543210, .alarm = 7, .live = 10 }, back;

	for (int i = 0; i < MISSED_MAX; i++) {
		size_t n = cursor_write(&c, bytes);

		CHECK(n > 0 && n <= CURSOR_BYTES && cursor_read(&back, bytes, n));
		CHECK(memcmp(&c, &back, sizeof(c)) == 0);
		for (size_t cut = 0; cut < n; cut++)
			CHECK(cut == untimed(&c) || (!cursor_read(&back, bytes, cut) &&
			    back.live == 0));
		CHECK(cursor_read(&back, bytes, untimed(&c)));
		CHECK(back.live == c.live && back.live_time == 0 && back.nmissed == c.nmissed);
		c.live += 5;
		c.live_time = c.alarm_time = 1790000000000 + i;
		cursor_miss(&c, c.live + 5);
	}
	for (int round = 0; round < 20000; round++) {
		size_t n = cursor_write(&c, bad);

		for (int k = 0; k < 3; k++)
			bad[chance((uint32_t)n)] = (uint8_t)chance(256);
		if (!cursor_read(&back, bad, n))
			continue;
		for (size_t i = 0; i < back.nmissed; i++) {
			CHECK(back.missed[i].from <= back.missed[i].to);
			CHECK(back.missed[i].to <= back.live);
			CHECK(i == 0 || back.missed[i].from > back.missed[i - 1].to);
		}
	}
}

static void
what_the_store_lost_is_sent_anew(void)
{
	struct cursor c = { .alarm = 40, .live = 300, .nmissed = 2,
	    .missed = { { .from = 50, .to = 90 }, { .from = 120, .to = 200 } } };

	CHECK(!cursor_cut(&c, 0, 0) && !cursor_cut(&c, 40, 300) && c.nmissed == 2);
	CHECK(cursor_cut(&c, 0, 150) && c.live == 150 && c.alarm == 40);
	CHECK(c.nmissed == 2 && c.missed[1].to == 150);
	CHECK(cursor_cut(&c, 30, 100) && c.alarm == 30 && c.live == 100);
	CHECK(c.nmissed == 1 && c.missed[0].to == 90);
}

int
main(void)
{
	RUN(live_goes_on_and_the_rest_is_kept);
	RUN(many_ranges_merge_over_the_smallest_hole);
	RUN(nothing_is_ever_forgotten);
	RUN(a_range_knows_when_it_began);
	RUN(what_is_owed_has_an_age);
	RUN(what_the_store_lost_is_sent_anew);
	RUN(comes_back_from_its_bytes);
	return 0;
}
