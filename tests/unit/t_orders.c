#include <string.h>

#include "../../devices/orders.h"
#include "../check.h"

#define MOST	400

static struct guess	guesses[MOST];
static size_t		n;

static const struct guess *
find(uint16_t number, const char *raw, const char *order)
{
	for (size_t i = 0; i < n; i++)
		if (guesses[i].number == number && strcmp(guesses[i].raw->name, raw) == 0 &&
		    strcmp(guesses[i].order->name, order) == 0)
			return &guesses[i];
	return NULL;
}

static uint8_t
doubts_of(const char *raw, const char *order)
{
	const struct guess *g = find(100, raw, order);

	CHECK(g != NULL);
	return g->doubts;
}

static void
guess(const uint8_t *wire, const uint8_t *again, uint16_t registers)
{
	n = orders_guess(&(struct riddle){ .wire = wire, .again = again, .first = 100,
	    .registers = registers, .function = 3 }, guesses, MOST);
}

/* 23.5 as it is sent by two makers of three. */
static void
the_order_of_a_float_is_found(void)
{
	guess((const uint8_t[]){ 0x00, 0x00, 0x41, 0xbc }, NULL, 2);
	CHECK(doubts_of("f32", "CDAB") == 0);
	CHECK(doubts_of("f32", "ABCD") == DOUBT_TINY);
	CHECK(doubts_of("f32", "DCBA") == 0);		/* -0.01: one reading proves little */
	CHECK(doubts_of("u32", "CDAB") == DOUBT_HUGE);
	CHECK(find(100, "f32", "CDAB")->value.f == 23.5f);
	CHECK(find(101, "u16", "AB")->value.u == 0x41bc);
	CHECK(find(101, "f32", "ABCD") == NULL);	/* goes beyond the block */
}

/* A second reading tells turned bytes from true ones. */
static void
turned_bytes_jump(void)
{
	const uint8_t first[] = { 0x41, 0xbc, 0x00, 0x00 };	/* 23.5 */
	const uint8_t second[] = { 0x41, 0xbc, 0xcc, 0xcd };	/* 23.6 */

	guess(first, second, 2);
	CHECK(doubts_of("f32", "ABCD") == 0);
	CHECK(doubts_of("f32", "CDAB") & DOUBT_JUMPS);
	CHECK(doubts_of("f32", "DCBA") & DOUBT_JUMPS);
	CHECK(find(100, "f32", "ABCD")->value.f == 23.6f);	/* the newer one */
	guess(first, first, 2);
	CHECK(doubts_of("f32", "ABCD") == 0);
	CHECK(doubts_of("u16", "AB") == 0);
}

static void
a_last_place_may_move(void)
{
	guess((const uint8_t[]){ 0, 3 }, (const uint8_t[]){ 0, 9 }, 1);
	CHECK(doubts_of("u16", "AB") == 0);
	CHECK(doubts_of("u16", "BA") == DOUBT_JUMPS);
}

static void
not_every_pattern_is_a_number(void)
{
	guess((const uint8_t[]){ 0x7f, 0xc0, 0x00, 0x00 }, NULL, 2);
	CHECK(doubts_of("f32", "ABCD") == DOUBT_NO_NUMBER);
	guess((const uint8_t[]){ 0x00, 0x00, 0x00, 0x00 }, NULL, 2);
	CHECK(doubts_of("f32", "ABCD") == 0);
	guess((const uint8_t[]){ 0x7f, 0x00, 0x00, 0x00 }, NULL, 2);
	CHECK(doubts_of("f32", "ABCD") == DOUBT_HUGE);
	guess((const uint8_t[]){ 0xff, 0xff, 0xff, 0xf0 }, NULL, 2);
	CHECK(find(100, "bcd8", "ABCD") == NULL);
	CHECK(doubts_of("s32", "ABCD") == 0 && find(100, "s32", "ABCD")->value.i == -16);
}

/* 700 at a scale of 0.1 within 0..100; turned round it is not. */
static void
the_range_of_the_profile_helps(void)
{
	const struct point points[] = {
		{ .name = "humidity", .function = 3, .number = 100, .raw = raw_find("u16"),
		  .order = order_find("AB"), .scale = 0.1, .ranged = true, .max = 100 },
	};
	const struct profile profile = { .name = "p", .points = points, .npoints = 1 };
	struct riddle r = { .wire = (const uint8_t[]){ 0x02, 0xbc }, .first = 100,
	    .registers = 1, .function = 3, .profile = &profile };

	n = orders_guess(&r, guesses, MOST);
	CHECK(doubts_of("u16", "AB") == 0);
	CHECK(doubts_of("u16", "BA") == DOUBT_OUTSIDE);
	r.function = 4;		/* another table of registers */
	n = orders_guess(&r, guesses, MOST);
	CHECK(doubts_of("u16", "BA") == 0);
}

static void
no_more_than_there_is_room_for(void)
{
	static const uint8_t wire[250];

	n = orders_guess(&(struct riddle){ .wire = wire, .registers = 125, .function = 3 },
	    guesses, MOST);
	CHECK(n == MOST);
	for (size_t i = 0; i < n; i++)
		CHECK(guesses[i].number + guesses[i].raw->registers <= 125);
	CHECK(orders_guess(&(struct riddle){ .wire = wire }, guesses, MOST) == 0);
}

static void
doubts_have_words(void)
{
	for (unsigned one = 1; one <= DOUBT_JUMPS; one *= 2)
		CHECK(doubt_name((uint8_t)one) != NULL);
	CHECK(doubt_name(0) == NULL && doubt_name(3) == NULL);
}

int
main(void)
{
	RUN(the_order_of_a_float_is_found);
	RUN(turned_bytes_jump);
	RUN(a_last_place_may_move);
	RUN(not_every_pattern_is_a_number);
	RUN(the_range_of_the_profile_helps);
	RUN(no_more_than_there_is_room_for);
	RUN(doubts_have_words);
	return 0;
}
